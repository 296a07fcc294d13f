import type { Permit } from '../../src/api/permit.ts';
import type { Semaphore } from '../../src/api/semaphore.ts';
import type { ApiServer } from '../../src/apiserver/server.ts';
import type { Write } from '../../src/apiserver/store.ts';

/** What the server's own record says of one semaphore, after every write: by claims and by intents. */
export interface HoldsRecord {
  /** The most that was ever held at once. */
  readonly most: number;
  /** The token of every grant. */
  readonly tokens: readonly number[];
}

export function recordHolds(server: ApiServer, semaphore: string): HoldsRecord {
  const permits = new Map<string, Permit>();
  const tokens = new Map<string, number>();
  let db: Semaphore | undefined;
  let most = 0;
  server.onWrite(({ type, resource, object }: Write) => {
    if (resource === 'permits.sync.konductor.io') {
      const permit = object as unknown as Permit;
      if (type === 'DELETED') permits.delete(permit.metadata.uid);
      else permits.set(permit.metadata.uid, permit);
    } else if (resource === 'semaphores.sync.konductor.io' && object.metadata.name === semaphore) {
      db = object as unknown as Semaphore;
    } else return;

    const intents = new Map(db?.status?.intents?.map(({ uid, token }) => [uid, token]));
    let held = 0;
    for (const { metadata, spec, status } of permits.values()) {
      if (spec.semaphore !== semaphore) continue;
      const phase = status?.phase ?? 'Pending';
      const token = phase === 'Granted' ? status?.token : phase === 'Pending' ? intents.get(metadata.uid) : undefined;
      if (token === undefined) continue;
      held += spec.weight;
      tokens.set(metadata.uid, token);
    }
    most = Math.max(most, held);
  });
  return {
    get most() {
      return most;
    },
    get tokens() {
      return [...tokens.values()];
    },
  };
}
