import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Permit } from '../../src/api/permit.ts';
import { Semaphore } from '../../src/api/semaphore.ts';
import { installForeignKinds } from '../../src/dev/foreign-kinds.ts';
import { kubeClient } from '../../src/kube/client.ts';
import type { Log } from '../../src/kube/log.ts';
import { SILENT } from '../../test/argo/ground.ts';
import { Workflow } from '../../test/argo/workflow.ts';
import { type OpenDoor, openDoor } from '../../test/support/open-door.ts';
import { aSemaphore, NAMESPACE, type World, world } from '../../test/support/operator-world.ts';
import { type NodeResult, type Template, WorkflowTaskSet } from './kinds.ts';
import { argoTaskSets, type TaskSetOptions } from './task-sets.ts';

let place: World;
let running: OpenDoor[];
let warned: string[];

const log: Log = { ...SILENT, warn: (_, message) => void warned.push(message) };

async function begin(options: TaskSetOptions = {}): Promise<void> {
  const { clock, transport } = place;
  const random = () => 0.5;
  const client = kubeClient(transport, { clock, random });
  running.push(openDoor(argoTaskSets(options), { client, log, clock, random }));
  await place.rest();
}

const close = () => Promise.all(running.splice(0).map((door) => door.stop()));

const sets = () => place.user.of(WorkflowTaskSet, NAMESPACE);
const flows = () => place.user.of(Workflow, NAMESPACE);
const claims = async () => (await place.user.of(Permit, NAMESPACE).listAll()).items;
const nodes = async (name: string): Promise<Readonly<Record<string, NodeResult>>> =>
  (await sets().get(name)).status?.nodes ?? {};
const acquire = (name = 'db', more: object = {}): Template => ({
  name: 'hold',
  plugin: { konductor: { semaphore: { name, ...more } } },
});
const release = (): Template => ({
  name: 'let',
  plugin: { konductor: { semaphore: { action: 'release', name: 'db' } } },
});

/** A workflow with open tasks, as Argo's controller makes them. */
async function flow(name: string, tasks: Readonly<Record<string, Template>>): Promise<void> {
  const { metadata } = await flows().create({
    ...{ apiVersion: 'argoproj.io/v1alpha1', kind: 'Workflow', metadata: { name }, spec: {} },
  } as never);
  const ownerReferences = [{ apiVersion: 'argoproj.io/v1alpha1', kind: 'Workflow', name, uid: metadata.uid }];
  await sets().create({
    ...{ apiVersion: 'argoproj.io/v1alpha1', kind: 'WorkflowTaskSet', metadata: { name, ownerReferences } },
    spec: { tasks },
  } as never);
  await place.rest();
}

/** What Argo's controller does once it has copied a result: the task and its result go. */
async function fetched(name: string, ...ids: string[]): Promise<void> {
  const none = Object.fromEntries(ids.map((id) => [id, null]));
  await sets().patchStatus(name, { nodes: none } as never);
  await sets().mergePatch(name, { spec: { tasks: none } } as never);
  await place.rest();
}

beforeEach(async () => {
  place = world();
  [running, warned] = [[], []];
  await installForeignKinds(place.user);
  await place.operator();
  await place.user.of(Semaphore, NAMESPACE).create(aSemaphore('db'));
});
afterEach(async () => {
  await close();
  await place.close();
});

