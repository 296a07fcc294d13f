import { setTimeout as pause } from 'node:timers/promises';
import { aPermit, claimsOf, isGranted, madeSemaphore } from './claims.ts';
import { startEngine } from './engine.ts';
import type { Benchmark } from './figure.ts';
import { paced } from './paced.ts';
import { quantile } from './statistics.ts';

const HOLDS = 5_000;
const RATE = 50;
const SEMAPHORES = 20;
const SHORTEST = 1_000;
const SPREAD = 2_000;
/** What "accurate" means, and of how many it is promised. */
const LATE = 250;
const SHARE = 0.999;

/** Holds that nobody renews: when they end, beside when they should. */
export const benchmark: Benchmark = {
  load: `${HOLDS} holds made at ${RATE}/s on ${SEMAPHORES} semaphores, living 1 to 3 s each, none renewed`,
  async *run() {
    await using engine = await startEngine();
    await using claims = await claimsOf(engine);
    const { permits, permitEar } = claims;
    for (let index = 0; index < SEMAPHORES; index++) {
      await using _ = await madeSemaphore(claims, `short-${index}`, HOLDS);
    }
    const late: number[] = [];
    const decided: number[] = [];
    const made: Promise<unknown>[] = [];
    const posts: number[] = [];
    const collected: Promise<unknown>[] = [];
    const all = Promise.withResolvers<void>();
    permitEar.onHeard(({ metadata, spec, status }) => {
      if (status?.phase !== 'Expired') return;
      const lives = Number(spec.ttl?.replace('ms', ''));
      const granted = Date.parse(status.acquiredAt ?? '');
      const ended = status.conditions?.find(({ type }) => type === 'Granted')?.lastTransitionTime;
      // decided by the clock that granted it; heard of here, which is later, by the same machine's
      decided.push(Date.parse(ended ?? '') - granted - lives);
      late.push(Date.now() - granted - lives);
      collected.push(permits.delete(metadata.name));
      if (late.length === HOLDS) all.resolve();
    });

    const stop = paced(RATE, () => {
      const index = made.length;
      if (index >= HOLDS) return;
      const name = `short-lived-${index}`;
      const told = permitEar.when(name, isGranted);
      const ttl = `${SHORTEST + ((index * 7_919) % SPREAD)}ms`;
      const asked = performance.now();
      const post = permits.create(aPermit(name, `short-${index % SEMAPHORES}`, { ttl }));
      made.push(post.then(() => void posts.push(performance.now() - asked)).then(() => told));
    });
    while (made.length < HOLDS) await pause(100); // the pace of the load
    stop();
    await Promise.all(made);
    await all.promise;
    await Promise.all(collected);

    const tooEarly = decided.filter((milliseconds) => milliseconds < -1).length;
    yield { name: 'ended early', value: tooEarly, unit: '', goal: '0', met: tooEarly === 0 };
    for (const [name, share] of [
      ['p50', 0.5],
      ['p99', 0.99],
    ] as const) {
      yield { name: `late, ${name}`, value: quantile(late, share), unit: 'ms' };
    }
    const value = quantile(late, SHARE);
    yield { name: 'late, p99.9', value, unit: 'ms', goal: `≤ ${LATE} ms`, met: value <= LATE };
    yield { name: 'late by the decision alone, p99.9', value: quantile(decided, SHARE), unit: 'ms' };
    yield { name: 'a bare POST meanwhile, p99.9', value: quantile(posts, SHARE), unit: 'ms' };
    yield { name: 'late, longest', value: Math.max(...late), unit: 'ms' };
  },
};
