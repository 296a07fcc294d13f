import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Gate } from '../../src/api/gate.ts';
import type { Fault } from '../../src/apiserver/faults.ts';
import { aPermit, aSemaphore, hands, NAMESPACE } from '../../test/support/operator-world.ts';
import { type TektonWorld, tektonWorld } from '../../test/support/tekton-world.ts';
import { tektonDoor } from './controller.ts';
import { CustomRun, succeededOf } from './kinds.ts';

const SECOND = 1_000;

describe('the Tekton door', () => {
  let place: TektonWorld;
  beforeEach(async () => {
    place = await tektonWorld();
  });
  afterEach(() => place.close());

  const runs = () => place.user.of(CustomRun, NAMESPACE);
  const make = async (name: string, params: Record<string, string> = {}, spec: object = {}) => {
    const customRef = { apiVersion: 'sync.konductor.io/v1', kind: 'Semaphore', name: 'db' };
    const given = Object.entries(params).map(([key, value]) => ({ name: key, value }));
    const metadata = { name };
    const object = {
      apiVersion: 'tekton.dev/v1beta1',
      kind: 'CustomRun',
      metadata,
      spec: { customRef, params: given, ...spec },
    };
    await runs().create(object as never);
    await place.rest();
  };
  const stateOf = async (name: string) => {
    const run = await runs().get(name);
    const { status, reason, message } = succeededOf(run) ?? {};
    return { status, reason, message, retries: run.status?.retriesStatus?.length ?? 0 };
  };

  it('tells a grant that is due at once in one write', async () => {
    await hands(place).semaphores.create(aSemaphore('db'));
    let writes = 0;
    place.server.faults.add(({ path, method }) => {
      if (method === 'PATCH' && path.includes('/customruns/')) writes++;
      return undefined;
    });
    await make('run');
    expect(await stateOf('run')).toMatchObject({ status: 'True', reason: 'Granted' });
    expect(writes).toBe(1);
  });

  it.each<[permits: number, writes: number]>([
    [1, 2],
    [2, 1],
  ])('of %i permits, one held: a grant that comes a second late is told in %i writes', async (permits, expected) => {
    await hands(place).semaphores.create(aSemaphore('db', { permits }));
    await hands(place).permits.create(aPermit('held', { ttl: '24h' }));
    await place.rest();
    let writes = 0;
    place.server.faults.add(({ path, method }) => {
      if (method === 'PATCH' && path.includes('/customruns/')) writes++;
      return method === 'PATCH' && path.includes('/semaphores/db/status') ? { delay: SECOND } : undefined;
    });
    await make('run');
    await place.pass(SECOND / 2);
    expect((await stateOf('run')).status).toBe(permits === 1 ? 'Unknown' : undefined);
    await place.letGo();
    await place.pass(10 * SECOND);
    expect(await stateOf('run')).toMatchObject({ status: 'True', reason: 'Granted' });
    expect(writes).toBe(expected);
  });

  it('what is free, and not granted all the same, says that it waits', async () => {
    await hands(place).semaphores.create(aSemaphore('db', { permits: 1 }));
    const end = place.server.faults.add(({ path, method }) =>
      method === 'PATCH' && path.includes('/semaphores/db/status') ? { fail: 500 } : undefined,
    );
    await make('run');
    await place.pass(3 * SECOND);
    expect(await stateOf('run')).toMatchObject({ status: 'Unknown', reason: 'Queued' });
    end();
    await place.pass(60 * SECOND);
    expect((await stateOf('run')).reason).toBe('Granted');
  });

  it('writes nothing while nothing changes, and takes no time to know that', async () => {
    await place.heldByAnother();
    for (const name of ['one', 'two']) await make(name);
    await place.pass(20 * SECOND);
    const before = place.server.resourceVersion;
    await place.pass(3_600 * SECOND);
    // renewals of what owners keep apart, of which there are none
    expect(place.server.resourceVersion).toBe(before);
    expect((await stateOf('two')).message).toMatch(/^2nd in line/);
  });

  it.each<[timeout: string, retries: number, attempts: number]>([
    ['10s', 0, 1],
    ['10s', 3, 4],
  ])(
    'an attempt of %s with %i more ends after %i times that, and never earlier',
    async (timeout, retries, attempts) => {
      await place.heldByAnother();
      await make('run', {}, { timeout, retries });
      await place.pass(attempts * 10 * SECOND - 1);
      expect(await stateOf('run')).toMatchObject({ status: 'Unknown', retries: attempts - 1 });
      await place.pass(2);
      expect(await stateOf('run')).toMatchObject({ status: 'False', reason: 'CustomRunTimedOut', retries });
      await place.letGo();
      expect((await hands(place).permits.listAll()).items).toEqual([]);
    },
  );

  it('an attempt that fails at once is followed by the next a second later, and by none that is too many', async () => {
    await place.heldByAnother();
    await make('run', { 'when-unavailable': 'fail' }, { retries: 2 });
    for (const made of [1, 2]) {
      expect(await stateOf('run')).toMatchObject({ status: 'Unknown', reason: 'Retrying', retries: made });
      await place.pass(SECOND - 1);
      expect((await stateOf('run')).retries).toBe(made);
      await place.pass(1);
    }
    expect(await stateOf('run')).toMatchObject({ status: 'False', reason: 'Unavailable', retries: 2 });
  });

  it('a clock that is set back gives the next attempt no more time', async () => {
    await place.heldByAnother();
    await make('run', {}, { retries: 1, timeout: '10s' });
    place.clock.jump(-3_600 * SECOND);
    await place.pass(11 * SECOND);
    expect(await stateOf('run')).toMatchObject({ status: 'Unknown', retries: 1 });
    await place.pass(11 * SECOND);
    expect(await stateOf('run')).toMatchObject({ status: 'False', reason: 'CustomRunTimedOut', retries: 1 });
  });

  it('a restart gives no attempt more time, and takes none away', async () => {
    await place.heldByAnother();
    await make('run', {}, { timeout: '60s' });
    await place.pass(40 * SECOND);
    await place.stopOperator();
    await place.startOperator();
    await place.pass(19 * SECOND);
    expect((await stateOf('run')).status).toBe('Unknown');
    await place.pass(2 * SECOND);
    expect((await stateOf('run')).reason).toBe('CustomRunTimedOut');
  });

  it.each(['before', 'after'])('a grant %s a restart is told once', async (when) => {
    await place.heldByAnother();
    await make('run');
    await place.pass(SECOND);
    if (when === 'after') {
      await place.stopOperator();
      await place.startOperator();
    }
    await place.stopOperator();
    await place.letGo();
    await place.startOperator();
    expect(await stateOf('run')).toMatchObject({ status: 'True' });
    expect((await hands(place).permits.listAll()).items).toHaveLength(1);
  });

  it('two doors at once hold once', async () => {
    await place.operator({ doors: [tektonDoor] });
    await hands(place).semaphores.create(aSemaphore('db', { permits: 5 }));
    for (const name of ['one', 'two', 'three']) await make(name);
    await place.pass(10 * SECOND);
    for (const name of ['one', 'two', 'three']) expect((await stateOf(name)).reason).toBe('Granted');
    expect((await hands(place).permits.listAll()).items).toHaveLength(3);
  });

  it.each<[what: string, fault: Fault]>([
    ['is refused', { fail: 500 }],
    ['is done, and its answer lost', { fail: 'connection', applied: true }],
    ['finds that somebody else has written', { fail: 409 }],
  ])('a status write that %s for a while is made good when that is over', async (_, fault) => {
    await place.heldByAnother();
    await make('run');
    const end = place.server.faults.add(({ path, method }) =>
      method === 'PATCH' && path.includes('/customruns/run/status') ? fault : undefined,
    );
    await place.letGo();
    await place.pass(20 * SECOND);
    end();
    await place.pass(10 * SECOND);
    expect((await stateOf('run')).reason).toBe('Granted');
  });

  it('waits for a gate, and ends at once when it is cancelled', async () => {
    await place.user.of(Gate, NAMESPACE).create({
      ...{ apiVersion: 'sync.konductor.io/v1', kind: 'Gate', metadata: { name: 'go' } },
      spec: {},
    });
    const customRef = { apiVersion: 'sync.konductor.io/v1', kind: 'Gate', name: 'go' };
    for (const name of ['one', 'two']) await make(name, {}, { customRef });
    await place.pass(SECOND);
    expect((await stateOf('one')).reason).toBe('NotOpen');
    await runs().mergePatch('one', { spec: { status: 'RunCancelled', statusMessage: 'enough' } } as never);
    await place.rest();
    expect(await stateOf('one')).toMatchObject({ status: 'False', reason: 'CustomRunCancelled', message: 'enough' });
    await place.user.of(Gate, NAMESPACE).mergePatch('go', { spec: { open: true } } as never);
    await place.rest();
    expect((await stateOf('two')).reason).toBe('Open');
  });

  describe('tells people in the events of a run', () => {
    it.each<[what: string, params: Record<string, string>, spec: object, told: string[]]>([
      ['that it waits, and that it has it', {}, {}, ['Normal Queued', 'Normal Granted']],
      ['that it was refused', { weight: '2' }, {}, ['Warning Denied']],
      ['that it makes no sense', { weight: 'many' }, {}, ['Warning InvalidParams']],
      [
        'that it is out of time, and tried again',
        {},
        { timeout: '1s', retries: 1 },
        ['Normal Queued', 'Warning Retrying', 'Warning CustomRunTimedOut'],
      ],
    ])('%s', async (_, params, spec, told) => {
      await place.heldByAnother();
      await make('run', params, spec);
      await place.pass(3 * SECOND);
      await place.letGo();
      await place.pass(3_600 * SECOND);
      expect(await place.eventsOf('run')).toEqual(told);
    });

    it('never so many as there are runs, and no run waits for one', async () => {
      await hands(place).semaphores.create(aSemaphore('db', { permits: 100 }));
      place.server.faults.add(({ path, method }) =>
        method === 'POST' && path.includes('/events') ? { delay: 3_600 * SECOND } : undefined,
      );
      const names = Array.from({ length: 50 }, (_, index) => `run-${index}`);
      for (const name of names) await make(name);
      await place.pass(SECOND);
      for (const name of names) expect((await stateOf(name)).reason).toBe('Granted');
      await place.pass(3_600 * SECOND);
      const told = (await Promise.all(names.map(place.eventsOf))).flat();
      expect(told.length).toBeGreaterThan(0);
      expect(told.length).toBeLessThanOrEqual(10);
    });
  });
});
