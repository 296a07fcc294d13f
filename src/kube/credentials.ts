import { readFile } from 'node:fs/promises';
import type { Clock } from '../api/clock.ts';
import { ConfigError, reasonOf } from './config-error.ts';

/** What proves who we are, for one call. */
export interface Credentials {
  /** The whole header. */
  readonly authorization?: string;
  /** PEM. */
  readonly cert?: string;
  readonly key?: string;
}

export interface CredentialSource {
  /** A promise only when there is something to wait for: this is asked before every call. */
  get(): Credentials | Promise<Credentials>;
  /** The server refused those: others, or the same when there are none. Not set when there never are. */
  readonly renew?: (refused: Credentials) => Promise<Credentials>;
}

export const fixedCredentials = (credentials: Credentials): CredentialSource => ({ get: () => credentials });

/** Credentials, and how long they are good for; undefined: until refused. */
export interface Fresh {
  readonly credentials: Credentials;
  readonly milliseconds?: number | undefined;
}

/** Loaded when needed, once for all who wait, and again when their time is over or they are refused. */
export function renewable(load: () => Promise<Fresh>, clock: Clock): CredentialSource {
  let known: Credentials | undefined;
  let until = 0;
  let loading: Promise<Credentials> | undefined;

  const reload = (): Promise<Credentials> => {
    loading ??= load()
      .then(({ credentials, milliseconds = Number.POSITIVE_INFINITY }) => {
        // the same token read again is the same object: a refusal of it is then known to be final
        if (!known || !sameCredentials(known, credentials)) known = credentials;
        until = clock.monotonic() + milliseconds;
        return known;
      })
      .finally(() => {
        loading = undefined;
      });
    return loading;
  };

  return {
    get: () => (known && clock.monotonic() < until ? known : reload()),
    renew: async (refused) => (known && !sameCredentials(known, refused) ? known : reload()),
  };
}

export const sameCredentials = (a: Credentials, b: Credentials): boolean =>
  a.authorization === b.authorization && a.cert === b.cert && a.key === b.key;

/** A mounted token is replaced well before it ends, so a minute late is early enough. */
const REREAD = 60_000;

/** A bearer token in a file that somebody rotates. */
export function tokenFile(path: string, clock: Clock): CredentialSource {
  let last: string | undefined;
  const load = async (): Promise<Fresh> => {
    try {
      last = (await readFile(path, 'utf8')).trim();
      if (last === '') throw new ConfigError('it is empty');
    } catch (error) {
      // while it is being replaced it may be away for a moment
      if (!last) throw new ConfigError(`the token file ${path} cannot be used: ${reasonOf(error)}`, { cause: error });
    }
    return { credentials: { authorization: `Bearer ${last}` }, milliseconds: REREAD };
  };
  return renewable(load, clock);
}
