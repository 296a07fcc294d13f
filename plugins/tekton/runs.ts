import type { KubeObject } from '../../src/api/metadata.ts';
import { aborted } from '../../src/kube/aborted.ts';
import { keyOf } from '../../src/kube/cache.ts';
import type { DoorContext } from '../../src/kube/door.ts';
import { isConflict, isNotFound } from '../../src/kube/errors.ts';
import { Event, events, type News } from '../../src/kube/events.ts';
import type { PatchOptions, Resource } from '../../src/kube/resource.ts';
import type { ResourceType } from '../../src/kube/resource-type.ts';
import { NO_RETRY } from '../../src/kube/retry.ts';
import { watched } from '../../src/kube/watched.ts';
import { workQueue } from '../../src/kube/work-queue.ts';
import { type DoorLabel, type StepMetrics, stepMetrics } from '../metrics.ts';
import type { StepRunner } from '../runner.ts';
import { byAge } from './kinds.ts';
import type { Sights } from './sights.ts';
import { type Waiters, waiters } from './waiters.ts';

export interface DoorParts {
  readonly context: DoorContext;
  readonly sights: Sights;
  readonly runner: StepRunner;
  readonly onError: (error: unknown) => void;
}

export interface RunsOptions<T extends KubeObject> {
  readonly type: ResourceType<T>;
  readonly door: DoorLabel;
  /** Those that are over are thousands, and none of them is of any interest. */
  readonly isWanted: (run: T) => boolean;
  /** How many are worked on at once. */
  readonly atOnce: number;
  /** Told of each run when something of it may have changed; without a run when there is none of that key. */
  readonly work: (key: string, run: T | undefined, cut: AbortSignal) => Promise<void>;
}

/** What is written of a run, and what people are to see of that in its events. */
export interface RunWrite<T extends KubeObject> {
  readonly send: (api: Resource<T>, how: PatchOptions) => Promise<T>;
  readonly news: News | undefined;
  /** Whatever waits for this shares a bound on events. */
  readonly about: string;
}

/** Runs of Tekton that wait for something of ours: seen, worked on one by one, and written. */
export interface Runs<T extends KubeObject> {
  readonly line: Waiters;
  readonly ended: StepMetrics['ended'];
  /** If there is one of that key. */
  lookAgain(key: string, milliseconds: number): void;
  /** There is none of that key any more. */
  forget(key: string): void;
  /** False when it was not as we knew it: the watch is about to bring what it is. Anything else is tried again. */
  write(run: T, write: RunWrite<T>, cut: AbortSignal): Promise<boolean>;
  /** Until the signal aborts. */
  serve(): Promise<void>;
}

const ASK_AGAIN_AFTER = 1_000;
const BACKOFF = { base: 100, longest: 5_000 };

export function runsOf<T extends KubeObject>(
  { context, sights, onError }: DoorParts,
  { type, door, isWanted, atOnce, work }: RunsOptions<T>,
  signal: AbortSignal,
): Runs<T> {
  const { client, clock, random, registry, namespaces, identity } = context;
  const knownOf = (key: string): T | undefined => {
    const [namespace = '', name = ''] = key.split('/');
    return runs.get(name, namespace);
  };
  const runs = watched<T>({ client, type, namespaces, clock, random, onError, signal, isWanted });
  const line = waiters(sights, clock, (key) => queue.add(key));
  const metrics = stepMetrics({ registry, clock, door, waiting: line.steps });
  const people = events({
    ...{ clock, random, identity, component: 'sync.konductor.io/tekton', onResult: () => {} },
    create: (namespace, event, how) => client.of(Event, namespace).create(event, how),
  });
  const queue = workQueue({
    ...{ concurrency: atOnce, clock, random, ...BACKOFF, onError: (_, error) => onError(error) },
    work: (key, cut) => work(key, knownOf(key), cut),
  });
  return {
    line,
    ended: metrics.ended,
    lookAgain(key, milliseconds) {
      if (knownOf(key)) queue.addAfter(key, milliseconds);
    },
    forget(key) {
      line.forget(key);
      queue.forget(key);
    },
    async write(run, { send, news, about }, cut) {
      const { namespace, resourceVersion } = run.metadata;
      try {
        runs.apply(await send(client.of(type, namespace), { resourceVersion, signal: cut, retry: NO_RETRY }));
      } catch (error) {
        if (isConflict(error)) queue.addAfter(keyOf(run), ASK_AGAIN_AFTER);
        else if (!isNotFound(error)) throw error;
        return false;
      }
      if (news) people.tell(about, run, news);
      return true;
    },
    async serve() {
      // nothing is decided before everything has been seen
      await Promise.race([runs.synced, aborted(signal)]);
      runs.onChange((old, run) => queue.add(keyOf((run ?? old) as T)));
      for (const run of runs.all().toSorted(byAge)) queue.add(keyOf(run));
      await aborted(signal);
      line.stop();
      people.stop();
      metrics.close();
      await Promise.all([queue.stop(), runs.ended]);
    },
  };
}
