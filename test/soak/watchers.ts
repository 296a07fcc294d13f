import { wait } from '../../src/api/clock.ts';
import type { Permit } from '../../src/api/permit.ts';
import { ObjectCache } from '../../src/kube/cache.ts';
import { type Change, keepWatching, type WatchOptions, type WatchTiming } from '../../src/kube/watch.ts';
import { type WorkQueue, workQueue } from '../../src/kube/work-queue.ts';
import { type Ground, NAMESPACE, type Permits } from './ground.ts';

export type Selection = Pick<WatchOptions<Permit>, 'labelSelector' | 'fieldSelector'>;
/** How long watches wait for what. A soak of seconds has to be done sooner than one of minutes. */
export type Patience = WatchTiming;

/** A cache of a selection of Permits, fed by a watch that has trouble. */
export interface Watcher {
  readonly selection: Selection;
  readonly cache: ObjectCache<Permit, 'semaphore'>;
  stop(): Promise<void>;
}

export function watcher(ground: Ground, permits: Permits, selection: Selection, timing: Patience): Watcher {
  const onError = () => ground.count('trouble of watches');
  const indexes = { semaphore: ({ spec }: Permit) => [spec.semaphore] };
  const cache = new ObjectCache<Permit, 'semaphore'>({ indexes, onError });
  const ending = new AbortController();
  let last = 0;
  const ended = keepWatching<Permit>({
    ...selection,
    resource: permits,
    onChange(change) {
      const version = Number(versionOf(change));
      if (version < last) ground.problems.push(`a watch went back from ${last} to ${version}`);
      last = version;
      cache.feed(change);
    },
    onError,
    clock: ground.clock,
    random: ground.chance.random,
    signal: ending.signal,
    timing,
  });
  return {
    selection,
    cache,
    stop() {
      ending.abort(new Error('no longer watched'));
      return ended;
    },
  };
}

/** Watches for a while, leaves, and comes again. */
export async function passerBy(ground: Ground, timing: Patience): Promise<void> {
  const { chance, clock, signal } = ground;
  const { permits, close } = await ground.connect('passer-by');
  while (!signal.aborted) {
    const { stop } = watcher(ground, permits, {}, timing);
    await wait(clock, chance.between(0, 1_500), signal).catch(() => {});
    await stop();
  }
  await close();
}

const versionOf = (change: Change<Permit>): string =>
  'object' in change ? change.object.metadata.resourceVersion : change.resourceVersion;

/** Work for every change of a cache, which fails now and then; it must come to the last state of every key. */
export interface Reconciler {
  readonly queue: WorkQueue;
  /** Keys whose last state no work has seen. */
  behind(): readonly string[];
}

const WORK_FAILS = 0.03;

export function reconciler(ground: Ground, { cache }: Watcher): Reconciler {
  const { chance, clock } = ground;
  const done = new Map<string, string | undefined>();
  const stateOf = (name: string) => cache.get(name, NAMESPACE)?.metadata.resourceVersion;
  const queue = workQueue({
    concurrency: 4,
    clock,
    random: chance.random,
    longest: 500,
    onError: () => ground.count('work that failed'),
    async work(name) {
      const { metadata } = cache.get(name, NAMESPACE) ?? {};
      await wait(clock, chance.between(0, 5));
      if (chance.happens(WORK_FAILS)) throw new Error('work fails now and then');
      done.set(name, metadata?.resourceVersion);
      ground.count('work');
    },
  });
  cache.onChange((old, object) => {
    const name = (object ?? old)?.metadata.name;
    if (name !== undefined) queue.add(name);
  });
  return {
    queue,
    behind: () => [...done].filter(([name, version]) => stateOf(name) !== version).map(([name]) => name),
  };
}
