import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { aSemaphore, hands, NAMESPACE } from '../../test/support/operator-world.ts';
import { type SdkWorld, sdkWorld, type WiredClient } from '../../test/support/sdk-world.ts';
import { Permit } from '../api/permit.ts';
import { HoldLostError, LeaseLostError } from './errors.ts';
import type { Hold } from './hold.ts';
import type { RevocationRequest, SemaphoreOptions } from './options.ts';

let place: SdkWorld;
let client: WiredClient;

beforeEach(async () => {
  place = sdkWorld();
  client = place.client();
  await hands(place).semaphores.create(aSemaphore('db', { permits: 1 }));
  await place.operator();
});
afterEach(() => place.close());

const permits = () => place.user.of(Permit, NAMESPACE);
const claims = async () => (await permits().listAll()).items;
const acquire = (options?: SemaphoreOptions) => client.acquireSemaphore('db', options);
const phaseOf = async ({ claim }: Hold) => (await permits().get(claim)).status?.phase;
const patches = () => client.wire.calls.filter(({ method }) => method === 'PATCH').length;

/** When the hold was lost for its holder, and when the server gave it away, in milliseconds from now. */
async function ends(hold: Hold, within: number) {
  const start = place.clock.monotonic();
  const times: { lost?: number; freed?: number } = {};
  hold.signal.addEventListener('abort', () => {
    times.lost = place.clock.monotonic() - start;
  });
  for (let passed = 0; passed < within && times.freed === undefined; passed += 100) {
    await place.pass(100);
    if ((await phaseOf(hold)) !== 'Granted') times.freed = place.clock.monotonic() - start;
  }
  return times;
}

describe('a hold', () => {
  it('lives on for as long as it is not released, at a third of its ttl a renewal', async () => {
    const hold = await acquire({ ttl: '30s' });
    await place.pass(600_000);
    hold.assertHeld();
    expect(await phaseOf(hold)).toBe('Granted');
    expect(patches()).toBeGreaterThanOrEqual(50);
    expect(patches()).toBeLessThanOrEqual(75);
    await place.rest();
    expect(hold.expiresAt.getTime()).toBeGreaterThan(place.clock.now());
  });

  it('does not renew at the same beat as the others', async () => {
    const times = new Set<number>();
    await client.createSemaphore('many', { permits: 20 });
    const holds = Promise.all(Array.from({ length: 20 }, () => client.acquireSemaphore('many', { ttl: '30s' })));
    await place.pass(1_000);
    await holds;
    place.server.faults.add(({ method, headers }) => {
      if (method === 'PATCH' && headers['user-agent'] === 'sdk') times.add(place.clock.monotonic());
      return undefined;
    });
    await place.pass(13_000);
    expect(times.size).toBeGreaterThan(15);
  });

  it('confirms a grant that had to wait, before it is handed over', async () => {
    const first = await acquire();
    const waiting = place.client().acquireSemaphore('db', { ttl: '20s' });
    await place.pass(60_000);
    await first.release();
    const hold = await waiting;
    expect((await permits().get(hold.claim)).spec.renewTime).toBeDefined();
    hold.assertHeld();
  });

  it('is taken back from a program that died before it renewed', async () => {
    const hold = await acquire({ ttl: '1h' });
    client.wire.cut();
    const { lost = 0, freed = 0 } = await ends(hold, 60_000);
    expect(lost).toBeLessThan(freed);
    expect(freed).toBeLessThan(31_000);
  });

  it('never asks to live longer than the semaphore lets it', async () => {
    await client.createSemaphore('short', { permits: 1, ttl: '10s', maxTTL: '20s' });
    const hold = await client.acquireSemaphore('short', { ttl: '10m' });
    await place.pass(120_000);
    hold.assertHeld();
    expect(await phaseOf(hold)).toBe('Granted');
  });

  it('goes on through refusals, conflicts and broken connections until its time is over', async () => {
    const hold = await acquire({ ttl: '30s' });
    const troubles = [500, 503, 409, 'connection'] as const;
    let turn = 0;
    place.server.faults.add(({ method, headers }) => {
      if (method !== 'PATCH' || headers['user-agent'] !== 'sdk') return undefined;
      const fail = troubles[turn++ % (troubles.length + 1)];
      return fail && { fail, ...(fail === 'connection' && { applied: true as const }) };
    });
    await place.pass(300_000);
    hold.assertHeld();
    expect(turn).toBeGreaterThan(40);
    expect(await phaseOf(hold)).toBe('Granted');
  });

  it('outlives a cut that ends in time', async () => {
    const hold = await acquire({ ttl: '30s' });
    await place.pass(15_000);
    for (let round = 0; round < 5; round++) {
      client.wire.cut();
      await place.pass(14_000);
      client.wire.mend();
      await place.pass(20_000);
    }
    hold.assertHeld();
    expect(await phaseOf(hold)).toBe('Granted');
  });

  it('can be renewed by hand', async () => {
    const hold = await acquire({ ttl: '10m' });
    await hold.renew();
    await place.rest();
    expect(patches()).toBe(1);
    expect((await permits().get(hold.claim)).spec.renewTime).toBeDefined();
  });

  it('moves its renewals forward when the clock of its machine goes back', async () => {
    const hold = await acquire({ ttl: '30s' });
    await hold.renew();
    place.clock.jump(-3_600_000);
    await hold.renew();
    await place.pass(60_000);
    hold.assertHeld();
  });
});

