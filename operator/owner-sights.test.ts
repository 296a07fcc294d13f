import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { KubeObject } from '../src/api/metadata.ts';
import { formatTime } from '../src/api/time.ts';
import { kubeClient } from '../src/kube/client.ts';
import { KubeError } from '../src/kube/errors.ts';
import { aPermit, aSemaphore, hands, NAMESPACE, type World, world } from '../test/support/operator-world.ts';
import { A_LOOK, counted, jobsOf, NAMES, ownedBy, podsOf } from '../test/support/owners.ts';
import { type Owners, ownerWatch } from './owners.ts';
import type { AnyObject } from './writer.ts';

let bed: World;
beforeEach(() => {
  bed = world();
});
const lookouts: Owners[] = [];
afterEach(async () => {
  await Promise.all(lookouts.splice(0).map((owners) => owners.stop()));
  await bed.close();
});

const pods = podsOf(() => bed);
const jobs = jobsOf(() => bed);
const KINDS = [pods, jobs];

/** Only those who look at owners, told of claims that a test makes up. */
function lookout() {
  const { paths: calls, transport } = counted(bed.transport, 'jobs');
  let isForbidden = false;
  const client = kubeClient(
    async (request) => {
      if (isForbidden) throw new KubeError(403, { kind: 'Status', reason: 'Forbidden', message: 'no' } as never);
      return transport(request);
    },
    { clock: bed.clock, random, userAgent: 'lookout' },
  );
  const owners = ownerWatch({ client, namespaces: undefined, clock: bed.clock, random, onError: () => {} });
  lookouts.push(owners);
  let made = 0;
  const claimOf = (owner: KubeObject): AnyObject => {
    const name = `claim-${made++}`;
    const creationTimestamp = formatTime(bed.clock.now());
    const metadata = { name, namespace: NAMESPACE, uid: name, resourceVersion: '1', creationTimestamp };
    const claim = { apiVersion: 'sync.konductor.io/v1', kind: 'Permit', metadata: { ...metadata, ...ownedBy(owner) } };
    owners.claimChanged(undefined, claim);
    return claim;
  };
  const forbid = (): (() => void) => {
    isForbidden = true;
    return () => {
      isForbidden = false;
    };
  };
  return { owners, claimOf, stateOf: owners.stateOf, calls, forbid };
}

const random = () => 0.5;

