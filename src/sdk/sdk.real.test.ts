import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sharedCluster } from '../../test/cluster/connect.ts';
import { type OperatorProcess, startOperatorProcess } from '../../test/support/operator-process.ts';
import { Client } from './client.ts';
import type { ClientOptions } from './options.ts';

const cluster = sharedCluster();
let namespace: string;
let kubeconfig: string;
let operator: OperatorProcess;
let client: Client;
const clients: Client[] = [];

const aClient = (options: ClientOptions = {}): Client => {
  const made = new Client({ kubeconfig, namespace, ...options });
  clients.push(made);
  return made;
};

beforeAll(async () => {
  namespace = await cluster.namespace('sdk');
  kubeconfig = await cluster.kubeconfig();
  operator = await startOperatorProcess({ kubeconfig, namespace });
  client = aClient({ holder: 'me' });
});
afterAll(async () => {
  await Promise.all(clients.map((each) => each.close()));
  await operator.kill('SIGTERM');
});

const claimsOn = async (plural: 'permits' | 'leaserequests') => {
  const path = `/apis/sync.konductor.io/v1/namespaces/${namespace}/${plural}`;
  const answer = await cluster.request<{ items: { metadata: { name: string; ownerReferences?: object[] } }[] }>(
    'GET',
    path,
  );
  return answer.body.items;
};

describe('on a real control plane', () => {
  it('a semaphore is never held by more than it has permits, by 60 callers of three programs', async () => {
    await client.createSemaphore('db', { permits: 5 });
    let held = 0;
    let most = 0;
    const tokens = new Set<number>();
    const programs = [client, aClient(), aClient()];
    await Promise.all(
      Array.from({ length: 60 }, (_, index) =>
        programs[index % 3]?.withSemaphore('db', { ttl: '1m', timeout: '50s' }, async (hold) => {
          most = Math.max(most, ++held);
          tokens.add(hold.token);
          await new Promise((resolve) => setImmediate(resolve));
          held--;
        }),
      ),
    );
    expect(most).toBeLessThanOrEqual(5);
    expect(tokens.size).toBe(60);
    expect(await claimsOn('permits')).toEqual([]);
  });

  it('a hold outlives its ttl, and its claim’s end ends its signal', async () => {
    await client.createLease('main');
    const hold = await client.acquireLease('main', { ttl: '2s' });
    await new Promise((resolve) => setTimeout(resolve, 5_000));
    hold.assertHeld();
    await expect(aClient({ holder: 'other' }).tryAcquireLease('main')).rejects.toMatchObject({
      code: 'LEASE_HELD',
      message: expect.stringContaining('held by "me"'),
    });
    const lost = new Promise((resolve) => hold.signal.addEventListener('abort', resolve, { once: true }));
    expect(await aClient({ holder: 'admin' }).releaseLease('main', { holder: 'me' })).toBe(1);
    await lost;
    expect(hold.signal.reason).toMatchObject({ code: 'LEASE_LOST' });
    await hold.release();
  });

  it('a hold of a higher priority takes a lease after its grace', async () => {
    await client.createLease('urgent', { gracePeriod: '1s' });
    const asked = Promise.withResolvers<string>();
    const hold = await client.acquireLease('urgent', { onRevocation: ({ message }) => asked.resolve(message) });
    const taken = aClient({ holder: 'vip' }).acquireLease('urgent', { priority: 5 });
    expect(await asked.promise).toContain('a request of priority 5 waits');
    expect((await taken).token).toBeGreaterThan(hold.token);
    expect(hold.signal.reason).toMatchObject({ message: expect.stringContaining('higher priority took it') });
  });

  it('a time-out, an abort and a missing semaphore leave nothing behind', async () => {
    await client.createSemaphore('one', { permits: 1 });
    await using _ = await client.acquireSemaphore('one');
    const controller = new AbortController();
    const outcomes = await Promise.allSettled([
      client.acquireSemaphore('one', { timeout: 1 }),
      client.tryAcquireSemaphore('one'),
      client.acquireSemaphore('one', { signal: controller.signal, onWaiting: () => controller.abort() }),
      client.acquireSemaphore('none'),
    ]);
    expect(outcomes.map((outcome) => outcome.status === 'rejected' && outcome.reason.code)).toEqual([
      'TIMEOUT',
      'HELD',
      'ABORTED',
      'NOT_FOUND',
    ]);
    expect(await claimsOn('permits')).toHaveLength(1);
  });

  it('the same request adopts the same claim, from two programs', async () => {
    await client.createSemaphore('twins', { permits: 2 });
    const [one, other] = await Promise.all(
      [client, aClient({ holder: 'me' })].map((each) => each.acquireSemaphore('twins', { requestId: 'step' })),
    );
    expect(other).toMatchObject({ claim: one?.claim, token: one?.token });
    await one?.release();
    await other?.release();
  });

  it('a barrier lets three through, round after round', async () => {
    await client.createBarrier('round', { expected: 3, cyclic: true, timeout: '1m' });
    const rounds = await Promise.all(
      ['a', 'b', 'c'].map(async (holder) => {
        const worker = aClient({ holder });
        for (let round = 1; round <= 3; round++) await worker.arriveAndWaitBarrier('round', { timeout: '30s' });
        return 3;
      }),
    );
    expect(rounds).toEqual([3, 3, 3]);
    expect((await client.getBarrier('round')).status).toMatchObject({ generation: 3, phase: 'Open' });
  });

  it('a gate opens by its conditions, and by hand', async () => {
    await client.createGate('ready', { conditions: [{ barrier: 'loaded' }] });
    const waiting = client.waitGate('ready', { timeout: '30s' });
    await client.createBarrier('loaded', { expected: 1 });
    await client.arriveBarrier('loaded');
    await waiting;
    expect(await client.getGateConditions('ready')).toMatchObject([{ type: 'Barrier', name: 'loaded', met: true }]);
    await client.createGate('manual');
    await client.openGate('manual');
    expect(await client.checkGate('manual')).toBe(true);
  });

  it('a program in a pod is found to be, and its claim goes with the pod', async () => {
    const pod = await cluster.request<{ metadata: { uid: string } }>('POST', `/api/v1/namespaces/${namespace}/pods`, {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'runner' },
      spec: {
        automountServiceAccountToken: false,
        serviceAccountName: 'default',
        containers: [{ name: 'main', image: 'none' }],
      },
    });
    const { uid } = pod.body.metadata;
    const { hostname, port } = new URL(cluster.url);
    const folder = await mkdtemp(join(tmpdir(), 'konductor-pod-'));
    const claims = { 'kubernetes.io': { namespace, pod: { name: 'runner', uid } } };
    await writeFile(join(folder, 'token'), `x.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.x`);
    const variables = { KUBERNETES_SERVICE_HOST: hostname, KUBERNETES_SERVICE_PORT: port };
    const inPod = aClient({ environment: { variables, home: undefined, serviceAccount: folder } });
    await client.createSemaphore('pods', { permits: 1 });
    const hold = await inPod.acquireSemaphore('pods', { renewal: 'Owner' });
    expect(hold.holder).toBe('runner');
    const [claim] = (await claimsOn('permits')).filter(({ metadata }) => metadata.name === hold.claim);
    expect(claim?.metadata.ownerReferences).toMatchObject([{ kind: 'Pod', name: 'runner', uid }]);
    const lost = new Promise((resolve) => hold.signal.addEventListener('abort', resolve, { once: true }));
    await cluster.request('DELETE', `/api/v1/namespaces/${namespace}/pods/runner`, { gracePeriodSeconds: 0 });
    await lost;
    await rm(folder, { recursive: true });
  });
});