describe('a task that asks for a permit', () => {
  it('succeeds the moment it is granted, without any time passing', async () => {
    await begin();
    await flow('a', { 'a-1': acquire() });
    expect(await nodes('a')).toMatchObject({ 'a-1': { phase: 'Succeeded', outputs: { result: expect.any(String) } } });
  });

  it('gets its turn at once when another lets go', async () => {
    await begin();
    await flow('a', { 'a-1': acquire() });
    await flow('b', { 'b-1': acquire() });
    expect(await nodes('b')).toEqual({});
    await sets().mergePatch('a', { spec: { tasks: { 'a-2': release() } } } as never);
    await place.rest();
    expect(await nodes('a')).toMatchObject({ 'a-2': { phase: 'Succeeded' } });
    expect(await nodes('b')).toMatchObject({ 'b-1': { phase: 'Succeeded' } });
  });

  it('is known by its node: two that ask for the same hold two', async () => {
    await place.user.of(Semaphore, NAMESPACE).mergePatch('db', { spec: { permits: 2 } });
    await begin();
    await flow('a', { 'a-1': acquire(), 'a-2': acquire() });
    expect(await claims()).toHaveLength(2);
  });

  it('is not answered twice, whoever starts anew', async () => {
    await begin();
    await flow('a', { 'a-1': acquire() });
    const { metadata } = await sets().get('a');
    await begin();
    await place.pass(60_000);
    expect((await sets().get('a')).metadata.resourceVersion).toBe(metadata.resourceVersion);
    expect(await claims()).toHaveLength(1);
  });

  it('of two controllers at once holds once', async () => {
    await begin();
    await begin();
    await flow('a', { 'a-1': acquire() });
    expect(await nodes('a')).toMatchObject({ 'a-1': { phase: 'Succeeded' } });
    expect(await claims()).toHaveLength(1);
  });

  it('succeeds though the grant was heard of before the answer to the claim', async () => {
    await begin();
    place.server.faults.add(({ method }) => (method === 'POST' ? { delayAnswer: 500 } : undefined));
    const flowing = flow('a', { 'a-1': acquire() });
    await place.pass(5_000);
    await flowing;
    await place.pass(1_000);
    expect(await nodes('a')).toMatchObject({ 'a-1': { phase: 'Succeeded' } });
  });

  it('is not written about again, and goes on holding, when only the answer to the first time was lost', async () => {
    await begin();
    const heal = place.server.faults.add(({ method, path }) =>
      method === 'PATCH' && path.includes('/workflowtasksets/') ? { fail: 'connection', applied: true } : undefined,
    );
    await flow('a', { 'a-1': acquire() });
    await place.pass(120_000);
    heal();
    await place.pass(60_000);
    await sets().patchStatus('a', { nodes: { 'a-1': null } } as never);
    await place.rest();
    expect(await nodes('a')).toEqual({});
    await sets().mergePatch('a', { spec: { tasks: { 'a-1': null } } } as never);
    await place.pass(60_000);
    expect(await claims()).toMatchObject([{ status: { phase: 'Granted' } }]);
  });

  it('is told by the next life of a controller that died between the grant and its word', async () => {
    await begin();
    const dying = place.server.faults.add(({ method, path }) =>
      method === 'PATCH' && path.includes('/workflowtasksets/') ? { fail: 'connection' } : undefined,
    );
    await flow('a', { 'a-1': acquire() });
    const [held] = await claims();
    expect(held).toMatchObject({ status: { phase: 'Granted' } });
    await close();
    dying();
    await begin();
    expect(await nodes('a')).toMatchObject({
      'a-1': { phase: 'Succeeded', outputs: { result: String(held?.status?.token) } },
    });
    expect(await claims()).toMatchObject([{ metadata: { uid: held?.metadata.uid } }]);
  });

  it('fails with a sentence when it is written wrongly', async () => {
    await begin();
    await flow('a', { 'a-1': acquire('db', { weight: 'two' }) });
    expect(await nodes('a')).toMatchObject({ 'a-1': { phase: 'Failed', message: expect.stringContaining('weight') } });
  });

  it('gives up after the longest wait', async () => {
    await begin({ longestWait: '5m' });
    await flow('a', { 'a-1': acquire() });
    await flow('b', { 'b-1': acquire() });
    await place.pass(300_000);
    expect(await nodes('b')).toMatchObject({
      'b-1': { phase: 'Failed', message: expect.stringContaining('waited 5m') },
    });
    await place.rest();
    expect(await claims()).toHaveLength(1);
  });
});

