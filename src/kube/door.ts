import type { Registry } from 'prom-client';
import type { Clock } from '../api/clock.ts';
import type { Kind, ObjectOf } from '../api/kind.ts';
import type { KubeObject } from '../api/metadata.ts';
import type { KubeClient } from './client.ts';
import type { KindCache } from './kind-cache.ts';
import type { Log } from './log.ts';

/** What a controller is given by the program that runs it. */
export interface DoorContext {
  readonly client: KubeClient;
  readonly log: Log;
  readonly clock: Clock;
  readonly random: () => number;
  readonly registry: Registry;
  /** Who it is, in events: different for every life of every program. */
  readonly identity: string;
  /** Watches only these; undefined: all. */
  readonly namespaces: readonly string[] | undefined;
  /** All there is of a kind of ours, which the program watches anyway: listed before any door is opened. */
  readonly cacheOf: <K extends Kind>(kind: K) => KnownKind<ObjectOf<K>>;
}

/** To look at only: what is written is heard of by the watch. A listener is to be ended with the door. */
export type KnownKind<T extends KubeObject> = Pick<KindCache<T>, 'sight' | 'on' | 'ownedBy' | 'onChange'>;

/** A controller: works until the signal aborts, and is kept once all it had begun is over. Two at once do no harm. */
export type Door = (context: DoorContext, signal: AbortSignal) => Promise<void>;
