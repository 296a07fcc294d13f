import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Operator } from '../operator/operator.ts';
import { Gate } from '../src/api/gate.ts';
import { installForeignKinds } from '../src/dev/foreign-kinds.ts';
import { Workflow } from '../test/argo/workflow.ts';
import { podHands } from '../test/support/gated-pods.ts';
import { aSemaphore, hands, NAMESPACE, type World, world } from '../test/support/operator-world.ts';
import { WorkflowTaskSet } from './argo/kinds.ts';
import { argoTaskSets } from './argo/task-sets.ts';
import { podsDoor } from './pods/controller.ts';
import { tektonDoor } from './tekton/controller.ts';
import { CustomRun, PipelineRun } from './tekton/kinds.ts';

const SECOND = 1_000;

let place: World;
let operator: Operator;

beforeEach(async () => {
  place = world();
  await installForeignKinds(place.user);
  operator = await place.operator({ doors: [tektonDoor, podsDoor, argoTaskSets()] });
  await hands(place).semaphores.create(aSemaphore('db', { permits: 1 }));
});
afterEach(() => place.close());

/** The lines about steps, without the buckets. */
const said = async (of = operator): Promise<string[]> =>
  (await of.registry.metrics())
    .split('\n')
    .filter((line) => /^konductor_steps?_/.test(line) && !line.includes('_bucket{') && !line.endsWith(' 0'))
    .sort();

const customRun = async (name: string, spec: object = {}, kind = 'Semaphore') => {
  const customRef = { apiVersion: 'sync.konductor.io/v1', kind, name: 'db' };
  const run = { apiVersion: 'tekton.dev/v1beta1', kind: 'CustomRun', metadata: { name }, spec: { customRef, ...spec } };
  await place.user.of(CustomRun, NAMESPACE).create(run as never);
  await place.rest();
};
const pipelineRun = async (name: string, annotations: object = {}) => {
  const metadata = { name, annotations: { 'sync.konductor.io/semaphore': 'db', ...annotations } };
  const run = { apiVersion: 'tekton.dev/v1', kind: 'PipelineRun', metadata, spec: { status: 'PipelineRunPending' } };
  await place.user.of(PipelineRun, NAMESPACE).create(run as never);
  await place.rest();
};
const taskSet = async (name: string, konductor: object) => {
  const apiVersion = 'argoproj.io/v1alpha1';
  const flow = { apiVersion, kind: 'Workflow', metadata: { name }, spec: {} };
  const { uid } = (await place.user.of(Workflow, NAMESPACE).create(flow as never)).metadata;
  const ownerReferences = [{ apiVersion, kind: 'Workflow', name, uid }];
  const spec = { tasks: { [`${name}-1`]: { name: 'hold', plugin: { konductor } } } };
  const set = { apiVersion, kind: 'WorkflowTaskSet', metadata: { name, ownerReferences }, spec };
  await place.user.of(WorkflowTaskSet, NAMESPACE).create(set as never);
  await place.rest();
};
const pod = async (name: string, annotations: Readonly<Record<string, string>>) => {
  await podHands(place).make(name, annotations);
  await place.rest();
};

/** Who has the permit lets go of it. */
const letGo = async () => {
  for (const { metadata, status } of (await hands(place).permits.listAll()).items) {
    if (status?.phase === 'Granted') await hands(place).permits.delete(metadata.name);
  }
  await place.rest();
};

const DOORS: Readonly<Record<string, (name: string) => Promise<void>>> = {
  tekton: (name) => customRun(name),
  'tekton-pipelineruns': (name) => pipelineRun(name),
  'argo-tasksets': (name) => taskSet(name, { semaphore: { name: 'db' } }),
  pods: (name) => pod(name, { semaphore: 'db' }),
};

