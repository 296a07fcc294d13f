import { type Clock, wait } from '../src/api/clock.ts';
import type { KubeObject } from '../src/api/metadata.ts';
import type { SubjectReference } from '../src/core/gate-conditions.ts';
import type { Sight } from '../src/core/gate-subjects.ts';
import { aborted } from '../src/kube/aborted.ts';
import type { KubeClient } from '../src/kube/client.ts';
import { isForbidden, isNotFound } from '../src/kube/errors.ts';
import type { KindCache } from '../src/kube/kind-cache.ts';
import { discover } from './discovery.ts';
import { type Sight as Seen, watchByName } from './watch-by-name.ts';
import type { AnyObject } from './writer.ts';

export interface SubjectsOptions {
  readonly client: KubeClient;
  /** Our own kind in that namespace, where it is watched anyway. */
  readonly cacheOf: (subject: SubjectReference) => KindCache<AnyObject> | undefined;
  readonly clock: Clock;
  readonly random: () => number;
  readonly onError: (error: unknown) => void;
}

/** The objects that gates look at: each watched by its name, once for all gates, while one looks. */
export interface Subjects {
  /** Says anew what a gate looks at; nothing when it is gone. */
  look(gate: string, subjects: readonly SubjectReference[]): void;
  sightOf(subject: SubjectReference): Sight;
  /** Told of each gate that may see something else now. */
  onChange(listener: (gate: string) => void): void;
  /** Objects that are watched. */
  readonly size: number;
  stop(): Promise<void>;
}

interface Watched {
  readonly gates: Set<string>;
  readonly end: () => Promise<unknown>;
  sight: Sight;
}

/** A kind that the server does not have, or does not show, is looked for this often; one it could not tell of, sooner. */
const LOOK_AGAIN = 60_000;
const TRY_AGAIN = 2_000;

const keyOf = ({ apiVersion, kind, namespace, name }: SubjectReference): string =>
  [apiVersion, kind, namespace, name].join(' ');

export function subjectWatch(options: SubjectsOptions): Subjects {
  const { client, cacheOf, clock, random, onError } = options;
  const watched = new Map<string, Watched>();
  const looking = new Map<string, ReadonlySet<string>>();
  const listeners: ((gate: string) => void)[] = [];
  const ending = new Set<Promise<unknown>>();
  let isOpen = true;

  const watch = (key: string, subject: SubjectReference): Watched => {
    const see = (sight: Sight): void => {
      const current = watched.get(key);
      if (!current) return;
      current.sight = sight;
      for (const gate of current.gates) for (const tell of listeners) tell(gate);
    };
    const end = new AbortController();
    const cache = cacheOf(subject);
    const over = cache
      ? watchInCache(cache, subject, see, end.signal)
      : watchAlone({ client, clock, random, onError }, subject, see, end.signal);
    const stop = (): Promise<unknown> => {
      end.abort(new Error('no gate looks at it any more'));
      return over;
    };
    return { gates: new Set(), end: stop, sight: cache ? sightIn(cache, subject) : { state: 'unknown' } };
  };

  const leave = (gate: string, key: string): void => {
    const current = watched.get(key);
    if (!current?.gates.delete(gate) || current.gates.size > 0) return;
    watched.delete(key);
    const ended = current.end();
    ending.add(ended);
    void ended.finally(() => ending.delete(ended));
  };

  return {
    look(gate, subjects) {
      // a list that was under way may still come in: nobody would end what is begun then
      if (!isOpen) return;
      const before = looking.get(gate) ?? new Set<string>();
      const now = new Set(subjects.map(keyOf));
      if (now.size > 0) looking.set(gate, now);
      else looking.delete(gate);
      for (const subject of subjects) {
        const key = keyOf(subject);
        const current = watched.get(key) ?? watch(key, subject);
        watched.set(key, current);
        current.gates.add(gate);
      }
      for (const key of before) if (!now.has(key)) leave(gate, key);
    },
    sightOf: (subject) => watched.get(keyOf(subject))?.sight ?? { state: 'unknown' },
    onChange(listener) {
      listeners.push(listener);
    },
    get size() {
      return watched.size;
    },
    async stop() {
      isOpen = false;
      const ends = [...watched.values()].map(({ end }) => end());
      watched.clear();
      await Promise.all([...ends, ...ending]);
    },
  };
}

type See = (sight: Sight) => void;

const sightIn = (cache: KindCache<AnyObject>, { name, namespace }: SubjectReference): Sight => {
  const object = cache.get(name, namespace);
  return object ? { state: 'found', object } : { state: cache.isSynced() ? 'missing' : 'unknown' };
};

async function watchInCache(cache: KindCache<AnyObject>, subject: SubjectReference, see: See, signal: AbortSignal) {
  const look = () => see(sightIn(cache, subject));
  const end = cache.onChange((old, now) => {
    const { name, namespace } = (now ?? old)?.metadata ?? {};
    if (name === subject.name && namespace === subject.namespace) look();
  });
  signal.addEventListener('abort', end, { once: true });
  // one that never comes to know its objects is no reason to stay
  await Promise.race([cache.synced, aborted(signal)]);
  if (!signal.aborted) look();
}

type Watching = Pick<SubjectsOptions, 'client' | 'clock' | 'random' | 'onError'>;

/** Finds out where the kind is served, then watches the one object. */
async function watchAlone(options: Watching, subject: SubjectReference, see: See, signal: AbortSignal): Promise<void> {
  const { client, clock, onError } = options;
  const { apiVersion, kind, namespace, name } = subject;
  while (!signal.aborted) {
    let pause = LOOK_AGAIN;
    try {
      const type = await discover(client, apiVersion, kind, signal);
      if (type) {
        const stop = watchByName<KubeObject>({
          ...options,
          type,
          namespace,
          name,
          onSeen: (seen) => see(sightOf(seen)),
        });
        await aborted(signal);
        return stop();
      }
      see({ state: 'unreadable' });
    } catch (error) {
      if (isNotFound(error) || isForbidden(error)) see({ state: 'unreadable' });
      else {
        pause = TRY_AGAIN;
        if (!signal.aborted) onError(error);
      }
    }
    await wait(clock, pause, signal).catch(() => {});
  }
}

function sightOf(seen: Seen<KubeObject>): Sight {
  if (seen === 'missing') return { state: 'missing' };
  return typeof seen === 'string' ? { state: 'unreadable' } : { state: 'found', object: seen };
}
