import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { Client } from '../../src/sdk/client.ts';
import { sharedCluster } from '../cluster/connect.ts';
import { type Asked, type Fault, type FaultProxy, faultProxy } from '../support/fault-proxy.ts';
import { type OperatorProcess, startOperatorProcess } from '../support/operator-process.ts';
import { seededRandom } from '../support/seeded-random.ts';

const cluster = sharedCluster();
const PERMITS = 3;
const CALLERS = 150;

let namespace: string;
let operator: OperatorProcess;
let proxy: FaultProxy;
let direct: Client;
const programs: Client[] = [];
const client = (index: number): Client => programs[index % programs.length] as Client;
let faults = 0;

/** One call of four fails, each in another way; one watch of two breaks in the middle. */
function troubleFrom(random: () => number): (asked: Asked) => Fault | undefined {
  const calls: readonly Fault[] = [
    { refuse: { status: 429, retryAfter: 1 } },
    { refuse: { status: 500 } },
    { refuse: { status: 503 } },
    { refuse: { status: 409 } },
    { breakAnswer: true },
    { delay: 1_000 },
    { delay: 500, breakAnswer: true },
  ];
  return ({ method, path }) => {
    const watches = path.includes('watch=');
    if (random() > (watches ? 0.5 : 0.25)) return undefined;
    const fault = watches ? { breakAnswer: true as const } : calls[Math.floor(random() * calls.length)];
    // a server says so of changes only
    if (fault?.refuse?.status === 409 && method !== 'PATCH' && method !== 'DELETE') return undefined;
    faults++;
    return fault;
  };
}

beforeAll(async () => {
  namespace = await cluster.namespace('trouble');
  const kubeconfig = await cluster.kubeconfig();
  operator = await startOperatorProcess({ kubeconfig, namespace });
  direct = new Client({ kubeconfig, namespace });
  const { users } = JSON.parse(await readFile(kubeconfig, 'utf8'));
  const { token } = users[0].user;
  proxy = await faultProxy(cluster, { faultOf: troubleFrom(seededRandom(7)) });
  for (const holder of ['a', 'b', 'c']) programs.push(new Client({ server: proxy.url, token, namespace, holder }));
});
afterAll(async () => {
  await Promise.all([direct, ...programs].map((client) => client.close()));
  await proxy[Symbol.asyncDispose]();
  await operator.kill('SIGTERM');
});

it(`${CALLERS} callers of three programs keep to ${PERMITS} permits where one call of four fails`, {
  timeout: 120_000,
}, async () => {
  await direct.createSemaphore('db', { permits: PERMITS });
  await direct.createLease('main', { ttl: '10s' });
  const lease = await client(0).acquireLease('main');
  let [held, most] = [0, 0];
  const tokens: number[] = [];
  const outcomes = await Promise.all(
    Array.from({ length: CALLERS }, (_, index) =>
      client(index)
        .withSemaphore('db', async (hold) => {
          most = Math.max(most, ++held);
          tokens.push(hold.token);
          await new Promise((resolve) => setTimeout(resolve, 10));
          hold.assertHeld();
          held--;
        })
        .then(
          () => 'done',
          (error) => error.code ?? error,
        ),
    ),
  );
  // a claim that could not be made, in four tries, is the only thing that a caller hears of
  expect(outcomes.filter((outcome) => outcome !== 'done' && outcome !== 'UNAVAILABLE')).toEqual([]);
  expect(outcomes.filter((outcome) => outcome === 'done').length).toBeGreaterThan(CALLERS * 0.9);
  expect(most).toBeLessThanOrEqual(PERMITS);
  expect(new Set(tokens).size).toBe(tokens.length);
  expect(faults).toBeGreaterThan(CALLERS / 4);
  // kept all the while, ten renewals or more
  lease.assertHeld();
  await lease.release();
  const left = () =>
    cluster.request<{ items: object[] }>('GET', `/apis/sync.konductor.io/v1/namespaces/${namespace}/permits`);
  // what its maker could not take back ends by itself
  await vi.waitFor(async () => expect((await left()).body.items).toEqual([]), { timeout: 60_000, interval: 1_000 });
});
