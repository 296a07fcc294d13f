import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Operator } from '../../operator/operator.ts';
import { Gate } from '../../src/api/gate.ts';
import type { Fault } from '../../src/apiserver/faults.ts';
import { installForeignKinds } from '../../src/dev/foreign-kinds.ts';
import { aPermit, aSemaphore, hands, NAMESPACE, type World, world } from '../../test/support/operator-world.ts';
import { tektonDoor } from './controller.ts';
import { CustomRun, PipelineRun, succeededOf } from './kinds.ts';

const SECOND = 1_000;

describe('the Tekton door', () => {
  let place: World;
  let operator: Operator;
  beforeEach(async () => {
    place = world();
    await installForeignKinds(place.user);
    operator = await place.operator({ doors: [tektonDoor] });
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
  const heldByAnother = async () => {
    await hands(place).semaphores.create(aSemaphore('db'));
    await hands(place).permits.create(aPermit('held', { ttl: '24h' }));
    await place.rest();
  };
  const letGo = async () => {
    await hands(place).permits.delete('held');
    await place.rest();
  };
  const restart = async () => {
    await operator.stop();
    operator = await place.operator({ doors: [tektonDoor] });
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

  it('writes nothing while nothing changes, and takes no time to know that', async () => {
    await heldByAnother();
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
      await heldByAnother();
      await make('run', {}, { timeout, retries });
      await place.pass(attempts * 10 * SECOND - 1);
      expect(await stateOf('run')).toMatchObject({ status: 'Unknown', retries: attempts - 1 });
      await place.pass(2);
      expect(await stateOf('run')).toMatchObject({ status: 'False', reason: 'CustomRunTimedOut', retries });
      await letGo();
      expect((await hands(place).permits.listAll()).items).toEqual([]);
    },
  );

  it('a restart gives no attempt more time, and takes none away', async () => {
    await heldByAnother();
    await make('run', {}, { timeout: '60s' });
    await place.pass(40 * SECOND);
    await restart();
    await place.pass(19 * SECOND);
    expect((await stateOf('run')).status).toBe('Unknown');
    await place.pass(2 * SECOND);
    expect((await stateOf('run')).reason).toBe('CustomRunTimedOut');
  });

  it.each(['before', 'after'])('a grant %s a restart is told once', async (when) => {
    await heldByAnother();
    await make('run');
    await place.pass(SECOND);
    if (when === 'after') await restart();
    await operator.stop();
    await letGo();
    operator = await place.operator({ doors: [tektonDoor] });
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
    await heldByAnother();
    await make('run');
    const end = place.server.faults.add(({ path, method }) =>
      method === 'PATCH' && path.includes('/customruns/run/status') ? fault : undefined,
    );
    await letGo();
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

  describe('with PipelineRuns that wait as a whole', () => {
    const pipelineRuns = () => place.user.of(PipelineRun, NAMESPACE);
    const pending = async (name: string, annotations: Record<string, string> = {}) => {
      const metadata = { name, annotations: { 'sync.konductor.io/semaphore': 'db', ...annotations } };
      const spec = { status: 'PipelineRunPending' };
      await pipelineRuns().create({ apiVersion: 'tekton.dev/v1', kind: 'PipelineRun', metadata, spec } as never);
    };
    const started = async () =>
      (await pipelineRuns().listAll()).items.filter(({ spec }) => !spec.status).map(({ metadata }) => metadata.name);

    it('starts them in the order in which they were made, also those that were made while nobody looked', async () => {
      await operator.stop();
      await hands(place).semaphores.create(aSemaphore('db'));
      const names = ['z', 'm', 'a', 'k'];
      for (const name of names) await pending(name);
      operator = await place.operator({ doors: [tektonDoor] });
      for (const [index, name] of names.entries()) {
        await place.pass(SECOND);
        expect((await started()).toSorted()).toEqual(names.slice(0, index + 1).toSorted());
        const over = { conditions: [{ type: 'Succeeded', status: 'True' }] };
        await pipelineRuns().patchStatus(name, over as never);
      }
    });

    it('leaves those alone that do not ask', async () => {
      const metadata = { name: 'other' };
      const spec = { status: 'PipelineRunPending' };
      await pipelineRuns().create({ apiVersion: 'tekton.dev/v1', kind: 'PipelineRun', metadata, spec } as never);
      const before = place.server.resourceVersion;
      await place.pass(60 * SECOND);
      expect(place.server.resourceVersion).toBe(before);
    });
  });
});
