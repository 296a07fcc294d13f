import { existsSync, globSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { createApiServer } from '../../src/apiserver/server.ts';
import { startCluster } from '../cluster/cluster.ts';
import { type Caller, type Door, ourClient } from './callers.ts';
import type { Benchmark } from './figure.ts';
import { timeInFlight } from './in-flight.ts';
import { newPermit, PERMITS } from './permits.ts';
import { startServerProcess } from './server-process.ts';
import { median } from './statistics.ts';

const IN_FLIGHT = 32;
const BLOCKS = 9;
const CREATES = 2_000;
const REAL_BLOCKS = 3;
const GOAL = 3_000;

/** How many claims a second the embedded server takes. */
export const benchmark: Benchmark = {
  load: `${BLOCKS} × ${CREATES} Permits created, ${IN_FLIGHT} in flight, one client process; medians of blocks`,
  async *run() {
    const { embedded, silent, cpu } = await overHttp();
    const name = 'creates over HTTP, embedded (control: a server that always gives the same answer)';
    const measured = { name, value: embedded, unit: '/s', control: silent, ratio: embedded / silent };
    yield { ...measured, goal: `≥ ${GOAL}/s`, met: embedded >= GOAL };
    // does not depend on what else the machine does: a core of its own would take a million over this
    yield { name: 'CPU of the embedded server for a create over HTTP', value: cpu, unit: 'µs' };
    yield { name: 'creates in the process, through handle', value: await inProcess(), unit: '/s' };
    const real = await onARealServer();
    if (real === undefined) return;
    yield { name: 'creates over HTTPS, embedded (control: a real API server)', ...real };
  },
};

let runs = 0;

async function rateOf(caller: Pick<Caller, 'create'>, creates = CREATES): Promise<number> {
  const run = runs++;
  const create = (index: number) => caller.create(`made-${run}-${index}`);
  return creates / ((await timeInFlight({ calls: creates, inFlight: IN_FLIGHT }, create)) / 1000);
}

/** By turns, after one turn each to warm up. */
async function byTurns(callers: readonly Pick<Caller, 'create'>[], blocks: number, creates = CREATES) {
  const rates = callers.map((): number[] => []);
  for (let block = -1; block < blocks; block++) {
    for (const [index, caller] of callers.entries()) {
      const rate = await rateOf(caller, creates);
      if (block >= 0) rates[index]?.push(rate);
    }
  }
  return rates.map(median);
}

async function overHttp() {
  await using server = startServerProcess();
  await using bare = startServerProcess();
  const callers = [
    await ourClient(await server.tell('listen', { tls: false })),
    await ourClient(await bare.tell('listenBare', { answer: JSON.stringify(newPermit('made')) })),
  ];
  const before = await server.tell('cpu', {});
  const [embedded = 0, silent = 0] = await byTurns(callers, BLOCKS);
  const cpu = ((await server.tell('cpu', {})) - before) / ((BLOCKS + 1) * CREATES);
  for (const caller of callers) await caller.close();
  return { embedded, silent, cpu };
}

async function inProcess(): Promise<number> {
  const server = createApiServer();
  const headers = { 'content-type': 'application/json' };
  const create = async (name: string) => {
    const body = JSON.stringify(newPermit(name));
    const { status, body: answer } = await server.handle({ method: 'POST', path: PERMITS, headers, body });
    if (status !== 201) throw new Error(`a creation was answered ${status}: ${await answer.text()}`);
  };
  const [rate = 0] = await byTurns([{ create }], BLOCKS);
  await server.close();
  return rate;
}

async function onARealServer() {
  if (!isBuilt()) {
    process.stderr.write('  SKIPPED the real API server: it is not built yet (npm run test:real builds it)\n');
    return undefined;
  }
  await using cluster = await startCluster({ crds: [join(import.meta.dirname, '..', '..', 'crds')] });
  await using server = startServerProcess();
  const doors: Door[] = [
    await server.tell('listen', { tls: true }),
    { url: cluster.url, ca: cluster.ca, token: cluster.seed.tokens.admin },
  ];
  const callers = await Promise.all(doors.map(ourClient));
  const [value = 0, control = 0] = await byTurns(callers, REAL_BLOCKS, CREATES / 2);
  for (const caller of callers) await caller.close();
  return { value, unit: '/s', control, ratio: value / control };
}

/** Building it takes minutes, and is not what somebody asked for who runs a benchmark. */
function isBuilt(): boolean {
  if (process.env.KUBEBUILDER_ASSETS) return true;
  const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'konductor', 'cluster');
  return existsSync(cache) && globSync('*/kube-apiserver', { cwd: cache }).length > 0;
}
