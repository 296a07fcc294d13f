import type { Registry } from 'prom-client';
import type { Clock } from '../api/clock.ts';
import type { KubeClient } from './client.ts';
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
}

/** A controller: works until the signal aborts, and is kept once all it had begun is over. Two at once do no harm. */
export type Door = (context: DoorContext, signal: AbortSignal) => Promise<void>;