describe('a hold that is lost', () => {
  it.each([
    ['1s', 0],
    ['30s', 0],
    ['30s', 61_000],
    ['10m', 3_000_000],
  ])('is lost to its holder before the server forgets it: ttl %s, cut after %i ms', async (ttl, after) => {
    const hold = await acquire({ ttl });
    await place.pass(after);
    client.wire.cut();
    const { lost = Number.NaN, freed = Number.NaN } = await ends(hold, 700_000);
    expect(lost).toBeLessThan(freed);
    expect(hold.signal.reason).toBeInstanceOf(HoldLostError);
    expect(hold.signal.reason.message).toBe(
      `semaphore "db" was lost (it could not be renewed in time): stop the work; somebody may hold it with a token above ${hold.token}`,
    );
    expect(() => hold.assertHeld()).toThrow(HoldLostError);
  });

  it('is counted from before its request was sent, however late the grant was heard of', async () => {
    const remove = place.server.faults.add(({ method, path, headers }) =>
      method === 'GET' && headers['user-agent'] === 'sdk' && /permits|semaphores/.test(path)
        ? { delay: 8_000 }
        : undefined,
    );
    const acquiring = acquire({ ttl: '30s' });
    await place.pass(8_000);
    const hold = await acquiring;
    remove();
    client.wire.cut();
    const { lost = Number.NaN, freed = Number.NaN } = await ends(hold, 60_000);
    expect(lost).toBeLessThan(freed);
    expect(lost + 8_000).toBeLessThan(30_000);
  });

  it('is counted from before each renewal was sent, however late the answer came', async () => {
    const hold = await acquire({ ttl: '30s' });
    place.server.faults.add(({ method, headers }) =>
      method === 'PATCH' && headers['user-agent'] === 'sdk' ? { delayAnswer: 2_000 } : undefined,
    );
    const renewed = hold.renew();
    await place.pass(2_000);
    await renewed;
    client.wire.cut();
    const { lost = Number.NaN, freed = Number.NaN } = await ends(hold, 60_000);
    expect(lost).toBeLessThan(freed);
  });

  it.each<[string, SemaphoreOptions]>([
    ['the semaphore says how long it lives', {}],
    ['whoever adopts it would have it live longer', { ttl: '10m' }],
  ])('and was renewed for long before it was adopted is counted by one ttl: %s', async (_, options) => {
    await client.createSemaphore('short', { permits: 1, ttl: '20s', maxTTL: '30s' });
    const earlier = place.client();
    await earlier.acquireSemaphore('short', { ...options, requestId: 'one' });
    await place.pass(600_000);
    await earlier.close();
    const hold = await client.acquireSemaphore('short', { ...options, requestId: 'one' });
    await place.rest();
    client.wire.cut();
    const { lost = Number.NaN, freed = Number.NaN } = await ends(hold, 60_000);
    expect(lost).toBeLessThan(freed);
  });

  it('is known to be by its own clock, however far the wall clock jumps', async () => {
    const hold = await acquire({ ttl: '30s' });
    place.clock.jump(86_400_000);
    await place.pass(20_000);
    hold.assertHeld();
    place.clock.jump(-172_800_000);
    await place.pass(60_000);
    hold.assertHeld();
  });

  it('is known to be by whoever asks, even where no timer could fire in time', async () => {
    const stuck = { ...place.clock, after: () => ({ cancel: () => {} }) };
    const hold = await place.client({ clock: stuck }).acquireSemaphore('db', { ttl: '20s' });
    hold.assertHeld();
    await place.clock.advance(19_500);
    expect(() => hold.assertHeld()).toThrow('it could not be renewed in time');
    expect(hold.signal.aborted).toBe(true);
  });

  it('ends its signal as soon as its claim is deleted', async () => {
    const hold = await acquire();
    await permits().delete(hold.claim);
    await place.rest();
    expect(hold.signal.aborted).toBe(true);
    expect(hold.signal.reason).toMatchObject({
      code: 'HOLD_LOST',
      message: expect.stringContaining('its claim was deleted'),
    });
    await expect(hold.renew()).rejects.toMatchObject({ code: 'HOLD_LOST' });
  });

  it('ends its signal as soon as one of many is deleted', async () => {
    await client.createSemaphore('many', { permits: 3 });
    const holds = await Promise.all([1, 2, 3].map(() => client.acquireSemaphore('many')));
    await permits().delete(holds[1]?.claim ?? '');
    await place.rest();
    expect(holds.map(({ signal }) => signal.aborted)).toEqual([false, true, false]);
  });

  it('is heard of by the next renewal where claims may not be watched', async () => {
    const hold = await acquire({ ttl: '30s' });
    client.wire.forbid(/watch=true/);
    // the watch that was open is cut as well
    client.wire.cut();
    client.wire.mend();
    await permits().delete(hold.claim);
    await place.pass(13_000);
    expect(hold.signal.reason).toMatchObject({ message: expect.stringContaining('its claim was deleted') });
  });

  it('may be released all the same', async () => {
    const hold = await acquire();
    await permits().delete(hold.claim);
    await place.rest();
    await hold.release();
  });

  it('does not touch another claim that has taken its name', async () => {
    const hold = await acquire({ requestId: 'x' });
    const { metadata, spec } = await permits().get(hold.claim);
    await permits().delete(hold.claim);
    await permits().create({
      apiVersion: 'sync.konductor.io/v1',
      kind: 'Permit',
      metadata: { name: metadata.name },
      spec,
    });
    await place.pass(60_000);
    expect(hold.signal.aborted).toBe(true);
    await hold.release();
    expect(await claims()).toHaveLength(1);
  });
});

