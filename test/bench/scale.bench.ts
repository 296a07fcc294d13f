import { setTimeout as pause } from 'node:timers/promises';
import type { Semaphore } from '../../src/api/semaphore.ts';
import { aPermit, type Claims, claimsOf, grants, isGranted, madeSemaphore } from './claims.ts';
import { crowd } from './crowd.ts';
import type { Ear } from './ear.ts';
import { type Engine, IN_FLIGHT, startEngine } from './engine.ts';
import { type Benchmark, compared, type Figure } from './figure.ts';
import { timeInFlight } from './in-flight.ts';
import { costOf } from './process-cost.ts';
import { quantile } from './statistics.ts';

const HOLDERS = 1_000;
const WAITERS = 1_000;
const ROUNDS = 150;
const WARM_UP = 20;
const LIVE = 10_000;
const SEMAPHORES = 10;
const IDLE_SECONDS = 15;
const MB = 2 ** 20;

/** Whether many cost the few, and what many cost by themselves. */
export const benchmark: Benchmark = {
  load: `${ROUNDS} acquisitions by turns on an empty semaphore and on one with ${HOLDERS} holders and ${WAITERS} waiters; then ${LIVE} live claims on ${SEMAPHORES} semaphores, ${IDLE_SECONDS} s of rest, kill -9 and restart`,
  async *run() {
    await using engine = await startEngine();
    await using claims = await claimsOf(engine);
    yield* crowded(claims);
    yield* alive(engine, claims);
  },
};

async function* crowded(claims: Claims): AsyncGenerator<Figure> {
  const { permits } = claims;
  await using emptyEar = await madeSemaphore(claims, 'empty', 5);
  await using fullEar = await madeSemaphore(claims, 'full', HOLDERS + 1);
  await crowd(claims, 'full', HOLDERS);
  // too heavy for the one that is left, and in nobody's way who is of higher priority
  const waiting = fullEar.when('full', ({ status }) => status?.waiting === WAITERS);
  await timeInFlight({ calls: WAITERS, inFlight: IN_FLIGHT }, (index) =>
    permits.create(aPermit(`waiter-${index}`, 'full', { weight: 2 })),
  );
  await waiting;
  await pause(2_000); // each waiter is told once that it waits

  const times = { empty: [] as number[], full: [] as number[] };
  for (let round = -WARM_UP; round < ROUNDS; round++) {
    for (const [semaphore, ear] of [
      ['empty', emptyEar],
      ['full', fullEar],
    ] as const) {
      const took = await acquire(claims, ear, semaphore, `${semaphore}-${round + WARM_UP}`);
      if (round >= 0) times[semaphore].push(took);
    }
  }
  for (const [name, share, goal] of [
    ['p50', 0.5, { atMost: 1.3 }],
    ['p99', 0.99, undefined],
  ] as const) {
    const [full, empty] = [quantile(times.full, share), quantile(times.empty, share)];
    yield compared(`acquire among ${HOLDERS} holders and ${WAITERS} waiters, ${name}`, full, 'ms', empty, goal);
  }
}

async function acquire({ permits, permitEar }: Claims, ear: Ear<Semaphore>, semaphore: string, name: string) {
  const told = permitEar.when(name, isGranted);
  const heard = ear.when(semaphore, grants(name));
  const asked = performance.now();
  await permits.create(aPermit(name, semaphore, { priority: 5 }));
  const took = (await heard) - asked;
  await told;
  await permits.delete(name);
  return took;
}

async function* alive(engine: Engine, claims: Claims): AsyncGenerator<Figure> {
  const { permits, permitEar } = claims;
  const began = performance.now();
  const each = (LIVE - HOLDERS - WAITERS) / SEMAPHORES;
  for (let index = 0; index < SEMAPHORES; index++) {
    await using _ = await madeSemaphore(claims, `live-${index}`, each + 1);
    await crowd(claims, `live-${index}`, each);
  }
  yield {
    name: `until all but the first ${HOLDERS + WAITERS} were granted`,
    value: (performance.now() - began) / 1_000,
    unit: 's',
  };

  const before = costOf(engine.operator.pid);
  await pause(IDLE_SECONDS * 1_000); // at rest
  const after = costOf(engine.operator.pid);
  yield { name: `operator's memory with ${LIVE} live claims`, value: after.rss / MB, unit: 'MB' };
  yield {
    name: 'operator at rest, of one processor',
    value: ((after.cpu - before.cpu) / IDLE_SECONDS) * 100,
    unit: '%',
  };

  await engine.operator.kill('SIGKILL');
  await permits.create(aPermit('after-restart', 'live-0'));
  const granted = permitEar.when('after-restart', isGranted);
  const restarted = performance.now();
  const { pid } = await engine.restart();
  const took = ((await granted) - restarted) / 1_000;
  yield { name: 'from restart to the first grant', value: took, unit: 's', goal: '≤ 5 s', met: took <= 5 };
  yield { name: "operator's memory after the restart", value: costOf(pid).rss / MB, unit: 'MB' };
}
