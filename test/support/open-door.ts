import { Registry } from 'prom-client';
import { cachesIn, sourcesOf } from '../../operator/sources.ts';
import { type Clock, systemClock } from '../../src/api/clock.ts';
import { aborted } from '../../src/kube/aborted.ts';
import type { KubeClient } from '../../src/kube/client.ts';
import type { Door } from '../../src/kube/door.ts';
import type { Log } from '../../src/kube/log.ts';

export interface DoorOptions {
  readonly client: KubeClient;
  readonly clock?: Clock;
  readonly random?: () => number;
  readonly log?: Log;
  readonly namespaces?: readonly string[] | undefined;
}

export interface OpenDoor {
  readonly registry: Registry;
  stop(): Promise<void>;
}

const nothing = () => {};
const SILENT: Log = { debug: nothing, info: nothing, warn: nothing, error: nothing };

let lives = 0;

/** A door that no operator has opened, with caches of its own: as if the operator beside it were another program. */
export function openDoor(door: Door, options: DoorOptions): OpenDoor {
  const { client, namespaces, clock = systemClock, random = Math.random, log = SILENT } = options;
  const [ending, watching] = [new AbortController(), new AbortController()];
  const registry = new Registry();
  const sources = sourcesOf({ client, namespaces, doors: [door], clock, random, onError: nothing });
  const caches = [...sources.values()].map(({ cache }) => cache);
  const watches = caches.map((cache) => cache.watch(watching.signal));
  const context = { client, log, clock, random, registry, namespaces, cacheOf: cachesIn(sources) };
  const ended = (async () => {
    await Promise.race([Promise.all(caches.map(({ synced }) => synced)), aborted(ending.signal)]);
    if (!ending.signal.aborted) await door({ ...context, identity: `door-${++lives}` }, ending.signal);
  })();
  return {
    registry,
    async stop() {
      ending.abort(new Error('the test is over'));
      await ended;
      watching.abort(new Error('the test is over'));
      await Promise.all(watches);
    },
  };
}
