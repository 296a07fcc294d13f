import { aPermit, type Claims, claimsOf, GRANT, isGranted, madeSemaphore } from './claims.ts';
import { IN_FLIGHT, startEngine } from './engine.ts';
import { type Benchmark, compared } from './figure.ts';
import { timeInFlight } from './in-flight.ts';
import { median } from './statistics.ts';

const CLAIMS = 1_000;
const RUNS = 3;

/** Everybody at once: how much longer it takes than the writes alone. */
export const benchmark: Benchmark = {
  load: `${CLAIMS} claims on ${CLAIMS} permits, ${IN_FLIGHT} calls in flight, ${RUNS} runs by turns with ${CLAIMS} bare POSTs, each followed by a bare PATCH`,
  async *run() {
    await using engine = await startEngine();
    await using claims = await claimsOf(engine);
    const ours: number[] = [];
    const bare: number[] = [];
    // the first run of each only warms up
    for (let run = -1; run < RUNS; run++) {
      const [control, subject] = [await bareWrites(claims, run), await burst(claims, run)];
      if (run < 0) continue;
      bare.push(control);
      ours.push(subject);
    }
    yield compared(`${CLAIMS} at once until all are granted`, median(ours), 'ms', median(bare), { atMost: 1.4 });
  },
};

async function burst(claims: Claims, run: number): Promise<number> {
  const { permits, permitEar } = claims;
  const semaphore = `burst-${run + 1}`;
  await using _ = await madeSemaphore(claims, semaphore, CLAIMS);
  const names = Array.from({ length: CLAIMS }, (_, index) => `${semaphore}-${index}`);
  const all = names.map((name) => permitEar.when(name, isGranted));
  const began = performance.now();
  await timeInFlight({ calls: CLAIMS, inFlight: IN_FLIGHT }, (index) =>
    permits.create(aPermit(names[index] as string, semaphore)),
  );
  const ended = Math.max(...(await Promise.all(all)));
  await timeInFlight({ calls: CLAIMS, inFlight: IN_FLIGHT }, (index) => permits.delete(names[index] as string));
  return ended - began;
}

async function bareWrites({ barePermits }: Claims, run: number): Promise<number> {
  const name = (index: number) => `bare-${run + 1}-${index}`;
  const took = await timeInFlight({ calls: CLAIMS, inFlight: IN_FLIGHT }, async (index) => {
    await barePermits.create(aPermit(name(index), 'none'));
    await barePermits.patchStatus(name(index), GRANT);
  });
  await timeInFlight({ calls: CLAIMS, inFlight: IN_FLIGHT }, (index) => barePermits.delete(name(index)));
  return took;
}
