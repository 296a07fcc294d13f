import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Lease } from '../../src/api/lease.ts';
import { LeaseRequest } from '../../src/api/lease-request.ts';
import { aPermit, aSemaphore, hands, NAMESPACE } from '../../test/support/operator-world.ts';
import { type TektonWorld, tektonWorld, wholeRuns } from '../../test/support/tekton-world.ts';
import { tektonDoor } from './controller.ts';

const SECOND = 1_000;

let place: TektonWorld;
let whole: ReturnType<typeof wholeRuns>;
beforeEach(async () => {
  place = await tektonWorld();
  whole = wholeRuns(place);
});
afterEach(() => place.close());

describe('a PipelineRun whose annotations are edited while it waits', () => {
  beforeEach(async () => {
    await hands(place).semaphores.create(aSemaphore('db', { permits: 2 }));
    await hands(place).permits.create(aPermit('held', { ttl: '24h', weight: 2 }));
    await hands(place).semaphores.create(aSemaphore('api'));
    await place.user
      .of(Lease, NAMESPACE)
      .create({ apiVersion: 'sync.konductor.io/v1', kind: 'Lease', metadata: { name: 'lead' }, spec: {} });
    await place.rest();
    await whole.make('run', { weight: '2' });
    await place.pass(SECOND);
    expect(await asksFor()).toEqual([{ semaphore: 'db', holder: 'run', weight: 2, priority: 0 }]);
  });

  /** What of it stands in line or is held, whatever it is for. */
  const asksFor = async () => {
    const permits = (await hands(place).permits.listAll()).items.filter(({ metadata }) => metadata.name !== 'held');
    const requests = (await place.user.of(LeaseRequest, NAMESPACE).listAll()).items;
    return [...permits, ...requests].map(({ spec }) => {
      const { requestId, renewal, ...said } = spec;
      return said;
    });
  };

  const WHEN: Readonly<Record<string, (editing: () => Promise<unknown>) => Promise<void>>> = {
    'with one operator': async (editing) => void (await editing()),
    'while no operator is running': async (editing) => {
      await place.stopOperator();
      await editing();
      await place.startOperator();
    },
    'with two operators': async (editing) => {
      await place.operator({ doors: [tektonDoor] });
      await editing();
    },
  };
  const db = { semaphore: 'db', holder: 'run', weight: 2, priority: 0 };

  describe.each(Object.entries(WHEN))('%s', (_, when) => {
    it.each<[what: string, words: Record<string, string | null>, asks: object]>([
      ['another weight', { weight: '1' }, { ...db, weight: 1 }],
      ['another priority', { priority: '5' }, { ...db, priority: 5 }],
      ['another holder', { holder: 'me' }, { ...db, holder: 'me' }],
      ['another ttl', { ttl: '1h' }, { ...db, ttl: '1h' }],
      ['another timeout', { timeout: '1h' }, { ...db, timeout: '1h' }],
      ['another semaphore', { semaphore: 'api', weight: null }, { ...db, semaphore: 'api', weight: 1 }],
      ['a lease in its place', { semaphore: null, lease: 'lead', weight: null }, { lease: 'lead', holder: 'run' }],
    ])('%s: it asks for that, and for nothing else', async (_, words, asks) => {
      await when(() => whole.edit('run', words));
      await place.pass(10 * SECOND);
      expect((await whole.runs.get('run')).spec.status).not.toBe('Cancelled');
      expect(await asksFor()).toEqual([asks]);
      await place.letGo();
      await place.pass(10 * SECOND);
      expect(await whole.started()).toEqual(['run']);
      expect(await asksFor()).toEqual([asks]);
    });

    it('what makes no sense: it leaves the line, says so, and asks anew once it is mended', async () => {
      await when(() => whole.edit('run', { weight: 'many' }));
      await place.pass(10 * SECOND);
      expect(await asksFor()).toEqual([]);
      expect(await whole.saidOf('run')).toMatch(/weight: must be/);
      await place.letGo();
      await place.pass(10 * SECOND);
      expect(await whole.started()).toEqual([]);
      await whole.edit('run', { weight: '1' });
      await place.pass(10 * SECOND);
      expect(await whole.started()).toEqual(['run']);
    });

    it('nothing any more: it leaves the line, and is not said to be in it', async () => {
      await when(() => whole.edit('run', { semaphore: null, weight: null }));
      await place.pass(10 * SECOND);
      expect(await asksFor()).toEqual([]);
      expect(await whole.saidOf('run')).toBeUndefined();
      await place.letGo();
      await place.pass(10 * SECOND);
      expect(await whole.started()).toEqual([]);
    });

    it('somebody starts it: it leaves the line', async () => {
      await when(() => whole.startByHand('run'));
      await place.pass(10 * SECOND);
      expect(await asksFor()).toEqual([]);
    });
  });

  it.each<[what: string, change: () => Promise<unknown>, asks: object, inUse: number]>([
    [
      'takes back, when it is edited,',
      () => whole.edit('run', { semaphore: 'api', weight: null }),
      { ...db, semaphore: 'api', weight: 1 },
      0,
    ],
    ['keeps, when somebody else starts it,', () => whole.startByHand('run'), db, 2],
  ])('%s what it was granted a moment before', async (_, change, asks, inUse) => {
    const end = place.server.faults.add(({ path, method, headers }) =>
      method === 'PATCH' && path.includes('/pipelineruns/') && headers['user-agent'] !== 'user'
        ? { fail: 500 }
        : undefined,
    );
    await place.letGo();
    await place.pass(SECOND);
    expect((await hands(place).semaphores.get('db')).status).toMatchObject({ inUse: 2 });
    await change();
    end();
    await place.pass(10 * SECOND);
    expect(await whole.started()).toEqual(['run']);
    expect(await asksFor()).toEqual([asks]);
    expect((await hands(place).semaphores.get('db')).status).toMatchObject({ inUse });
  });

  it('stands in line again only once what it asked for before is gone', async () => {
    const end = place.server.faults.add(({ path, method }) =>
      method === 'DELETE' && path.includes('/permits/') ? { fail: 500 } : undefined,
    );
    await whole.edit('run', { weight: '1' });
    await place.pass(10 * SECOND);
    expect((await whole.runs.get('run')).spec.status).toBe('PipelineRunPending');
    expect(await asksFor()).toEqual([db]);
    end();
    await place.pass(10 * SECOND);
    expect(await asksFor()).toEqual([{ ...db, weight: 1 }]);
  });

  it('leaves claims alone that others have made in its name', async () => {
    const { uid } = (await whole.runs.get('run')).metadata;
    const owner = { apiVersion: 'tekton.dev/v1', kind: 'PipelineRun', name: 'run', uid };
    await hands(place).permits.create(aPermit('mine', { ttl: '24h' }, { ownerReferences: [owner] }));
    await whole.edit('run', { semaphore: 'api', weight: null });
    await place.pass(10 * SECOND);
    expect((await asksFor()).map(({ holder }) => holder).toSorted()).toEqual(['mine', 'run']);
  });

  it('keeps what it was started with, whatever its annotations say afterwards', async () => {
    await place.letGo();
    await place.rest();
    expect(await whole.started()).toEqual(['run']);
    for (const words of [{ weight: '1' }, { weight: 'many' }, { semaphore: 'api' }, { semaphore: null }] as const) {
      await whole.edit('run', words);
      await place.pass(10 * SECOND);
      expect(await asksFor()).toEqual([db]);
    }
    await whole.edit('run', { semaphore: 'api', token: null });
    await place.stopOperator();
    await place.startOperator();
    await place.pass(10 * SECOND);
    expect(await asksFor()).toEqual([db]);
  });

  /** Another operator beside the one there is; the answer keeps news of a kind from it, until what that answers is called. */
  const slowOperator = async () => {
    await place.operator({ doors: [tektonDoor], identity: 'slow' });
    return (plural: string) =>
      place.server.watches.freeze(
        ({ resource, actor }) => resource.startsWith(`${plural}.`) && actor.agent.includes('slow'),
      );
  };

  it('is not taken what it was started with by an operator that has not heard of it', async () => {
    const freeze = await slowOperator();
    await place.stopOperator();
    const end = place.server.faults.add(({ path, method }) =>
      method === 'GET' && path.includes('/permits/') ? { fail: 500 } : undefined,
    );
    await whole.edit('run', { weight: 'many' });
    await place.rest(); // it is about to take it back
    const thaw = freeze('pipelineruns');
    await whole.edit('run', { weight: '2' });
    await place.letGo();
    await whole.startByHand('run'); // as another operator does
    end();
    await place.pass(10 * SECOND);
    expect(await asksFor()).toEqual([db]);
    thaw();
    await place.pass(10 * SECOND);
    expect(await asksFor()).toEqual([db]);
  });

  it('is not cancelled for what it asked for before, which an operator has not heard of', async () => {
    const freeze = await slowOperator();
    const thaw = freeze('permits');
    await whole.make('late', { weight: '2' });
    await place.rest();
    await place.stopOperator();
    await whole.edit('late', { weight: '1' });
    await place.pass(10 * SECOND);
    expect((await whole.runs.get('late')).spec.status).toBe('PipelineRunPending');
    thaw();
    await place.pass(10 * SECOND);
    expect(await asksFor()).toEqual([db, { ...db, holder: 'late', weight: 1 }]);
  });

  it('asks for the old no more once an operator that had not heard has heard', async () => {
    const freeze = await slowOperator();
    const thaw = freeze('pipelineruns');
    await whole.edit('run', { semaphore: 'none', weight: null });
    await place.pass(10 * SECOND);
    const before = place.server.resourceVersion;
    await place.pass(10 * SECOND);
    // what one takes back the other asks for again, but not all the time
    expect(place.server.resourceVersion - before).toBeLessThan(100);
    thaw();
    await place.pass(10 * SECOND);
    expect(await asksFor()).toEqual([{ ...db, semaphore: 'none', weight: 1 }]);
  });

  it('takes back what comes late of what it once asked for', async () => {
    const [old] = (await hands(place).permits.listAll()).items.filter(({ spec }) => spec.holder === 'run');
    if (!old) throw new Error('it asks for nothing');
    await whole.edit('run', { semaphore: 'none', weight: null });
    await place.pass(60 * SECOND);
    const { name, ownerReferences } = old.metadata;
    await hands(place).permits.create({ ...old, metadata: { name, ownerReferences: ownerReferences ?? [] } });
    await place.pass(10 * SECOND);
    expect(await asksFor()).toEqual([{ ...db, semaphore: 'none', weight: 1 }]);
  });
});
