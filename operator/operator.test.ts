import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Arrival } from '../src/api/arrival.ts';
import { Barrier } from '../src/api/barrier.ts';
import { Lease } from '../src/api/lease.ts';
import { LeaseRequest } from '../src/api/lease-request.ts';
import { aPermit, aSemaphore, hands, NAMESPACE, type World, world } from '../test/support/operator-world.ts';

let bed: World;
beforeEach(() => {
  bed = world();
});
afterEach(() => bed.close());

describe('a semaphore, by plain API writes', () => {
  it('is granted, queued for, passed on and released', async () => {
    const { semaphores, permits, phases } = hands(bed);
    await bed.operator();
    await semaphores.create(aSemaphore('db'));
    await permits.create(aPermit('a'));
    await permits.create(aPermit('b'));
    await bed.pass(1_000);
    expect(await phases()).toEqual({ a: 'Granted', b: 'Pending' });

    await permits.delete('a');
    await bed.pass(1_000);
    expect(await phases()).toEqual({ b: 'Granted' });
    const db = await semaphores.get('db');
    expect(db.status).toMatchObject({ inUse: 1, available: 0, waiting: 0, phase: 'Full' });

    await permits.delete('b');
    await bed.pass(1_000);
    expect((await semaphores.get('db')).status).toMatchObject({ inUse: 0, available: 1, phase: 'Ready' });
  });

  it('costs five writes a cycle when it is alone: what has been told is worth none', async () => {
    const { semaphores, permits } = hands(bed);
    await bed.operator();
    await semaphores.create(aSemaphore('db'));
    await permits.create(aPermit('first'));
    await bed.pass(5_000);
    await permits.delete('first');
    await bed.pass(5_000);
    const writes: string[] = [];
    bed.server.onWrite(({ type, resource }) => void (resource.endsWith('.sync.konductor.io') && writes.push(type)));
    await permits.create(aPermit('a'));
    await bed.pass(5_000);
    expect((await semaphores.get('db')).status).toMatchObject({ inUse: 1, available: 0 });
    await permits.delete('a');
    await bed.pass(5_000);
    expect((await semaphores.get('db')).status).toMatchObject({ inUse: 0, available: 1 });
    expect(writes).toEqual(['ADDED', 'MODIFIED', 'MODIFIED', 'DELETED', 'MODIFIED']);
  });

  it('gives back what was not renewed, in time and not before', async () => {
    const { semaphores, permits, phases } = hands(bed);
    await bed.operator();
    await semaphores.create(aSemaphore('db', { ttl: '2s' }));
    await permits.create(aPermit('a'));
    await permits.create(aPermit('b'));
    await bed.rest();
    await bed.pass(1_999);
    expect(await phases()).toEqual({ a: 'Granted', b: 'Pending' });
    await bed.pass(1);
    expect(await phases()).toEqual({ a: 'Expired', b: 'Granted' });
  });

  it('counts from a renewal, and moves the time that people see', async () => {
    const { semaphores, permits, phases } = hands(bed);
    await bed.operator();
    await semaphores.create(aSemaphore('db', { ttl: '2s' }));
    await permits.create(aPermit('a'));
    await bed.pass(1_500);
    const before = await permits.get('a');
    await permits.mergePatch('a', { spec: { renewTime: '2026-01-01T00:00:01.500000Z' } });
    await bed.pass(1_500);
    expect(await phases()).toEqual({ a: 'Granted' });
    const after = await permits.get('a');
    expect(String(after.status?.expiresAt) > String(before.status?.expiresAt)).toBe(true);
    await bed.pass(600);
    expect(await phases()).toEqual({ a: 'Expired' });
  });

  it('keeps who holds when it is deleted, and goes with the last', async () => {
    const { semaphores, permits, phases } = hands(bed);
    await bed.operator();
    await semaphores.create(aSemaphore('db'));
    await permits.create(aPermit('a'));
    await permits.create(aPermit('b'));
    await bed.pass(1_000);
    await semaphores.delete('db');
    await bed.pass(1_000);
    expect(await phases()).toEqual({ a: 'Granted', b: 'Denied' });
    await permits.delete('a');
    await bed.pass(1_000);
    expect((await semaphores.listAll()).items).toEqual([]);
  });

  it('may be made after its permits', async () => {
    const { semaphores, permits, phases } = hands(bed);
    await bed.operator();
    await permits.create(aPermit('a'));
    await bed.pass(1_500);
    expect((await permits.get('a')).status?.conditions?.[0]?.reason).toBe('NoSuchResource');
    await semaphores.create(aSemaphore('db'));
    await bed.rest();
    expect(await phases()).toEqual({ a: 'Granted' });
  });

  it('serves other namespaces only where it says so', async () => {
    const { semaphores } = hands(bed);
    await bed.operator();
    await semaphores.create(aSemaphore('db', { permits: 5, allowedNamespaces: ['kube-public'] }));
    const { user } = bed;
    const { permits } = hands(bed);
    const claim = (name: string) => aPermit(name, { semaphoreNamespace: NAMESPACE });
    const guests = user.of(permits.type, 'kube-public');
    const strangers = user.of(permits.type, 'kube-system');
    await guests.create(claim('guest'));
    await strangers.create(claim('stranger'));
    await bed.pass(1_000);
    expect((await guests.get('guest')).status?.phase).toBe('Granted');
    expect((await strangers.get('stranger')).status).toMatchObject({ phase: 'Denied' });
  });
});

