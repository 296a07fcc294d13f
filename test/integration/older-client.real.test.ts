import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { KubeObject } from '../../src/api/metadata.ts';
import { sharedCluster } from '../cluster/connect.ts';
import { until } from '../cluster/until.ts';
import { type OperatorProcess, startOperatorProcess } from '../support/operator-process.ts';

const API = 'sync.konductor.io/v1';
const cluster = sharedCluster();
let namespace: string;
let operator: OperatorProcess;

beforeAll(async () => {
  namespace = await cluster.namespace('older');
  operator = await startOperatorProcess({ kubeconfig: await cluster.kubeconfig(), namespace });
});
afterAll(() => operator.kill('SIGTERM'));

interface AnyObject extends KubeObject {
  readonly status?: Readonly<Record<string, unknown>>;
}

const path = (plural: string, name = '') => `/apis/${API}/namespaces/${namespace}/${plural}${name && `/${name}`}`;

async function call(method: string, at: string, body?: object): Promise<AnyObject> {
  const answer = await cluster.request<AnyObject>(method, at, body);
  if (answer.status >= 300) throw new Error(`${method} ${at}: ${JSON.stringify(answer.body)}`);
  return answer.body;
}

const make = (plural: string, kind: string, name: string, spec: object, metadata: object = {}) =>
  call('POST', path(plural), { apiVersion: API, kind, metadata: { name, ...metadata }, spec });

/** As it waits: asks again and again until a field of the status has the value. */
const poll = (plural: string, name: string, isSo: (status: Readonly<Record<string, unknown>>) => boolean) =>
  until(async () => isSo((await call('GET', path(plural, name))).status ?? {}), {
    within: 15_000,
    what: `${plural}/${name} is as it is to be`,
  });

/** The public Go client of this group knows none of our new fields. What follows is what it sends. */
describe('an older client', () => {
  it('polls for room, takes a permit of its own naming, and releases it by its label', async () => {
    const { metadata } = await make('semaphores', 'Semaphore', 'db', { permits: 1, ttl: '10m0s' });
    const owner = { apiVersion: API, kind: 'Semaphore', name: 'db', uid: metadata.uid, controller: true };
    const take = async (holder: string) => {
      const name = `db-${holder}-${process.hrtime.bigint()}`;
      const labels = { semaphore: 'db' };
      const spec = { semaphore: 'db', holder, ttl: '10m0s' };
      await make('permits', 'Permit', name, spec, { labels, ownerReferences: [owner] });
      return name;
    };
    await poll('semaphores', 'db', ({ available }) => Number(available) > 0);
    const first = await take('worker-1');
    await poll('permits', first, ({ phase }) => phase === 'Granted');
    await poll('semaphores', 'db', ({ available, inUse }) => available === 0 && inUse === 1);

    // its reference is to the semaphore: that neither ends the hold nor lets it run for ever
    const second = await take('worker-2');
    await poll('permits', second, ({ phase }) => phase === 'Pending');

    // it releases a name that it never made, which must do no harm; its CLI finds the permit by label and holder
    const missing = await cluster.request('DELETE', path('permits', 'db-worker-1'));
    expect(missing.status).toBe(404);
    const { items } = (await call('GET', `${path('permits')}?labelSelector=semaphore%3Ddb`)) as unknown as {
      readonly items: readonly {
        readonly metadata: { readonly name: string };
        readonly spec: { readonly holder: string };
      }[];
    };
    const mine = items.filter(({ spec }) => spec.holder === 'worker-1').map((item) => item.metadata.name);
    expect(mine).toEqual([first]);
    await call('DELETE', path('permits', first));
    await poll('permits', second, ({ phase }) => phase === 'Granted');
    await call('DELETE', path('permits', second));
  });

  it('reads a permit and writes the whole of it back, with times as Go spells them', async () => {
    await make('semaphores', 'Semaphore', 'whole', { permits: 1 });
    await make('permits', 'Permit', 'whole-a', { semaphore: 'whole', holder: 'a', ttl: '90s' });
    await poll('permits', 'whole-a', ({ phase }) => phase === 'Granted');
    const { apiVersion, kind, metadata } = await call('GET', path('permits', 'whole-a'));
    const labelled = { ...metadata, labels: { team: 'a' } };
    const spec = { semaphore: 'whole', holder: 'a', ttl: '1m30s' };
    await call('PUT', path('permits', 'whole-a'), {
      ...{ apiVersion, kind, metadata: labelled, spec },
      status: { phase: '' },
    });
    await poll('permits', 'whole-a', ({ phase }) => phase === 'Granted');
    await call('DELETE', path('permits', 'whole-a'));
  });

  it('arrives under a fixed name, again and again, and polls the barrier', async () => {
    await make('barriers', 'Barrier', 'meet', { expected: 2, timeout: '1h0m0s' });
    await make('arrivals', 'Arrival', 'meet-a', { barrier: 'meet', holder: 'a' });
    const again = await cluster.request('POST', path('arrivals'), {
      ...{ apiVersion: API, kind: 'Arrival', metadata: { name: 'meet-a' } },
      spec: { barrier: 'meet', holder: 'a' },
    });
    expect(again.status).toBe(409);
    await make('arrivals', 'Arrival', 'meet-b', { barrier: 'meet', holder: 'b' });
    await poll('barriers', 'meet', ({ phase }) => phase === 'Open');
    const { status } = await call('GET', path('barriers', 'meet'));
    expect(status).toMatchObject({ arrived: 2, arrivals: ['a', 'b'] });
    expect(status?.['openedAt']).toBeTypeOf('string');
  });

  it('asks for a lease, polls for the answer, and gives it back by deleting its request', async () => {
    await make('leases', 'Lease', 'main', { ttl: '30s' });
    await make('leaserequests', 'LeaseRequest', 'main-a', { lease: 'main', holder: 'a', ttl: '30s', priority: 1 });
    await poll('leaserequests', 'main-a', ({ phase }) => phase === 'Granted');
    await poll('leases', 'main', ({ phase, holder }) => phase === 'Held' && holder === 'a');
    await make('leaserequests', 'LeaseRequest', 'main-b', { lease: 'main', holder: 'b', ttl: '30s', priority: 1 });
    await call('DELETE', path('leaserequests', 'main-a'));
    await poll('leaserequests', 'main-b', ({ phase }) => phase === 'Granted');
    await call('DELETE', path('leaserequests', 'main-b'));
    await poll('leases', 'main', ({ phase, holder }) => phase === 'Available' && holder === undefined);
  });

  it('opens and closes a gate without conditions by writing its status', async () => {
    await make('gates', 'Gate', 'hand', { conditions: [] });
    await poll('gates', 'hand', ({ phase }) => phase === 'Waiting');
    const write = (phase: string) => call('PATCH', `${path('gates', 'hand')}/status`, { status: { phase } });
    for (const phase of ['Open', 'Waiting', 'Open']) {
      await write(phase);
      await poll('gates', 'hand', ({ phase: now, conditions }) => now === phase && saysSo(conditions, phase));
    }
  });
});

/** The operator has taken note, and has let it stand. */
const saysSo = (conditions: unknown, phase: string): boolean =>
  (conditions as readonly { readonly type: string; readonly status: string }[] | undefined)?.some(
    ({ type, status }) => type === 'Open' && status === (phase === 'Open' ? 'True' : 'False'),
  ) ?? false;