describe('a lease that somebody of higher priority wants', () => {
  it('is asked for first, and lost when the grace is over', async () => {
    await client.createLease('main', { gracePeriod: '30s' });
    const asked: RevocationRequest[] = [];
    const hold = await client.acquireLease('main', { ttl: '10m', onRevocation: (request) => asked.push(request) });
    const urgent = place.client({ holder: 'urgent' }).acquireLease('main', { priority: 9 });
    await place.pass(10_000);
    expect(asked).toMatchObject([
      { message: expect.stringContaining('a request of priority 9 waits'), since: expect.any(Date) },
    ]);
    hold.assertHeld();
    await place.pass(25_000);
    expect(hold.signal.reason).toBeInstanceOf(LeaseLostError);
    expect(hold.signal.reason).toMatchObject({
      code: 'LEASE_LOST',
      message: `lease "main" was lost (a request of higher priority took it): stop the work; somebody may hold it with a token above ${hold.token}`,
    });
    expect((await urgent).token).toBeGreaterThan(hold.token);
  });
});

describe('releasing', () => {
  it('is done once, however often it is asked for', async () => {
    const hold = await acquire();
    await Promise.all([hold.release(), hold.release()]);
    await hold.release();
    expect(client.wire.calls.filter(({ method }) => method === 'DELETE')).toHaveLength(1);
    expect(() => hold.assertHeld()).toThrow('semaphore "db" was released: acquire it again');
    expect(hold.signal.aborted).toBe(false);
  });

  it('happens at the end of a block', async () => {
    {
      await using hold = await acquire();
      hold.assertHeld();
    }
    expect(await claims()).toEqual([]);
  });

  it('tries again through an outage', async () => {
    const hold = await acquire();
    client.wire.cut();
    const released = hold.release();
    await place.pass(6_000);
    client.wire.mend();
    await place.pass(6_000);
    await released;
    expect(await claims()).toEqual([]);
  });

  it('says when it failed, and may be asked for again', async () => {
    const hold = await acquire();
    client.wire.cut();
    const failed = expect(hold.release()).rejects.toThrow(
      /could not release semaphore "db" \(claim "db-.*"\), which ends by its time/,
    );
    await place.pass(60_000);
    await failed;
    // whoever let go does not hold, whether the server knows it or not
    expect(() => hold.assertHeld()).toThrow('was released');
    client.wire.mend();
    await hold.release();
    expect(await claims()).toEqual([]);
  });

  it('ends nothing that another client holds', async () => {
    const hold = await acquire({ requestId: 'x' });
    const twin = await place.client().acquireSemaphore('db', { requestId: 'x' });
    await hold.release();
    await place.rest();
    expect(twin.signal.reason).toMatchObject({ code: 'HOLD_LOST' });
    expect(hold.signal.aborted).toBe(false);
  });
});