describe.each(Object.entries(DOORS))('the metrics of %s', (door, ask) => {
  const what = `door="${door}",kind="Semaphore",action="acquire"`;

  it('say how long a step waited, once it has what it asked for', async () => {
    await ask('first');
    await ask('second');
    await place.pass(90 * SECOND);
    expect(await said()).toEqual([
      `konductor_step_wait_seconds_count{${what}} 1`,
      `konductor_steps_total{${what},outcome="Succeeded"} 1`,
      `konductor_steps_waiting{door="${door}",kind="Semaphore"} 1`,
    ]);
    await letGo();
    const [count, sum, ...rest] = await said();
    expect([count, ...rest]).toEqual([
      `konductor_step_wait_seconds_count{${what}} 2`,
      `konductor_steps_total{${what},outcome="Succeeded"} 2`,
    ]);
    expect(Number(sum?.split(' ').at(-1))).toBeGreaterThanOrEqual(90);
    expect(Number(sum?.split(' ').at(-1))).toBeLessThan(93);
  });

  it('go on when another life leads, and count nothing again', async () => {
    await ask('first');
    await ask('second');
    await operator.stop();
    expect((await said()).filter((line) => line.includes('waiting'))).toEqual([]);
    const next = await place.operator({ doors: [tektonDoor, podsDoor, argoTaskSets()] });
    await place.pass(10 * SECOND);
    expect(await said(next)).toEqual([`konductor_steps_waiting{door="${door}",kind="Semaphore"} 1`]);
  });

  it('name nobody: as many lines for a thousand as for one', async () => {
    const lines = async () =>
      (await operator.registry.metrics()).split('\n').filter((line) => /^konductor_steps?_/.test(line));
    for (const name of ['nightly-1', 'nightly-2']) await ask(name);
    const before = (await lines()).length;
    for (const name of ['nightly-3', 'nightly-4']) await ask(name);
    await letGo();
    expect(await lines()).toHaveLength(before);
    expect((await lines()).filter((line) => /nightly|"db"|"default"/.test(line))).toEqual([]);
  });
});

describe('a step that comes to nothing', () => {
  const ended = async () => (await said()).filter((line) => line.startsWith('konductor_steps_total'));
  const line = (door: string, outcome: string, count = 1) =>
    `konductor_steps_total{door="${door}",kind="Semaphore",action="acquire",outcome="${outcome}"} ${count}`;

  beforeEach(async () => {
    await pipelineRun('holds');
  });

  it.each<[promise: string, ask: () => Promise<unknown>, then: string]>([
    ['a run past its time', () => customRun('late', { timeout: '10s' }), line('tekton', 'TimedOut')],
    ['each attempt counts', () => customRun('late', { timeout: '10s', retries: 2 }), line('tekton', 'TimedOut', 3)],
    [
      'a run that is cancelled',
      async () => {
        await customRun('late');
        await place.user.of(CustomRun, NAMESPACE).mergePatch('late', { spec: { status: 'RunCancelled' } } as never);
      },
      line('tekton', 'Cancelled'),
    ],
    [
      'a pipeline past its time',
      () => pipelineRun('late', { 'sync.konductor.io/timeout': '10s' }),
      line('tekton-pipelineruns', 'TimedOut'),
    ],
    [
      'an Argo step past its time',
      () => taskSet('late', { semaphore: { name: 'db', timeout: '10s' } }),
      line('argo-tasksets', 'TimedOut'),
    ],
    [
      'an Argo step that was not to wait',
      () => taskSet('late', { semaphore: { name: 'db', whenUnavailable: 'fail' } }),
      line('argo-tasksets', 'Unavailable'),
    ],
    [
      'an Argo workflow that is stopped',
      async () => {
        await taskSet('late', { semaphore: { name: 'db' } });
        await place.user.of(WorkflowTaskSet, NAMESPACE).mergePatch('late', { spec: { tasks: null } } as never);
      },
      line('argo-tasksets', 'Cancelled'),
    ],
    [
      'a Pod past its time',
      () => pod('late', { semaphore: 'db', timeout: '10s', 'on-timeout': 'delete' }),
      line('pods', 'TimedOut'),
    ],
    [
      'a Pod that asks for too much',
      () => pod('late', { semaphore: 'db', weight: '9', 'on-timeout': 'delete' }),
      line('pods', 'Denied'),
    ],
  ])('%s', async (_, ask, then) => {
    await ask();
    await place.pass(60 * SECOND);
    expect(await ended()).toEqual([line('tekton-pipelineruns', 'Succeeded'), then].sort());
    expect((await said()).filter((text) => text.includes('steps_waiting'))).toEqual([]);
  });
});

it('a Pod waits for one thing at a time, and gets all at once', async () => {
  const gate = { apiVersion: 'sync.konductor.io/v1', kind: 'Gate', metadata: { name: 'go' } };
  await place.user.of(Gate, NAMESPACE).create({ ...gate, spec: { conditions: [{ gate: 'never' }] } } as never);
  await pod('both', { gate: 'go', semaphore: 'db' });
  expect(await said()).toEqual(['konductor_steps_waiting{door="pods",kind="Gate"} 1']);
  await place.user.of(Gate, NAMESPACE).patchStatus('go', { phase: 'Open', openedAt: '2026-01-01T00:00:00.000000Z' });
  await place.rest();
  expect((await said()).filter((line) => line.startsWith('konductor_steps_'))).toEqual([
    'konductor_steps_total{door="pods",kind="Gate",action="wait",outcome="Succeeded"} 1',
    'konductor_steps_total{door="pods",kind="Semaphore",action="acquire",outcome="Succeeded"} 1',
  ]);
});
