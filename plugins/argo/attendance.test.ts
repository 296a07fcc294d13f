import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Permit } from '../../src/api/permit.ts';
import { installForeignKinds } from '../../src/dev/foreign-kinds.ts';
import { aCall, type Ground, ground, makeSemaphore, type PluginAt, pluginOn } from '../../test/argo/ground.ts';
import { Workflow } from '../../test/argo/workflow.ts';
import { until } from '../../test/cluster/until.ts';
import { type Template, WorkflowTaskSet } from './kinds.ts';

/** Time for a claim to be made that is not to be made. */
const A_WHILE = 300;

describe('a plugin that was restarted', () => {
  let place: Ground;
  let plugin: PluginAt;
  let made = 0;

  beforeAll(async () => {
    place = await ground();
    await installForeignKinds(place.user);
  });
  afterAll(() => place.close());
  beforeEach(async () => {
    plugin = await pluginOn(place.user);
  });
  afterEach(() => plugin.stop());

  const sets = () => place.user.of(WorkflowTaskSet, 'default');
  const claimsOn = async (name: string) =>
    (await place.user.of(Permit, 'default').listAll({ fieldSelector: `spec.semaphore=${name}` })).items;
  const semaphore = async () => {
    const name = `db-${++made}`;
    await makeSemaphore(place.user, name, 3);
    return name;
  };
  const acquire = (name: string, key: string) => ({ plugin: { konductor: { semaphore: { name, key } } } });
  /** The task set of a workflow, and the calls of its agent. */
  const flow = async (tasks: Readonly<Record<string, Template>>) => {
    const name = `flow-${++made}`;
    const flows = place.user.of(Workflow, 'default');
    const { metadata } = await flows.create({
      ...{ apiVersion: 'argoproj.io/v1alpha1', kind: 'Workflow', metadata: { name }, spec: {} },
    } as never);
    const { uid } = metadata;
    const workflow = { name, namespace: 'default', uid };
    await sets().create({
      ...{ apiVersion: 'argoproj.io/v1alpha1', kind: 'WorkflowTaskSet' },
      metadata: { name, ownerReferences: [{ apiVersion: 'argoproj.io/v1alpha1', kind: 'Workflow', name, uid }] },
      spec: { tasks },
    } as never);
    return { workflow, call: (template: object) => aCall({}, template, workflow) };
  };
  const asksNoMore = async (db: string, call: unknown) => {
    for (let i = 0; i < 3; i++) {
      expect((await plugin.execute(call)).body).toMatchObject({ node: {}, requeue: expect.any(String) });
      await new Promise((resolve) => setTimeout(resolve, A_WHILE));
    }
    expect(await claimsOn(db)).toHaveLength(0);
  };

  it('asks nothing for a step that was stopped before, however often the agent calls', async () => {
    const db = await semaphore();
    const { call } = await flow({});
    await asksNoMore(db, call(acquire(db, 'stopped')));
  });

  it('nor for one that it is called for after it has seen others', async () => {
    const [db, other] = [await semaphore(), await semaphore()];
    const open = acquire(other, 'open');
    const { call } = await flow({ open });
    await plugin.finish(call(open));
    await asksNoMore(db, call(acquire(db, 'stopped')));
    expect(await claimsOn(other)).toHaveLength(1);
  });

  it('goes on with the steps that are open, those that come later among them', async () => {
    const db = await semaphore();
    const { call, workflow } = await flow({ 'n-1': acquire(db, 'a') });
    const tasks = { 'n-2': acquire(db, 'b'), 'n-3': acquire(db, 'c') };
    expect(await plugin.finish(call(acquire(db, 'a')))).toMatchObject({ phase: 'Succeeded' });
    await sets().mergePatch(workflow.name, { spec: { tasks } } as never);
    const ended = await Promise.all(['b', 'c'].map((key) => plugin.finish(call(acquire(db, key)))));
    expect(ended).toMatchObject([{ phase: 'Succeeded' }, { phase: 'Succeeded' }]);
    expect(await claimsOn(db)).toHaveLength(3);
  });

  it('knows an unnamed step again, in whichever order its fields are written', async () => {
    const db = await semaphore();
    await makeHeld(db);
    const template = (parameter: object) => ({
      name: 'step',
      inputs: { parameters: [parameter] },
      plugin: { konductor: { semaphore: { name: db } } },
    });
    const { call, workflow } = await flow({ 'n-1': template({ default: '', name: 'n', value: '3' }) });
    await plugin.execute(call(template({ name: 'n', default: '', value: '3' })));
    await until(async () => (await claimsOn(db)).length === 2, { within: 5_000, what: 'it asks' });
    await sets().mergePatch(workflow.name, { spec: { tasks: { 'n-1': null } } } as never);
    await until(async () => (await claimsOn(db)).length === 1, { within: 5_000, what: 'it asks no more' });
  });

  /** All of it, by another workflow. */
  const makeHeld = async (name: string) => {
    const template = { plugin: { konductor: { semaphore: { name, key: 'all', weight: 3 } } } };
    const { call } = await flow({ all: template });
    await plugin.finish(call(template));
  };
});
