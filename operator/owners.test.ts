import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { aPermit, aSemaphore, hands, type World, world } from '../test/support/operator-world.ts';
import { A_LOOK, jobsOf, NAMES, ownedBy, podsOf } from '../test/support/owners.ts';

let bed: World;
beforeEach(() => {
  bed = world();
});
afterEach(() => bed.close());

const pods = podsOf(() => bed);
const jobs = jobsOf(() => bed);
const KINDS = [pods, jobs];

describe('a claim with an owner', () => {
  it.each(['Succeeded', 'Failed'])('is released when its Pod has %s, long before its time', async (phase) => {
    const { semaphores, permits, phases } = hands(bed);
    await bed.operator();
    await semaphores.create(aSemaphore('db'));
    const pod = await pods.create('worker');
    await permits.create(aPermit('a', {}, ownedBy(pod)));
    await permits.create(aPermit('b'));
    await bed.pass(1_000);
    expect(await phases()).toEqual({ a: 'Granted', b: 'Pending' });
    await pods.finish('worker', phase);
    await bed.rest();
    expect(await phases()).toEqual({ a: 'Expired', b: 'Granted' });
  });

  it('lives with its owner where that renews, and has its time once the owner cannot be seen', async () => {
    const { semaphores, permits, phases } = hands(bed);
    await bed.operator();
    await semaphores.create(aSemaphore('db', { ttl: '5s' }));
    const job = await jobs.create('batch');
    await permits.create(aPermit('a', { renewal: 'Owner' }, ownedBy(job)));
    await bed.pass(60_000);
    expect(await phases()).toEqual({ a: 'Granted' });
    bed.server.faults.add(({ path }) => (path.includes('/jobs') ? { fail: 503 } : undefined));
    bed.server.watches.cut();
    await bed.pass(60_000);
    // a server in trouble says nothing about the owner
    expect(await phases()).toEqual({ a: 'Granted' });
  });

  it('is released when its Job is complete', async () => {
    const { semaphores, permits, phases } = hands(bed);
    await bed.operator();
    await semaphores.create(aSemaphore('db'));
    const job = await jobs.create('batch');
    await permits.create(aPermit('a', { renewal: 'Owner' }, ownedBy(job)));
    await bed.pass(1_000);
    await jobs.finish('batch');
    await bed.rest();
    expect(await phases()).toEqual({ a: 'Expired' });
  });

  it('falls back on its time where its owner is of a kind that is not installed', async () => {
    const { semaphores, permits, phases } = hands(bed);
    await bed.operator();
    await semaphores.create(aSemaphore('db', { ttl: '5s' }));
    const owner = { apiVersion: 'tekton.dev/v1', kind: 'PipelineRun', name: 'run', uid: 'some-uid' };
    await permits.create(aPermit('a', { renewal: 'Owner' }, { ownerReferences: [owner] }));
    await bed.pass(4_900);
    const before = await phases();
    await bed.pass(200);
    // the collector of a server that does not know the kind leaves the claim
    expect([before, await phases()]).toEqual([{ a: 'Granted' }, { a: 'Expired' }]);
  });

  it('is not held by the resource that cleans it up', async () => {
    const { semaphores, permits, phases } = hands(bed);
    await bed.operator();
    const db = await semaphores.create(aSemaphore('db', { ttl: '5s' }));
    await permits.create(aPermit('a', {}, ownedBy(db)));
    await bed.pass(5_100);
    expect(await phases()).toEqual({ a: 'Expired' });
  });

  it.each(KINDS)('is let go of when its owner, one of $plural, was done before anybody looked', async (kind) => {
    const { semaphores, permits, phases } = hands(bed);
    await bed.operator();
    await semaphores.create(aSemaphore('db', { permits: 3 }));
    const [before, done] = [await kind.create('before'), await kind.create('done')];
    await kind.finish('before');
    await permits.create(aPermit('a', { renewal: 'Owner' }, ownedBy(before)));
    await permits.create(aPermit('b', { renewal: 'Owner' }, ownedBy(done)));
    await bed.pass(500);
    await kind.finish('done');
    await bed.pass(A_LOOK - 500);
    // Denied where it was known before its turn came
    expect(Object.values(await phases())).not.toContain('Granted');
  });

  it.each(KINDS)(
    'is let go of at once when its owner, one of $plural, finished while no operator ran',
    async (kind) => {
      const { semaphores, permits, phases } = hands(bed);
      const first = await bed.operator();
      await semaphores.create(aSemaphore('db'));
      await permits.create(aPermit('a', { renewal: 'Owner' }, ownedBy(await kind.create('o'))));
      await bed.pass(10_000);
      await first.stop();
      await kind.finish('o');
      await bed.operator();
      await bed.rest();
      expect(await phases()).toEqual({ a: 'Expired' });
    },
  );

  it('outlives a ttl that is over before anybody looks at its owner', async () => {
    const { semaphores, permits, phases } = hands(bed);
    await bed.operator();
    await semaphores.create(aSemaphore('db', { ttl: '500ms' }));
    await permits.create(aPermit('a', { renewal: 'Owner' }, ownedBy(await jobs.create('o'))));
    await bed.pass(5_000);
    expect(await phases()).toEqual({ a: 'Granted' });
  });

  it.each(KINDS)('has its time when its owner, one of $plural, was never seen', async (kind) => {
    const { semaphores, permits, phases } = hands(bed);
    await bed.operator();
    await semaphores.create(aSemaphore('db', { ttl: '5s' }));
    const owner = await kind.create('o');
    bed.server.faults.add(({ path }) => (path.includes(`/${kind.plural}`) ? { fail: 500 } : undefined));
    await permits.create(aPermit('a', { renewal: 'Owner' }, ownedBy(owner)));
    await bed.pass(4_900);
    const before = await phases();
    await bed.pass(200);
    expect([before, await phases()]).toEqual([{ a: 'Granted' }, { a: 'Expired' }]);
  });

  it.each(KINDS)('has its time when its owner, one of $plural, was never seen, as others before it', async (kind) => {
    const { semaphores, permits, phases } = hands(bed);
    await bed.operator();
    await semaphores.create(aSemaphore('db', { permits: 100 }));
    bed.server.faults.add(({ path, method }) =>
      method === 'GET' && path.includes(`/${kind.plural}`) ? { fail: 500 } : undefined,
    );
    for (const name of NAMES)
      await permits.create(aPermit(name, { renewal: 'Owner', ttl: '1h' }, ownedBy(await kind.create(name))));
    // by then the server is asked again but rarely
    await bed.pass(300_000);
    const late = ownedBy(await kind.create('late'));
    await permits.create(aPermit('late', { renewal: 'Owner', ttl: '3s' }, late));
    await bed.pass(2_900);
    const before = await phases();
    await bed.pass(200);
    expect([before['late'], (await phases())['late']]).toEqual(['Granted', 'Expired']);
  });
});
