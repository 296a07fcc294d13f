import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  ARGO_WORKLOAD_RIGHTS,
  ELECTION_RIGHTS,
  OPERATOR_RIGHTS,
  TEKTON_WORKLOAD_RIGHTS,
} from '../../operator/rights.ts';
import { TASK_SET_RIGHTS } from '../../plugins/argo/rights.ts';
import { PODS_RIGHTS } from '../../plugins/pods/rights.ts';
import { TEKTON_RIGHTS } from '../../plugins/tekton/rights.ts';
import type { KubeObject } from '../../src/api/metadata.ts';
import type { Right } from '../../src/api/right.ts';
import { installForeignKinds } from '../../src/dev/foreign-kinds.ts';
import { kubeClient } from '../../src/kube/client.ts';
import { connect } from '../../src/kube/connection.ts';
import { httpTransport } from '../../src/kube/http-transport.ts';
import { type Cluster, startCluster } from '../cluster/cluster.ts';
import { established } from '../cluster/established.ts';
import { until } from '../cluster/until.ts';
import { customRun } from '../tekton/objects.ts';
import { askedSince, auditFlags, wordsOf } from './audit.ts';
import { rendered, SYSTEM } from './chart.ts';
import { runDeployed } from './deployed.ts';

let folder: string;
let cluster: Cluster;
let namespace: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'konductor-audit-'));
  const flags = await auditFlags(folder, `system:serviceaccount:${SYSTEM}:konductor-controller-manager`);
  cluster = await startCluster({ flags: { 'kube-apiserver': flags } });
  const transport = httpTransport(await connect({ kubeconfig: await cluster.kubeconfig() }));
  // without their schemas: rights know no schemas
  await installForeignKinds(kubeClient(transport, { userAgent: 'user' }));
  await transport.close();
  await established(cluster);
});
afterAll(async () => {
  await cluster?.stop();
  await rm(folder, { recursive: true, force: true });
});

async function create(path: string, object: object): Promise<KubeObject> {
  const { status, body } = await cluster.request<KubeObject>('POST', path, object);
  expect(status, JSON.stringify(body)).toBe(201);
  return body;
}

async function kubectl(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await cluster.kubectl(args);
  expect(code, `kubectl ${args.join(' ')}: ${stderr}`).toBe(0);
  return stdout;
}

const pathIn = (apiVersion: string, plural: string, name = '') =>
  `${apiVersion.includes('/') ? '/apis' : '/api'}/${apiVersion}/namespaces/${namespace}/${plural}${name && `/${name}`}`;
const OURS = 'sync.konductor.io/v1';
const make = (apiVersion: string, kind: string, plural: string, name: string, spec: object, metadata: object = {}) =>
  create(pathIn(apiVersion, plural), { apiVersion, kind, metadata: { name, ...metadata }, spec });
const ours = (kind: string, plural: string, name: string, spec: object, metadata: object = {}) =>
  make(OURS, kind, plural, name, spec, metadata);
const is = (object: string, path: string, value: string) =>
  kubectl('wait', '-n', namespace, `--for=jsonpath={${path}}=${value}`, object, '--timeout=20s');
const POD_SPEC = { restartPolicy: 'Never', containers: [{ name: 'work', image: 'busybox' }] };
const asOwner = ({ apiVersion, kind, metadata: { name, uid } }: KubeObject) => ({
  ownerReferences: [{ apiVersion, kind, name, uid }],
});

