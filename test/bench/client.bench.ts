import { bareFetch, bareRequest, type Caller, ourClient } from './callers.ts';
import { type Benchmark, compared } from './figure.ts';
import { timeInFlight } from './in-flight.ts';
import { type Place, startServerProcess } from './server-process.ts';
import { median } from './statistics.ts';

const BLOCKS = 11;
const CALLS = 400;
const GOAL = { atMost: 1.15 };

type Work<Who> = (caller: Who, index: number, run: string) => Promise<unknown>;
type Reader = Pick<Caller, 'get'>;

const get: Work<Reader> = (caller, index) => caller.get(`load-${index % 64}`);

/** On objects of a call's own: 32 in flight must not be in each other's way. */
const WORK: Readonly<Record<string, Work<Caller>>> = {
  GET: get,
  POST: (caller, index, run) => caller.create(`made-${run}-${index}`),
  PATCH: (caller, index, run) => caller.annotate(`load-${index % 64}`, `${run}-${index}`),
};

/** What our client costs a call over what a call costs anyway. */
export const benchmark: Benchmark = {
  load: `${BLOCKS} × ${CALLS} calls to the embedded server in another process, by turns with bare fetch; medians of blocks`,
  async *run() {
    await using server = startServerProcess();
    await server.tell('fill', { count: 64 });
    for (const tls of [false, true]) {
      const place = await server.tell('listen', { tls });
      const [ours, bare] = [await ourClient(place), bareFetch(place)];
      for (const [method, work] of Object.entries(WORK)) {
        for (const inFlight of [1, 32]) {
          const name = `${method} over ${tls ? 'HTTPS' : 'HTTP'}, ${inFlight === 1 ? 'one at a time' : `${inFlight} in flight`}`;
          const { subject, control } = await byTurns({ subject: ours, control: bare }, work, inFlight);
          yield compared(name, subject.wall, 'µs', control.wall, GOAL);
          // the server's share hides what a call costs its caller: this does not
          yield compared(`${name}: CPU of the caller`, subject.cpu, 'µs', control.cpu);
        }
      }
      await ours.close();
    }
    yield* overTheLibrary(await server.tell('listen', { tls: false }));
  },
};

/** No goal: what is not the library's is what the client is for. */
async function* overTheLibrary(place: Place) {
  const [subject, control] = [await ourClient(place), bareRequest(place)];
  for (const inFlight of [1, 32]) {
    const name = `GET over HTTP, ${inFlight} in flight, against the library below it`;
    const costs = await byTurns<Reader>({ subject, control }, get, inFlight);
    yield compared(name, costs.subject.wall, 'µs', costs.control.wall);
    yield compared(`${name}: CPU of the caller`, costs.subject.cpu, 'µs', costs.control.cpu);
  }
  await Promise.all([subject.close(), control.close()]);
}

interface Cost {
  readonly wall: number;
  readonly cpu: number;
}

let runs = 0;

/** Turn about, and the one that begins changes: neither has the warmer machine. */
async function byTurns<Who>(callers: Readonly<Record<'subject' | 'control', Who>>, work: Work<Who>, inFlight: number) {
  const costs = { subject: [] as Cost[], control: [] as Cost[] };
  for (let block = -1; block < BLOCKS; block++) {
    const order = block % 2 === 0 ? (['subject', 'control'] as const) : (['control', 'subject'] as const);
    for (const who of order) {
      const cost = await costOf((index, run) => work(callers[who], index, run), inFlight);
      // the first turn of each only warms up
      if (block >= 0) costs[who].push(cost);
    }
  }
  return { subject: middle(costs.subject), control: middle(costs.control) };
}

async function costOf(call: (index: number, run: string) => Promise<unknown>, inFlight: number): Promise<Cost> {
  const run = String(runs++);
  const before = process.cpuUsage();
  const wall = await timeInFlight({ calls: CALLS, inFlight }, (index) => call(index, run));
  const { user, system } = process.cpuUsage(before);
  return { wall: (wall / CALLS) * 1_000, cpu: (user + system) / CALLS };
}

const middle = (costs: readonly Cost[]): Cost => ({
  wall: median(costs.map(({ wall }) => wall)),
  cpu: median(costs.map(({ cpu }) => cpu)),
});
