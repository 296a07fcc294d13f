import { Arrival } from '../../src/api/arrival.ts';
import { Barrier } from '../../src/api/barrier.ts';
import { API_VERSION } from '../../src/api/group.ts';
import type { NewObjectOf } from '../../src/api/kind.ts';
import { earOn } from './ear.ts';
import { IN_FLIGHT, startEngine } from './engine.ts';
import { type Benchmark, compared } from './figure.ts';
import { timeInFlight } from './in-flight.ts';
import { median } from './statistics.ts';

const ARRIVALS = 1_000;
const RUNS = 3;

const arrival = (barrier: string, index: number): NewObjectOf<typeof Arrival> => ({
  apiVersion: API_VERSION,
  kind: 'Arrival',
  metadata: { name: `${barrier}-worker-${index}` },
  spec: { barrier, holder: `worker-${index}` },
});

/** A thousand meet: how much longer it takes than to write that they have come. */
export const benchmark: Benchmark = {
  load: `${ARRIVALS} arrivals, ${IN_FLIGHT} calls in flight, ${RUNS} runs by turns with as many bare POSTs`,
  async *run() {
    await using engine = await startEngine();
    const { client, namespace, bare } = engine;
    const barriers = client.of(Barrier, namespace);
    await using ear = await earOn<Barrier>(barriers);
    const meet = async (run: number) => {
      const name = `meeting-${run + 1}`;
      const isKnown = ear.when(name, ({ status }) => status?.phase === 'Waiting');
      await barriers.create({
        ...{ apiVersion: API_VERSION, kind: 'Barrier', metadata: { name } },
        spec: { expected: ARRIVALS },
      });
      await isKnown;
      const opens = ear.when(name, ({ status }) => status?.phase === 'Open');
      const began = performance.now();
      const arrivals = client.of(Arrival, namespace);
      await timeInFlight({ calls: ARRIVALS, inFlight: IN_FLIGHT }, (index) => arrivals.create(arrival(name, index)));
      const last = performance.now();
      const open = await opens;
      return { all: open - began, sinceLast: open - last };
    };
    const post = (run: number) =>
      timeInFlight({ calls: ARRIVALS, inFlight: IN_FLIGHT }, (index) =>
        client.of(Arrival, bare).create(arrival(`meeting-${run + 1}`, index)),
      );

    const ours: Awaited<ReturnType<typeof meet>>[] = [];
    const control: number[] = [];
    // the first run of each only warms up
    for (let run = -1; run < RUNS; run++) {
      const [posts, meeting] = [await post(run), await meet(run)];
      if (run < 0) continue;
      control.push(posts);
      ours.push(meeting);
    }
    const all = median(ours.map((each) => each.all));
    yield compared(`${ARRIVALS} arrivals until the barrier is open`, all, 'ms', median(control));
    const sinceLast = median(ours.map((each) => each.sinceLast));
    yield { name: 'from the last arrival to the news that it is open', value: sinceLast, unit: 'ms' };
  },
};