/** Each kind from its making to its end, with every owner and every subject there is. */
async function useKinds(): Promise<void> {
  const pod = await make('v1', 'Pod', 'pods', 'worker', POD_SPEC);
  const job = await make('batch/v1', 'Job', 'jobs', 'etl', { suspend: true, template: { spec: POD_SPEC } });
  const workflow = await make('argoproj.io/v1alpha1', 'Workflow', 'workflows', 'flow', {});
  const pipelineRun = await make('tekton.dev/v1', 'PipelineRun', 'pipelineruns', 'run', {});
  const run = await make('tekton.dev/v1beta1', 'CustomRun', 'customruns', 'step', {});
  await ours('Semaphore', 'semaphores', 'db', { permits: 9 });
  await ours('Lease', 'leases', 'leader', {});
  await ours('Barrier', 'barriers', 'start', { expected: 2 });
  for (const owner of [pod, job, workflow, pipelineRun, run]) {
    const { name } = owner.metadata;
    await ours('Permit', 'permits', name, { semaphore: 'db', holder: name, renewal: 'Owner' }, asOwner(owner));
    await is(`kpermit/${name}`, '.status.phase', 'Granted');
  }
  await ours('LeaseRequest', 'leaserequests', 'first', { lease: 'leader', holder: 'first' });
  await is('kreq/first', '.status.phase', 'Granted');
  const says = '.status.conditions[?(@.type=="Granted")].reason';
  await ours('Permit', 'permits', 'early', { semaphore: 'not-yet', holder: 'early' });
  await is('kpermit/early', says, 'NoSuchResource');
  await ours('LeaseRequest', 'leaserequests', 'early', { lease: 'not-yet', holder: 'early' });
  await is('kreq/early', says, 'NoSuchResource');
  await ours('Arrival', 'arrivals', 'first', { barrier: 'start', holder: 'first' });
  await is('karr/first', '.status.phase', 'Recorded');
  await ours('Gate', 'gates', 'all', {
    conditions: [
      { job: 'etl' },
      { pod: 'worker' },
      { barrier: 'start' },
      { workflow: 'flow' },
      { pipelineRun: 'run' },
      { resource: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' }, when: 'object.spec.replicas > 0' },
    ],
  });
  await is('kgate/all', '.status.phase', 'Waiting');
  // an owner is looked at when its claim has stood for a second
  const looks = [...wordsOf([...ARGO_WORKLOAD_RIGHTS, ...TEKTON_WORKLOAD_RIGHTS]), 'get pods', 'list jobs.batch'];
  const looked = async () => {
    const used = new Set((await askedSince(folder, 0)).asked.map(({ what }) => what));
    return looks.every((word) => used.has(word));
  };
  await until(looked, { within: 20_000, what: `somebody asked to ${looks.join(', ')}` });
  // a resource in use has a finalizer, which somebody must take away again
  await kubectl('delete', '-n', namespace, 'ksem/db', 'klease/leader', 'kbar/start', 'kgate/all', '--wait=false');
  await kubectl('delete', '-n', namespace, 'kpermit,kreq,karr', '--all', '--timeout=20s');
  const left = async () => kubectl('get', '-n', namespace, 'ksem,klease,kbar,kgate', '-o', 'name');
  await until(async () => (await left()) === '', { within: 20_000, what: 'what was in use is gone' });
}

async function useTekton(): Promise<void> {
  const flow = await make('tekton.dev/v1', 'PipelineRun', 'pipelineruns', 'run', {});
  const ownerReferences = [{ ...asOwner(flow).ownerReferences[0], controller: true }];
  const path = pathIn('tekton.dev/v1beta1', 'customruns');
  const runs = async (name: string, reason: string, kind: string, resource: string, params: Record<string, string>) => {
    const run = customRun(name, kind, resource, params);
    await create(path, { ...run, metadata: { ...run.metadata, ownerReferences } });
    await is(`customrun/${name}`, '.status.conditions[0].reason', reason);
  };
  await ours('Lease', 'leases', 'leader', {});
  await ours('Barrier', 'barriers', 'start', { expected: 2 });
  await ours('Gate', 'gates', 'go', {});
  for (const [kind, resource, params] of [
    ['Semaphore', 'brought', { permits: '1' }],
    ['Lease', 'leader', {}],
  ] as const) {
    const name = kind.toLowerCase();
    await runs(`${name}-hold`, 'Granted', kind, resource, params);
    await runs(`${name}-renew`, 'Renewed', kind, resource, { action: 'renew' });
    await runs(`${name}-release`, 'Released', kind, resource, { action: 'release' });
  }
  await runs('arrive', 'Arrived', 'Barrier', 'start', { action: 'arrive' });
  await make(
    'tekton.dev/v1',
    'PipelineRun',
    'pipelineruns',
    'queued',
    { status: 'PipelineRunPending' },
    { annotations: { 'sync.konductor.io/lease': 'leader' } },
  );
  const started = async () =>
    !(await kubectl('get', '-n', namespace, 'pipelinerun/queued', '-o', 'jsonpath={.spec}')).includes('Pending');
  await until(started, { within: 20_000, what: 'the run that waited is started' });
}

async function useArgo(): Promise<void> {
  const workflow = await make('argoproj.io/v1alpha1', 'Workflow', 'workflows', 'flow', {});
  const task = (name: string, more: object = {}) => ({
    [name]: { name, plugin: { konductor: { semaphore: { name: 'brought', ...more } } } },
  });
  const spec = { tasks: task('hold', { permits: 1 }) };
  await make('argoproj.io/v1alpha1', 'WorkflowTaskSet', 'workflowtasksets', 'flow', spec, asOwner(workflow));
  await is('workflowtaskset/flow', '.status.nodes.hold.phase', 'Succeeded');
  const second = JSON.stringify({ spec: { tasks: task('second') } });
  await kubectl('patch', '-n', namespace, 'workflowtaskset/flow', '--type=merge', '-p', second);
  // told after two seconds, and then whether the Workflow shows it
  await is('workflowtaskset/flow', '.status.nodes.second.phase', 'Pending');
}

async function usePods(): Promise<void> {
  await ours('Semaphore', 'semaphores', 'db', { permits: 1 });
  await ours('Lease', 'leases', 'leader', {});
  await ours('Barrier', 'barriers', 'start', { expected: 9 });
  const gated = (name: string, annotations: object) =>
    make(
      'v1',
      'Pod',
      'pods',
      name,
      { ...POD_SPEC, schedulingGates: [{ name: 'sync.konductor.io/wait' }] },
      { labels: { 'sync.konductor.io/gated': 'true' }, annotations },
    );
  const waits = (name: string) =>
    is(`pod/${name}`, '.status.conditions[?(@.type=="sync.konductor.io/Admitted")].status', 'False');
  const gatesOf = (name: string) =>
    kubectl('get', '-n', namespace, `pod/${name}`, '-o', 'jsonpath={.spec.schedulingGates}');
  const admitted = (name: string) =>
    until(async () => ['', '[]'].includes(await gatesOf(name)), { within: 20_000, what: `${name} may be scheduled` });
  await gated('first', { 'sync.konductor.io/semaphore': 'db', 'sync.konductor.io/lease': 'leader' });
  await admitted('first');
  await gated('second', { 'sync.konductor.io/semaphore': 'db' });
  await gated('third', { 'sync.konductor.io/barrier': 'start' });
  await gated('typo', { 'sync.konductor.io/semaphore': 'db', 'sync.konductor.io/weight': 'many' });
  await waits('second');
  await waits('third');
  await gated('impatient', {
    'sync.konductor.io/semaphore': 'db',
    'sync.konductor.io/timeout': '1s',
    'sync.konductor.io/on-timeout': 'delete',
  });
  await kubectl('wait', '-n', namespace, '--for=delete', 'pod/impatient', '--timeout=20s');
  await kubectl('delete', '-n', namespace, 'pod/first', '--grace-period=0', '--force');
  await admitted('second');
}

const CORE = [...OPERATOR_RIGHTS, ...ELECTION_RIGHTS, ...ARGO_WORKLOAD_RIGHTS, ...TEKTON_WORKLOAD_RIGHTS];
const GATES = 'gates.resources=[{"apiGroups":["apps"],"resources":["deployments"]}]';
const GATE_RIGHTS: readonly Right[] = [{ apiGroups: ['apps'], resources: ['deployments'], verbs: ['list', 'watch'] }];

interface Part {
  readonly values: readonly string[];
  readonly declared: readonly Right[];
  readonly use: () => Promise<void>;
  /** What is used so rarely that no test of a minute sees it. */
  readonly rarely: readonly RegExp[];
}

/** A step that a refusal or a cancellation has made look for itself asks by name. */
const LOOKS = /^get \w+\.sync/;

const PARTS: Readonly<Record<string, Part>> = {
  'the operator alone': {
    values: [GATES],
    declared: [...CORE, ...GATE_RIGHTS],
    use: useKinds,
    rarely: [
      /^delete \w+\.sync/, // claims that have been over for ten minutes
      /^represent /, // the policy asks, and the operator never does
      /^get (barriers|gates|permits|leaserequests|arrivals)\.sync/, // what a refused write has met, when the watch is slow
    ],
  },
  'the door for Tekton': {
    values: ['doors.tekton=true'],
    declared: TEKTON_RIGHTS,
    use: useTekton,
    rarely: [
      LOOKS,
      /^delete arrivals/, // of a step that is cancelled
      /^patch (permits|leaserequests)/, // a renewal is written only to a claim that its client keeps alive
    ],
  },
  'the door for Argo’s task sets': {
    values: ['doors.argo=true'],
    declared: TASK_SET_RIGHTS,
    use: useArgo,
    rarely: [
      LOOKS,
      /^(create|patch|delete) (leaserequests|arrivals)/, // the same code as for permits
      /^(patch|delete) permits/, // steps that renew, release or are cancelled
    ],
  },
  'the door for Pods': {
    values: ['doors.pods=true'],
    declared: PODS_RIGHTS,
    use: usePods,
    rarely: [LOOKS, /^(create|delete) arrivals/],
  },
};

describe('what the API server says was asked for is what the code declares', () => {
  it.each(Object.entries(PARTS))(
    '%s',
    async (_, { values, declared, use, rarely }) => {
      const manifests = await rendered(['createNamespace=true', ...values]);
      const { code, stderr } = await cluster.kubectl(['apply', '--server-side', '-f-'], { stdin: manifests });
      expect(code, stderr).toBe(0);
      namespace = await cluster.namespace('rights', { awaits: 'service-account' });
      const { lines } = await askedSince(folder, 0);
      {
        await using operator = await runDeployed(cluster);
        await operator.acting;
        await use().catch((error: unknown) => {
          throw new Error(`${error}\n${operator.complaints.join('\n')}`);
        });
      }
      const { asked } = await askedSince(folder, lines);
      expect(new Set(asked.filter(({ isRefused }) => isRefused).map(({ what }) => what))).toEqual(new Set());

      const used = new Set(asked.map(({ what }) => what));
      const may = wordsOf([...CORE, ...declared]);
      expect([...used].filter((word) => !may.has(word)).toSorted(), 'missing').toEqual([]);
      const idle = [...wordsOf(declared)].filter((word) => !used.has(word) && !rarely.some((rare) => rare.test(word)));
      expect(idle.toSorted(), 'superfluous').toEqual([]);
    },
    150_000,
  );
});
