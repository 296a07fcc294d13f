import { setTimeout as pause } from 'node:timers/promises';
import { bareWatch } from './bare-watch.ts';
import type { Benchmark } from './figure.ts';
import { startServerProcess } from './server-process.ts';
import { quantile } from './statistics.ts';
import { lineTo, watchPermits } from './watching.ts';

const WATCHES = 100;
const OBJECTS = 200;
const WRITES = 200;
const CUTS = 10;
/** Longer than the longest wait before a watch comes back: each storm begins with all of them up. */
const BETWEEN_CUTS = 3_000;
/** What has not come back by then never will. */
const GIVE_UP = 60_000;

/** Whether a hundred watches whose connections break at once, again and again, miss anything. */
export const benchmark: Benchmark = {
  load: `${WATCHES} watches with caches of ${OBJECTS} Permits, ${WRITES} writes/s, every connection cut ${CUTS} times`,
  async *run() {
    await using server = startServerProcess();
    await server.tell('fill', { count: OBJECTS });
    const place = await server.tell('listen', { tls: false });
    const line = await lineTo(place);
    const storm = recoveries();
    const bareStorm = recoveries();
    const watchers = Array.from({ length: WATCHES }, (_, index) => {
      const heard = new Map<number, number>();
      let lists = 0;
      const watching = watchPermits(line.permits, (change) => {
        if (change.type === 'replaced') lists++;
        if (change.type === 'replaced' || change.type === 'reached') return;
        const version = Number(change.object.metadata.resourceVersion);
        heard.set(version, (heard.get(version) ?? 0) + 1);
        storm.heard(index, version);
      });
      return { ...watching, heard, lists: () => lists };
    });
    await Promise.all(watchers.map(({ cache }) => cache.synced));
    const from = watchers[0]?.cache.resourceVersion ?? '';
    const bare = bareWatch(place, from, (version) => bareStorm.heard(0, version));

    await server.tell('startLoad', { perSecond: WRITES });
    for (let cut = 0; cut < CUTS; cut++) {
      const at = performance.now();
      const { resourceVersion } = await server.tell('cut', {});
      storm.cut(at, resourceVersion);
      bareStorm.cut(at, resourceVersion);
      // the pace of the storm; a machine that is too busy for it takes longer, and is not cut short
      await Promise.all([
        pause(BETWEEN_CUTS),
        Promise.race([storm.all(WATCHES), pause(GIVE_UP, undefined, { ref: false })]),
      ]);
    }
    const { versions } = await server.tell('stopLoad', {});
    const last = String(versions.at(-1));
    await Promise.all(watchers.map(({ cache }) => cache.waitFor(last, AbortSignal.timeout(60_000))));
    const { items } = await line.permits.listAll();
    await Promise.all([...watchers.map(({ stop }) => stop()), bare.stop()]);
    await line.close();

    const wanted = new Map(items.map(({ metadata }) => [metadata.name, metadata.resourceVersion]));
    const sum = (of: (watcher: (typeof watchers)[number]) => number) =>
      watchers.reduce((total, watcher) => total + of(watcher), 0);
    yield { name: 'events expected', value: versions.length * WATCHES, unit: '' };
    yield {
      name: 'events seen',
      value: sum(({ heard }) => versions.filter((each) => heard.has(each)).length),
      unit: '',
    };
    yield none(
      'missed',
      sum(({ heard }) => versions.filter((each) => !heard.has(each)).length),
    );
    yield none(
      'told twice',
      sum(({ heard }) => [...heard.values()].filter((times) => times > 1).length),
    );
    yield { name: 'objects expected in the caches', value: wanted.size * WATCHES, unit: '' };
    yield none(
      'objects other than on the server',
      sum(({ cache }) =>
        otherThan(wanted, new Map(cache.all().map(({ metadata }) => [metadata.name, metadata.resourceVersion]))),
      ),
    );
    // a watch that resumes needs none but its first
    yield none(
      'lists made over',
      sum(({ lists }) => lists() - 1),
    );
    for (const [name, share] of [
      ['p50', 0.5],
      ['p99', 0.99],
    ] as const) {
      const value = quantile(storm.times, share);
      const control = quantile(bareStorm.times, share);
      yield {
        name: `recovery ${name} (control: one bare watch that comes back at once)`,
        value,
        unit: 'ms',
        control,
        ratio: value / control,
      };
    }
    yield none('not recovered', WATCHES * CUTS - storm.times.length);
  },
};

const none = (name: string, value: number) => ({ name, value, unit: '', goal: '0', met: value === 0 });

/** How many of either are not in the other as they are. */
function otherThan(wanted: ReadonlyMap<string, string>, found: ReadonlyMap<string, string>): number {
  const wrong = [...wanted].filter(([name, version]) => found.get(name) !== version).length;
  return wrong + [...found.keys()].filter((name) => !wanted.has(name)).length;
}

/** From each cut until each watcher has heard of something that was written after it. */
function recoveries() {
  const times: number[] = [];
  const back = new Set<number>();
  let cut: { readonly at: number; readonly version: number } | undefined;
  let wanted = { count: 0, resolve: () => {} };
  return {
    times,
    /** Once so many are back after the last cut. */
    all: (count: number): Promise<void> =>
      new Promise((resolve) => {
        wanted = { count, resolve };
        if (back.size >= count) resolve();
      }),
    cut(at: number, version: number): void {
      cut = { at, version };
      back.clear();
    },
    heard(watcher: number, version: number): void {
      if (!cut || version <= cut.version || back.has(watcher)) return;
      back.add(watcher);
      times.push(performance.now() - cut.at);
      if (back.size >= wanted.count) wanted.resolve();
    },
  };
}