describe('work that is done while holding', () => {
  it('answers with its answer, and lets go', async () => {
    expect(await client.withSemaphore('db', { ttl: '1m' }, async (hold) => hold.name)).toBe('db');
    expect(await claims()).toEqual([]);
  });

  it('needs no options', async () => {
    expect(await client.withSemaphore('db', () => 7)).toBe(7);
  });

  it('lets go when it fails, with its error', async () => {
    await expect(
      client.withSemaphore('db', () => {
        throw new Error('mine');
      }),
    ).rejects.toThrow('mine');
    expect(await claims()).toEqual([]);
  });

  it('is not said to have been alone when the hold was lost', async () => {
    const work = client.withSemaphore('db', async (hold) => {
      await permits().delete(hold.claim);
      await vi.waitFor(() => expect(hold.signal.aborted).toBe(true));
    });
    await expect(work).rejects.toMatchObject({ code: 'HOLD_LOST' });
  });
});

describe('closing the client', () => {
  it('releases nothing, and renews nothing any more', async () => {
    const hold = await acquire({ ttl: '30s' });
    await hold.renew();
    const before = client.wire.calls.length;
    await client.close();
    await place.pass(20_000);
    expect(client.wire.calls.length).toBe(before);
    expect(client.wire.watches.size).toBe(0);
    expect(await phaseOf(hold)).toBe('Granted');
    hold.assertHeld();
    await place.pass(15_000);
    expect(hold.signal.reason).toBeInstanceOf(HoldLostError);
    await client.close();
  });
});

