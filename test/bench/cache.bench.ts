import { setTimeout as pause } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Benchmark } from './figure.ts';
import { startServerProcess } from './server-process.ts';
import { type Sample, slope } from './statistics.ts';
import { lineTo, watchPermits } from './watching.ts';

const OBJECTS = 10_000;
const EVENTS = 200;
const MINUTES = Number(process.env.KONDUCTOR_BENCH_MINUTES ?? 10);
/** Before that: the heap finds its size only in several full collections, which are minutes apart. */
const WARM_UP = Math.min(5, MINUTES / 2);
const SAMPLE_SECONDS = 10;
const SAMPLES_A_LINE = 3;
const MB = 2 ** 20;
/** MB a minute. */
const FLAT = 1;

/** Whether a cache under load stays as large as it is. The server is in another process: all memory here is a client's. */
export const benchmark: Benchmark = {
  load: `${OBJECTS} Permits in one cache, ${EVENTS} events/s for ${MINUTES} min, after ${WARM_UP} to warm up`,
  async *run() {
    await using server = startServerProcess();
    await server.tell('fill', { count: OBJECTS });
    const line = await lineTo(await server.tell('listen', { tls: false }));
    let events = 0;
    const watching = watchPermits(line.permits, ({ type }) => {
      if (type !== 'replaced' && type !== 'reached') events++;
    });
    await watching.cache.synced;
    const before = liveHeap();
    await server.tell('startLoad', { perSecond: EVENTS });

    await pause(WARM_UP * 60_000);
    const { rss, heap } = await sampled(MINUTES * 60, () => `${watching.cache.size} objects, ${events} events`);
    const after = liveHeap();

    const { versions } = await server.tell('stopLoad', {});
    await watching.cache.waitFor(String(versions.at(-1)));
    const size = watching.cache.size;
    await watching.stop();
    await line.close();

    yield { name: 'objects in the cache', value: size, unit: '' };
    yield { name: 'RSS at the end', value: (rss.at(-1)?.value ?? 0) / MB, unit: 'MB' };
    yield flat('growth of RSS', slope(rss) / MB);
    yield flat('growth of the heap', slope(heap) / MB);
    yield flat('growth of what a full collection leaves', (after - before) / MB / (WARM_UP + MINUTES));
    yield count('events missed', versions.length - events);
    yield count('errors of the watch', watching.errors.length);
  },
};

const flat = (name: string, value: number) => ({ name, value, unit: 'MB/min', goal: `≤ ${FLAT}`, met: value <= FLAT });
const count = (name: string, value: number) => ({ name, value, unit: '', goal: '0', met: value === 0 });

/** Paced by the clock: what is asked is what happens while nobody does anything. */
async function sampled(seconds: number, told: () => string) {
  const rss: Sample[] = [];
  const heap: Sample[] = [];
  const started = performance.now();
  for (let taken = 0; taken * SAMPLE_SECONDS <= seconds; taken++) {
    await pause(Math.max(0, started + taken * SAMPLE_SECONDS * 1000 - performance.now()));
    const at = (performance.now() - started) / 60_000;
    const memory = process.memoryUsage();
    rss.push({ at, value: memory.rss });
    heap.push({ at, value: memory.heapUsed });
    if (taken % SAMPLES_A_LINE > 0) continue;
    const megabytes = `RSS ${(memory.rss / MB).toFixed(1)} MB, heap ${(memory.heapUsed / MB).toFixed(1)} MB`;
    process.stderr.write(`  ${at.toFixed(1)} min: ${megabytes}, ${told()}\n`);
  }
  return { rss, heap };
}

/** Bytes in use after a full collection. Not asked for while samples are taken: it would change what they show. */
function liveHeap(): number {
  setFlagsFromString('--expose-gc');
  runInNewContext('gc')();
  return process.memoryUsage().heapUsed;
}