describe('looking at owners', () => {
  it.each(KINDS)('asks for nothing of $plural when the claim is gone within a second', async (kind) => {
    const { semaphores, permits, phases } = hands(bed);
    const calls = counted(bed.transport, kind.plural);
    await bed.operator({ transport: calls.transport });
    await semaphores.create(aSemaphore('db'));
    const owner = await kind.create('o');
    for (let round = 0; round < 5; round++) {
      await permits.create(aPermit('a', { renewal: 'Owner' }, ownedBy(owner)));
      await bed.pass(900);
      expect(await phases()).toEqual({ a: 'Granted' });
      await permits.delete('a');
      await bed.pass(2_000);
    }
    // finished Pods are listed and watched once for all
    expect(calls.paths.filter((path) => !path.includes('status.phase'))).toEqual([]);
    expect(calls.paths.length).toBeLessThanOrEqual(4);
  });

  it('watches one that owns several claims once, and no more when nobody refers to it', async () => {
    const { semaphores, permits } = hands(bed);
    await bed.operator();
    const before = bed.server.watches.size;
    await semaphores.create(aSemaphore('db', { permits: 5 }));
    const job = await jobs.create('batch');
    await permits.create(aPermit('a', {}, ownedBy(job)));
    await permits.create(aPermit('b', {}, ownedBy(job)));
    await bed.pass(A_LOOK);
    expect(bed.server.watches.size - before).toBe(1);
    await permits.delete('a');
    await permits.delete('b');
    await bed.pass(1_000);
    expect(bed.server.watches.size - before).toBe(0);
  });

  it.each([1, 8])('finds, of %d, who is gone, and whose name another has', async (many) => {
    const { claimOf, stateOf } = lookout();
    const running = await Promise.all(NAMES.slice(0, many).map(jobs.create));
    const another = { ...running[0], metadata: { ...running[0]?.metadata, uid: 'the-one-before' } } as KubeObject;
    const gone = { ...another, metadata: { ...another.metadata, name: 'gone', uid: 'gone' } };
    const claims = [...running, another, gone].map((owner) => claimOf(owner));
    await bed.pass(A_LOOK);
    const late = [another, gone].map((owner) => claimOf({ ...owner, metadata: { ...owner.metadata, uid: 'late' } }));
    await bed.pass(A_LOOK);
    expect([...claims, ...late].map(stateOf)).toEqual([...running.map(() => 'alive'), ...Array(4).fill('finished')]);
  });

  it('makes one watch for 500 of them in a namespace, which ends a while after the last', async () => {
    const { owners, claimOf, stateOf, calls } = lookout();
    const names = Array.from({ length: 500 }, (_, index) => `o-${index}`);
    const claims = await Promise.all(names.map(async (name) => claimOf(await jobs.create(name))));
    await bed.pass(A_LOOK);
    expect(bed.server.watches.size).toBe(1);
    // the first few by their names, then pages of all
    expect(calls.length).toBeLessThan(30);

    const known = calls.length;
    await jobs.finish('o-7');
    await jobs.delete('o-8');
    const late = claimOf(await jobs.create('late'));
    await bed.rest();
    expect(claims.map(stateOf).flatMap((state, index) => (state === 'alive' ? [] : [`${index} ${state}`]))).toEqual([
      '7 finished',
      '8 finished',
    ]);
    await bed.pass(A_LOOK);
    expect([stateOf(late), calls.length]).toEqual(['alive', known]);

    for (const claim of [...claims, late]) owners.claimChanged(claim, undefined);
    await bed.pass(59_000);
    expect(bed.server.watches.size).toBe(1);
    await bed.pass(2_000);
    expect([owners.size, bed.server.watches.size]).toEqual([0, 0]);
  });

  it.each([1, 8])(
    'of %d: takes nobody for gone while the server is in trouble, and finds who went meanwhile',
    async (many) => {
      const { claimOf, stateOf } = lookout();
      const [first, ...others] = await Promise.all(NAMES.slice(0, many).map(jobs.create));
      const claims = [first, ...others].map((owner) => claimOf(owner as KubeObject));
      await bed.pass(A_LOOK);
      const heal = bed.server.faults.add(({ method }) => (method === 'GET' ? { fail: 503 } : undefined));
      bed.server.watches.cut();
      await jobs.delete('n-0');
      await bed.pass(20_000);
      expect(new Set(claims.map(stateOf))).toEqual(new Set(['alive']));
      heal();
      // what happened meanwhile is forgotten: only a list tells
      let isForgotten = false;
      bed.server.faults.add(({ path }) => {
        if (isForgotten || !path.includes('watch=true')) return undefined;
        isForgotten = true;
        return { fail: 410 };
      });
      await bed.pass(60_000);
      expect(claims.map(stateOf)).toEqual(['finished', ...others.map(() => 'alive')]);
    },
  );

  it.each([2, 8])(
    'of %d: says that they are out of sight once they may not be read, and when they are seen again',
    async (many) => {
      const { claimOf, stateOf, forbid } = lookout();
      const claims = (await Promise.all(NAMES.slice(0, many).map(jobs.create))).map(claimOf);
      await bed.pass(A_LOOK);
      const allow = forbid();
      bed.server.watches.cut();
      await bed.pass(20_000);
      expect(new Set(claims.map(stateOf))).toEqual(new Set(['unseen']));
      await jobs.finish('n-0');
      const late = claimOf(await jobs.create('late'));
      allow();
      await bed.pass(180_000);
      expect([...claims, late].map(stateOf)).toEqual(['finished', ...claims.map(() => 'alive')]);
    },
  );

  it('asks for no Pod of a waiter, and once for each that holds', async () => {
    const { semaphores, permits } = hands(bed);
    const calls = counted(bed.transport, 'pods');
    await bed.operator({ transport: calls.transport });
    await semaphores.create(aSemaphore('db', { permits: 2 }));
    for (const name of NAMES)
      await permits.create(aPermit(name, { renewal: 'Owner' }, ownedBy(await pods.create(name))));
    await bed.pass(10_000);
    expect(calls.paths.filter((path) => /\/pods\/n-/.test(path))).toHaveLength(2);
    await permits.delete('n-0');
    await bed.pass(10_000);
    expect(calls.paths.filter((path) => /\/pods\/n-/.test(path))).toHaveLength(3);
  });
});