describe('a task that is taken out of its set', () => {
  it('asks no more: a stop, a terminate and a time-out are seen', async () => {
    await begin();
    await flow('a', { 'a-1': acquire() });
    await flow('b', { 'b-1': acquire() });
    expect(await claims()).toHaveLength(2);
    await fetched('b', 'b-1');
    expect(await claims()).toHaveLength(1);
  });

  it('asks no more when the whole set is deleted', async () => {
    await begin();
    await flow('a', { 'a-1': acquire() });
    await flow('b', { 'b-1': acquire() });
    await sets().delete('b');
    await place.rest();
    expect(await claims()).toHaveLength(1);
  });

  it('goes on holding when its grant was told', async () => {
    await begin();
    await flow('a', { 'a-1': acquire() });
    await fetched('a', 'a-1');
    expect(await claims()).toMatchObject([{ status: { phase: 'Granted' } }]);
  });

  it('is never written about: the workflow would hang', async () => {
    await begin();
    await flow('a', { 'a-1': acquire() });
    await flow('b', { 'b-1': acquire(), 'b-2': acquire() });
    await fetched('b', 'b-1');
    await sets().mergePatch('a', { spec: { tasks: { 'a-2': release() } } } as never);
    await place.rest();
    expect(Object.keys(await nodes('b'))).toEqual(['b-2']);
  });

  it('asks anew under the same node, as after argo retry', async () => {
    await begin();
    await flow('a', { 'a-1': acquire() });
    await flow('b', { 'b-1': acquire('db', { timeout: '1m' }) });
    await place.pass(60_000);
    expect(await nodes('b')).toMatchObject({ 'b-1': { phase: 'Failed' } });
    await fetched('b', 'b-1');
    await sets().mergePatch('a', { spec: { tasks: { 'a-2': release() } } } as never);
    await sets().mergePatch('b', { spec: { tasks: { 'b-1': acquire('db', { timeout: '1m' }) } } } as never);
    await place.rest();
    expect(await nodes('b')).toMatchObject({ 'b-1': { phase: 'Succeeded' } });
  });
});

describe('tasks of others', () => {
  it('are left alone, and it is said once a workflow', async () => {
    await begin();
    await flow('a', {
      'a-1': { name: 'get', http: {} } as Template,
      'a-2': { plugin: { probe: {} } },
      'a-3': acquire(),
    });
    await fetched('a', 'a-3');
    expect(Object.keys(await nodes('a'))).toEqual([]);
    expect(warned).toHaveLength(1);
  });
});

describe('why a task waits', () => {
  const show = (name: string, node: string, message: string) =>
    flows().mergePatch(name, { status: { nodes: { [node]: { phase: 'Pending', message } } } } as never);

  beforeEach(async () => {
    await begin();
    await flow('a', { 'a-1': acquire() });
    await flow('b', { 'b-1': acquire() });
  });

  it('is written after a while, and taken out as soon as the Workflow shows it', async () => {
    expect(await nodes('b')).toEqual({});
    await place.pass(2_000);
    const message = expect.stringContaining('waiting for a permit of semaphore "db"');
    expect(await nodes('b')).toEqual({ 'b-1': { phase: 'Pending', message } });
    await place.pass(9_000);
    expect(await nodes('b')).toEqual({ 'b-1': { phase: 'Pending', message } });
    await show('b', 'b-1', (await nodes('b'))['b-1']?.message ?? '');
    await place.rest();
    expect(await nodes('b')).toEqual({});
  });

  it('is taken out after half a minute even if the Workflow never shows it', async () => {
    await place.pass(2_000);
    await place.pass(30_000);
    expect(await nodes('b')).toEqual({});
  });

  it('costs nothing more while nothing changes', async () => {
    await place.pass(40_000);
    const { metadata } = await sets().get('b');
    await place.pass(3_600_000);
    expect((await sets().get('b')).metadata.resourceVersion).toBe(metadata.resourceVersion);
  });

  it('gives way to the grant', async () => {
    await place.pass(2_000);
    await sets().mergePatch('a', { spec: { tasks: { 'a-2': release() } } } as never);
    await place.rest();
    expect(await nodes('b')).toMatchObject({
      'b-1': { phase: 'Succeeded', message: expect.stringContaining('holds') },
    });
  });

  it('of an earlier life is taken out by the next', async () => {
    await place.pass(2_000);
    await close();
    await begin();
    await place.pass(30_000);
    expect(await nodes('b')).toEqual({});
  });
});
