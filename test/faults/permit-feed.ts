import type { Permit } from '../../src/api/permit.ts';
import type { ClusterAccess } from '../cluster/access.ts';

/** News of permits for those who made them. It comes back by itself after every outage, with all there is. */
export interface PermitFeed {
  /** Kept once the claim says so. */
  when(name: string, isSo: (permit: Permit) => boolean, signal: AbortSignal): Promise<Permit>;
  stop(): Promise<void>;
}

export function permitFeed(cluster: ClusterAccess, namespace: string): PermitFeed {
  const known = new Map<string, Permit>();
  const listeners = new Map<string, (permit: Permit) => void>();
  const ending = new AbortController();
  const path = `/apis/sync.konductor.io/v1/namespaces/${namespace}/permits`;

  const follow = async (): Promise<void> => {
    while (!ending.signal.aborted) {
      try {
        for await (const { type, object } of cluster.watch<Permit>(path, ending.signal)) {
          const { name } = object.metadata;
          if (type === 'DELETED') known.delete(name);
          else known.set(name, object);
          listeners.get(name)?.(object);
        }
      } catch {
        // the server is down, as it is meant to be
        await new Promise((resolve) => setTimeout(resolve, AGAIN));
      }
    }
  };
  const following = follow();

  return {
    when(name, isSo, signal) {
      return new Promise((resolve, reject) => {
        const done = (settle: () => void) => {
          listeners.delete(name);
          signal.removeEventListener('abort', abort);
          settle();
        };
        const abort = () => done(() => reject(new Error(`nothing was heard of ${name}: ${signal.reason}`)));
        const look = (permit: Permit) => isSo(permit) && done(() => resolve(permit));
        signal.addEventListener('abort', abort, { once: true });
        listeners.set(name, look);
        const permit = known.get(name);
        if (signal.aborted) abort();
        else if (permit) look(permit);
      });
    },
    async stop() {
      ending.abort();
      await following;
    },
  };
}

const AGAIN = 100;
