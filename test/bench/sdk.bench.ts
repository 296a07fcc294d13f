import { Client } from '../../src/sdk/client.ts';
import { aPermit, claimsOf, GRANT } from './claims.ts';
import { startEngine } from './engine.ts';
import { type Benchmark, compared } from './figure.ts';
import { quantile } from './statistics.ts';

const ROUNDS = 300;
const WARM_UP = 50;
const AT_ONCE = 500;
const PERMITS = 50;

/** What a program waits for a hold, over what the two writes of one cost anyway. */
export const benchmark: Benchmark = {
  load: `${ROUNDS} acquisitions by one client, one at a time, by turns with a bare POST and PATCH; ${AT_ONCE} at once of ${PERMITS} permits, each released at once`,
  async *run() {
    await using engine = await startEngine();
    await using claims = await claimsOf(engine);
    const { namespace } = engine;
    await using client = new Client({ kubeconfig: await engine.cluster.kubeconfig(), namespace });
    await client.createSemaphore('idle', { permits: 5 });
    await client.createSemaphore('busy', { permits: PERMITS });

    const control: number[] = [];
    const acquired: number[] = [];
    const released: number[] = [];
    for (let round = -WARM_UP; round < ROUNDS; round++) {
      const name = `bare-${round + WARM_UP}`;
      const began = performance.now();
      await claims.barePermits.create(aPermit(name, 'none'));
      await claims.barePermits.patchStatus(name, GRANT);
      const written = performance.now();
      await claims.barePermits.delete(name);
      const asked = performance.now();
      const hold = await client.acquireSemaphore('idle');
      const held = performance.now();
      await hold.release();
      if (round < 0) continue;
      control.push(written - began);
      acquired.push(held - asked);
      released.push(performance.now() - held);
    }
    for (const [name, share] of [
      ['p50', 0.5],
      ['p99', 0.99],
    ] as const) {
      yield compared(`acquire alone, ${name}`, quantile(acquired, share), 'ms', quantile(control, share));
    }
    yield { name: 'release alone, p50', value: quantile(released, 0.5), unit: 'ms' };

    const began = performance.now();
    await Promise.all(Array.from({ length: AT_ONCE }, () => client.withSemaphore('busy', () => {})));
    const took = (performance.now() - began) / 1_000;
    yield { name: `${AT_ONCE} cycles of one program at once`, value: took, unit: 's' };
  },
};
