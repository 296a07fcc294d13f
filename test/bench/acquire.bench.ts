import { setTimeout as pause } from 'node:timers/promises';
import { apiWrites } from './api-writes.ts';
import { aPermit, type Claims, claimsOf, GRANT, grants, isGranted, madeSemaphore } from './claims.ts';
import { type Engine, startEngine } from './engine.ts';
import type { Benchmark } from './figure.ts';
import { compared, type Figure } from './figure.ts';
import { paced } from './paced.ts';
import { quantile } from './statistics.ts';

const ROUNDS = 300;
const WARM_UP = 50;
const HAND_OVERS = 300;
const RATE = 100;
const SECONDS = 15;
const HOLD = 1_000;

/** What a grant costs over what its writes cost anyway. */
export const benchmark: Benchmark = {
  load: `${ROUNDS} acquisitions one at a time, by turns with a bare POST and PATCH; ${HAND_OVERS} hand-overs of one permit; ${RATE}/s for ${SECONDS} s, each held ${HOLD / 1_000} s`,
  async *run() {
    await using engine = await startEngine();
    await using claims = await claimsOf(engine);
    yield* alone(claims);
    yield* handOver(claims);
    yield* writesAlone(engine, claims);
    yield* underLoad(engine, claims);
  },
};

async function* alone(claims: Claims): AsyncGenerator<Figure> {
  await using semaphoreEar = await madeSemaphore(claims, 'idle', 5);
  const { permits, barePermits, permitEar } = claims;
  const control: number[] = [];
  const bySwap: number[] = [];
  const byClaim: number[] = [];
  for (let round = -WARM_UP; round < ROUNDS; round++) {
    const name = `alone-${round + WARM_UP}`;
    const began = performance.now();
    await barePermits.create(aPermit(name, 'none'));
    await barePermits.patchStatus(name, GRANT);
    if (round >= 0) control.push(performance.now() - began);
    await barePermits.delete(name);

    for (const [told, times] of [
      [(claim: string) => semaphoreEar.when('idle', grants(claim)), bySwap],
      [(claim: string) => permitEar.when(claim, isGranted), byClaim],
    ] as const) {
      const claim = `${name}-${times === bySwap ? 'swap' : 'claim'}`;
      const granted = permitEar.when(claim, isGranted);
      const heard = told(claim);
      const asked = performance.now();
      await permits.create(aPermit(claim, 'idle'));
      const at = await heard;
      if (round >= 0) times.push(at - asked);
      await granted;
      await permits.delete(claim);
    }
  }
  const figure = (name: string, times: readonly number[], share: number, atMost: number) =>
    compared(name, quantile(times, share), 'ms', quantile(control, share), { atMost });
  yield figure('acquire alone, told by the swap, p50', bySwap, 0.5, 1.4);
  yield figure('acquire alone, told by the claim, p50', byClaim, 0.5, 1.9);
  yield figure('acquire alone, told by the swap, p99', bySwap, 0.99, 3);
  yield figure('acquire alone, told by the claim, p99', byClaim, 0.99, 3);
}

/** A queue for one permit: from the call that releases it until the next holder hears of its grant. */
async function* handOver(claims: Claims): AsyncGenerator<Figure> {
  await using semaphoreEar = await madeSemaphore(claims, 'one', 1);
  const { permits, barePermits, permitEar } = claims;
  const waiting = semaphoreEar.when('one', ({ status }) => status?.waiting === HAND_OVERS);
  const names = Array.from({ length: HAND_OVERS + 1 }, (_, index) => `next-${index}`);
  for (const name of names) await permits.create(aPermit(name, 'one'));
  await waiting;
  await barePermits.create(aPermit('patched', 'none'));
  const control: number[] = [];
  const times: number[] = [];
  for (const [index, name] of names.slice(0, -1).entries()) {
    const next = names[index + 1] as string;
    const told = permitEar.when(next, isGranted);
    const heard = semaphoreEar.when('one', grants(next));
    const released = performance.now();
    await permits.delete(name);
    times.push((await heard) - released);
    await told;
    const began = performance.now();
    await barePermits.patchStatus('patched', { ...GRANT, observedGeneration: index });
    control.push(performance.now() - began);
  }
  await permits.delete(names.at(-1) as string);
  await barePermits.delete('patched');
  yield compared('release to the next grant, p50', quantile(times, 0.5), 'ms', quantile(control, 0.5));
  yield compared('release to the next grant, p99', quantile(times, 0.99), 'ms', quantile(control, 0.99), { atMost: 4 });
}

async function* writesAlone(engine: Engine, claims: Claims): AsyncGenerator<Figure> {
  await using _ = await madeSemaphore(claims, 'counted', 5);
  const { permits, permitEar } = claims;
  const cycle = async (name: string) => {
    const granted = permitEar.when(name, isGranted);
    await permits.create(aPermit(name, 'counted'));
    await granted;
    await permits.delete(name);
  };
  await cycle('counted-first'); // a semaphore gets its finalizer once in its life
  const before = await apiWrites(engine.cluster);
  for (let round = 0; round < ROUNDS; round++) await cycle(`counted-${round}`);
  yield* perCycle('idle', before, await apiWrites(engine.cluster), ROUNDS, 4);
}

async function* underLoad(engine: Engine, claims: Claims): AsyncGenerator<Figure> {
  await using _ = await madeSemaphore(claims, 'busy', RATE * 4);
  const { permits, permitEar } = claims;
  const times: number[] = [];
  const cycles: Promise<void>[] = [];
  const cycle = async (name: string) => {
    const granted = permitEar.when(name, isGranted);
    const asked = performance.now();
    await permits.create(aPermit(name, 'busy'));
    times.push((await granted) - asked);
    await pause(HOLD); // the work it is held for
    await permits.delete(name);
  };
  const before = await apiWrites(engine.cluster);
  const stop = paced(RATE, () => void cycles.push(cycle(`busy-${cycles.length}`)));
  await pause(SECONDS * 1_000);
  stop();
  await Promise.all(cycles);
  yield* perCycle(`at ${RATE}/s`, before, await apiWrites(engine.cluster), cycles.length, 3.2);
  for (const [name, share] of [
    ['p50', 0.5],
    ['p99', 0.99],
  ] as const) {
    yield { name: `acquire at ${RATE}/s, told by the claim, ${name}`, value: quantile(times, share), unit: 'ms' };
  }
}

type Counted = Awaited<ReturnType<typeof apiWrites>>;

function* perCycle(load: string, before: Counted, after: Counted, cycles: number, most: number): Generator<Figure> {
  const writes = (after.ours - before.ours) / cycles;
  const met = Number(writes.toFixed(1)) <= most; // the one swap in five seconds that nobody waits for aside
  yield { name: `API writes a cycle, ${load}`, value: writes, unit: '', goal: `≤ ${most}`, met };
  yield { name: `events beside them, ${load}`, value: after.events - before.events, unit: '' };
}