describe('a lease, by plain API writes', () => {
  const aRequest = (name: string, priority: number) => ({
    apiVersion: 'sync.konductor.io/v1' as const,
    kind: 'LeaseRequest' as const,
    metadata: { name },
    spec: { lease: 'main', holder: name, priority },
  });

  it('has one holder, and is taken by a higher priority after its grace', async () => {
    await bed.operator();
    const leases = bed.user.of(Lease, NAMESPACE);
    const requests = bed.user.of(LeaseRequest, NAMESPACE);
    await leases.create({
      apiVersion: 'sync.konductor.io/v1',
      kind: 'Lease',
      metadata: { name: 'main' },
      spec: { gracePeriod: '5s' },
    });
    await requests.create(aRequest('low', 1));
    await bed.pass(1_000);
    expect((await leases.get('main')).status).toMatchObject({ holder: 'low', phase: 'Held' });
    await requests.create(aRequest('high', 2));
    await bed.pass(4_900);
    expect((await requests.get('low')).status).toMatchObject({ phase: 'Granted' });
    await bed.pass(200);
    expect((await requests.get('low')).status).toMatchObject({ phase: 'Lost' });
    expect((await requests.get('high')).status).toMatchObject({ phase: 'Granted' });
    await bed.pass(1_000);
    expect((await leases.get('main')).status).toMatchObject({ holder: 'high' });
  });
});

describe('a barrier, by plain API writes', () => {
  const arrive = (holder: string) =>
    bed.user.of(Arrival, NAMESPACE).create({
      apiVersion: 'sync.konductor.io/v1',
      kind: 'Arrival',
      metadata: { name: `start-${holder}` },
      spec: { barrier: 'start', holder },
    });
  const make = (timeout?: string) =>
    bed.user.of(Barrier, NAMESPACE).create({
      apiVersion: 'sync.konductor.io/v1',
      kind: 'Barrier',
      metadata: { name: 'start' },
      spec: { expected: 2, ...(timeout && { timeout }) },
    });
  const phase = async () => (await bed.user.of(Barrier, NAMESPACE).get('start')).status?.phase;

  it('opens when all have arrived', async () => {
    await bed.operator();
    await make();
    await arrive('a');
    await bed.pass(1_000);
    expect(await phase()).toBe('Waiting');
    await arrive('b');
    await bed.rest();
    expect(await phase()).toBe('Open');
  });

  it('times out when they have not', async () => {
    await bed.operator();
    await make('10s');
    await arrive('a');
    await bed.pass(9_900);
    expect(await phase()).toBe('Waiting');
    await bed.pass(300);
    expect(await phase()).toBe('Timeout');
  });

  it('times out no later for a first status that was written late', async () => {
    await bed.operator();
    const lift = bed.server.faults.add(({ method }) => (method === 'PATCH' ? { delay: 1_500 } : undefined));
    await make('2s');
    await bed.pass(1_900);
    lift();
    await bed.pass(200);
    expect(await phase()).toBe('Timeout');
  });
});