describe('a detached hold', () => {
  it('is nobody’s to renew, and is ended by name', async () => {
    const hold = await acquire({ detached: true, ttl: '1m' });
    const [claim] = await claims();
    await place.pass(50_000);
    // it was confirmed, once
    expect(claim?.spec).toMatchObject({ confirmWithin: '30s', renewTime: expect.any(String) });
    expect(patches()).toBe(1);
    expect(client.wire.watches.size).toBe(0);
    expect(await phaseOf(hold)).toBe('Granted');
    expect(await client.releaseSemaphore('db')).toBe(1);
    expect(await claims()).toEqual([]);
  });

  it('is nobody’s when who waited for it was killed: the grant is not confirmed, and taken back', async () => {
    const first = await acquire();
    const killed = place.client();
    void killed.acquireSemaphore('db', { detached: true, ttl: '1h' }).catch(() => {});
    await place.rest();
    killed.wire.cut();
    await first.release();
    await place.pass(29_000);
    expect((await claims()).map(({ status }) => status?.phase)).toEqual(['Granted']);
    await place.pass(2_000);
    expect((await claims()).map(({ status }) => status?.phase)).toEqual(['Expired']);
    void killed.close();
    await place.pass(60_000);
  });

  it('can be renewed by its handle, which does not try for ever', async () => {
    const hold = await acquire({ detached: true, ttl: '1m' });
    await hold.renew();
    client.wire.cut();
    const failed = expect(hold.renew()).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      message: expect.stringMatching(/^could not renew semaphore "db": no answer within /),
    });
    await place.pass(61_000);
    await failed;
  });

  it('is renewed by name', async () => {
    await client.createLease('main');
    await client.acquireLease('main', { detached: true, ttl: '1m' });
    expect(await client.renewLease('main')).toBe(1);
    await expect(client.renewLease('main', { holder: 'other' })).rejects.toMatchObject({
      code: 'NOT_FOUND',
      message: 'could not renew lease "main": "other" does not hold it; acquire it again',
    });
  });
});

describe('a hold that its owner keeps', () => {
  it('is renewed by nobody here, and lost when the owner has finished', async () => {
    const pods = place.user.of({ group: '', version: 'v1', kind: 'Pod', plural: 'pods', namespaced: true }, NAMESPACE);
    const pod = await pods.create({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'runner' },
      spec: { containers: [{ name: 'main', image: 'i' }] },
    } as never);
    const owner = { apiVersion: 'v1', kind: 'Pod', name: 'runner', uid: pod.metadata.uid };
    const hold = await acquire({ owner, renewal: 'Owner', ttl: '30s' });
    await place.pass(120_000);
    hold.assertHeld();
    expect(patches()).toBe(0);
    await pods.mergePatch('runner', { status: { phase: 'Succeeded' } } as never, { subresource: 'status' });
    await place.rest();
    expect(hold.signal.reason).toMatchObject({ message: expect.stringContaining('its owner has finished') });
  });
});

describe('releasing by name', () => {
  it('finds every claim of a holder, whoever made it and however it is named', async () => {
    await permits().create({
      apiVersion: 'sync.konductor.io/v1',
      kind: 'Permit',
      metadata: { name: 'db-worker-123' },
      spec: { semaphore: 'db', holder: 'worker,1=\\' },
    });
    await place.rest();
    expect(await client.releaseSemaphore('db', { holder: 'worker' })).toBe(0);
    expect(await client.releaseSemaphore('db', { holder: 'worker,1=\\' })).toBe(1);
    expect(await client.releaseSemaphore('db', { holder: 'worker,1=\\' })).toBe(0);
  });

  it('is a release, not a loss, for who holds it here', async () => {
    const hold = await acquire();
    expect(await client.releaseSemaphore('db', { claim: hold.claim })).toBe(1);
    await place.rest();
    expect(hold.signal.aborted).toBe(false);
  });

  it('leaves a claim on something else alone', async () => {
    const hold = await acquire();
    expect(await client.releaseSemaphore('other', { claim: hold.claim })).toBe(0);
    hold.assertHeld();
  });
});
