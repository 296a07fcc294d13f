import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Client } from '../../src/sdk/index.ts';
import { type Cluster, startCluster } from '../cluster/cluster.ts';
import { canRunContainers } from '../cluster/container.ts';
import { established } from '../cluster/established.ts';
import { playKubelet } from '../cluster/kubelet.ts';
import { until } from '../cluster/until.ts';
import { koncliFolder } from '../support/koncli.ts';
import { rendered } from './chart.ts';
import { type Deployed, runDeployed } from './deployed.ts';
import { accountTenant, podTenant, type Tenant } from './tenants.ts';

if (!canRunContainers) console.warn('SKIPPED: no containers without the right to mount (run as root, on Linux)');

const EXAMPLES = join(import.meta.dirname, '../../examples/jobs');

/** Two tenants in one namespace, and a third next door: each with the role that workloads get, and no more. */
let cluster: Cluster;
let operator: Deployed;
let here: string;
let there: string;
let alice: Tenant;
let bob: Tenant;
let carol: Tenant;
/** Comes with the same account as bob, and from no Pod. */
let script: Tenant;

const CLAIMS = (namespace: string, plural = 'permits', name = '') =>
  `/apis/sync.konductor.io/v1/namespaces/${namespace}/${plural}${name && `/${name}`}`;

const KINDS = { permits: 'Permit', leaserequests: 'LeaseRequest', arrivals: 'Arrival' } as const;
const ON = {
  permits: { semaphore: 'db' },
  leaserequests: { lease: 'leader' },
  arrivals: { barrier: 'start' },
} as const;
type Plural = keyof typeof KINDS;

const claim = (name: string, holder: string, metadata: object = {}, spec: object = {}, plural: Plural = 'permits') => ({
  apiVersion: 'sync.konductor.io/v1',
  kind: KINDS[plural],
  metadata: { name, ...metadata },
  spec: { ...ON[plural], holder, ...spec },
});

const owned = (tenant: Tenant) => ({ ownerReferences: [tenant.owner] });

beforeAll(async () => {
  cluster = await startCluster();
  const { code, stderr } = await cluster.kubectl(['apply', '--server-side', '-f-'], {
    stdin: await rendered(['createNamespace=true']),
  });
  expect(code, stderr).toBe(0);
  await established(cluster);
  operator = await runDeployed(cluster);
  await operator.acting;
  here = await cluster.namespace('here', { awaits: 'service-account' });
  there = await cluster.namespace('there', { awaits: 'service-account' });
  [alice, bob, carol] = await Promise.all([
    podTenant(cluster, here, 'alice'),
    podTenant(cluster, here, 'bob'),
    podTenant(cluster, there, 'carol'),
  ]);
  script = await accountTenant(cluster, here, 'bob');
  const make = async (plural: string, object: object) => {
    const { status, body } = await cluster.request('POST', CLAIMS(here, plural), object);
    expect(status, JSON.stringify(body)).toBe(201);
  };
  const resource = (kind: string, name: string, spec: object) => ({
    apiVersion: 'sync.konductor.io/v1',
    kind,
    metadata: { name },
    spec,
  });
  await make('semaphores', resource('Semaphore', 'db', { permits: 50, allowedNamespaces: [there] }));
  await make('leases', resource('Lease', 'leader', {}));
  await make('barriers', resource('Barrier', 'start', { expected: 3 }));
  await make('semaphores', resource('Semaphore', 'private', { permits: 5 }));
  await policyIsInForce();
  for (const [plural] of Object.entries(KINDS) as [Plural, string][]) {
    const path = CLAIMS(here, plural);
    expect(await alice.call('POST', path, claim('of-alice', 'alice', owned(alice), {}, plural))).toEqual([201, '']);
  }
  expect(await alice.call('POST', CLAIMS(here), claim('unowned', 'alice/2'))).toEqual([201, '']);
});
afterAll(async () => {
  await operator?.stop();
  await cluster?.stop();
});

/** The API server reads a new policy within a second or so. */
const policyIsInForce = () =>
  until(async () => (await bob.call('POST', `${CLAIMS(here)}?dryRun=All`, claim('probe', 'nobody')))[0] === 403, {
    within: 30_000,
    what: 'the policy is in force',
  });

interface Cheat {
  readonly by: () => Tenant;
  readonly does: readonly [method: string, path: () => string, body?: () => object];
  readonly told: RegExp;
}

const renewal = { spec: { renewTime: '2100-01-01T00:00:00.000000Z' } };
const aJob = { apiVersion: 'batch/v1', kind: 'Job', name: 'nightly', uid: '0e2cbd7c-0000-0000-0000-000000000000' };
const granted = { status: { phase: 'Granted', token: 99 } };

const OWN_NAME = /spec\.holder must be "bob"/;
const NOT_YOURS = /only who made a claim may change or delete it/;
const NO_OTHER_POD = /may name no Pod but "bob"/;
const BY_RBAC = /is forbidden: User "system:serviceaccount:/;

const CHEATS: Readonly<Record<string, Cheat>> = {
  'claims in the name of another': {
    by: () => bob,
    does: ['POST', () => CLAIMS(here), () => claim('x', 'alice')],
    told: OWN_NAME,
  },
  'claims in a name that only begins like its own': {
    by: () => bob,
    does: ['POST', () => CLAIMS(here), () => claim('x', 'bob-2')],
    told: OWN_NAME,
  },
  'claims in a name that differs by case': {
    by: () => bob,
    does: ['POST', () => CLAIMS(here), () => claim('x', 'Bob')],
    told: OWN_NAME,
  },
  'asks for a lease in the name of another': {
    by: () => bob,
    does: ['POST', () => CLAIMS(here, 'leaserequests'), () => claim('x', 'alice', {}, {}, 'leaserequests')],
    told: OWN_NAME,
  },
  'arrives at a barrier for another, to open it early': {
    by: () => bob,
    does: ['POST', () => CLAIMS(here, 'arrivals'), () => claim('x', 'alice-2', {}, {}, 'arrivals')],
    told: OWN_NAME,
  },
  'lets another Pod own its claim': {
    by: () => bob,
    does: ['POST', () => CLAIMS(here), () => claim('x', 'bob', owned(alice))],
    told: NO_OTHER_POD,
  },
  'owns with its own name and the uid of another': {
    by: () => bob,
    does: [
      'POST',
      () => CLAIMS(here),
      () => claim('x', 'bob', { ownerReferences: [{ ...bob.owner, uid: alice.uid }] }),
    ],
    told: NO_OTHER_POD,
  },
  'owns with its own uid and the name of another': {
    by: () => bob,
    does: ['POST', () => CLAIMS(here), () => claim('x', 'bob', { ownerReferences: [{ ...bob.owner, name: 'alice' }] })],
    told: NO_OTHER_POD,
  },
  'hides another Pod behind its own': {
    by: () => bob,
    does: ['POST', () => CLAIMS(here), () => claim('x', 'bob', { ownerReferences: [bob.owner, alice.owner] })],
    told: NO_OTHER_POD,
  },
  'lets a Job it may not end own its claim': {
    by: () => bob,
    does: ['POST', () => CLAIMS(here), () => claim('x', 'bob', { ownerReferences: [aJob] })],
    told: /only to those who may delete that workload/,
  },
  'lets a Workflow own its claim': {
    by: () => bob,
    does: [
      'POST',
      () => CLAIMS(here),
      () => claim('x', 'bob', { ownerReferences: [{ ...aJob, apiVersion: 'argoproj.io/v1alpha1', kind: 'Workflow' }] }),
    ],
    told: /only to those who may delete that workload/,
  },
  'lets a PipelineRun own its claim, in a version that is not': {
    by: () => bob,
    does: [
      'POST',
      () => CLAIMS(here),
      () => claim('x', 'bob', { ownerReferences: [{ ...aJob, apiVersion: 'tekton.dev/v9', kind: 'PipelineRun' }] }),
    ],
    told: /only to those who may delete that workload/,
  },
  'claims without end, by a finalizer': {
    by: () => bob,
    does: ['POST', () => CLAIMS(here), () => claim('x', 'bob', { finalizers: ['example.com/mine'] })],
    told: /finalizers must be empty/,
  },
  'releases what another holds': {
    by: () => bob,
    does: ['DELETE', () => CLAIMS(here, 'permits', 'of-alice')],
    told: NOT_YOURS,
  },
  'ends the lease request of another': {
    by: () => bob,
    does: ['DELETE', () => CLAIMS(here, 'leaserequests', 'of-alice')],
    told: NOT_YOURS,
  },
  'takes the arrival of another back': {
    by: () => bob,
    does: ['DELETE', () => CLAIMS(here, 'arrivals', 'of-alice')],
    told: NOT_YOURS,
  },
  'releases what nobody’s Pod owns': {
    by: () => bob,
    does: ['DELETE', () => CLAIMS(here, 'permits', 'unowned')],
    told: NOT_YOURS,
  },
  'releases everything at once': { by: () => bob, does: ['DELETE', () => CLAIMS(here)], told: BY_RBAC },
  'renews what another holds': {
    by: () => bob,
    does: ['PATCH', () => CLAIMS(here, 'permits', 'of-alice'), () => renewal],
    told: NOT_YOURS,
  },
  'renews the lease of another': {
    by: () => bob,
    does: ['PATCH', () => CLAIMS(here, 'leaserequests', 'of-alice'), () => renewal],
    told: NOT_YOURS,
  },
  'relabels the claim of another': {
    by: () => bob,
    does: ['PATCH', () => CLAIMS(here, 'permits', 'of-alice'), () => ({ metadata: { labels: { a: 'b' } } })],
    told: NOT_YOURS,
  },
  'takes the claim of another over, by its owner': {
    by: () => bob,
    does: ['PATCH', () => CLAIMS(here, 'permits', 'of-alice'), () => ({ metadata: owned(bob) })],
    told: /stay what they are/,
  },
  'hands its own claim to another Pod': {
    by: () => alice,
    does: ['PATCH', () => CLAIMS(here, 'permits', 'of-alice'), () => ({ metadata: owned(bob) })],
    told: /stay what they are/,
  },
  'takes the owner off its claim, to outlive its Pod': {
    by: () => alice,
    does: ['PATCH', () => CLAIMS(here, 'permits', 'of-alice'), () => ({ metadata: { ownerReferences: null } })],
    told: /stay what they are/,
  },
  'makes its claim endless later': {
    by: () => alice,
    does: ['PATCH', () => CLAIMS(here, 'permits', 'of-alice'), () => ({ metadata: { finalizers: ['a.b/c'] } })],
    told: /finalizers must be empty/,
  },
  'changes who holds, later': {
    by: () => alice,
    does: ['PATCH', () => CLAIMS(here, 'permits', 'of-alice'), () => ({ spec: { holder: 'bob' } })],
    told: /holder/,
  },
  'grants itself a claim': {
    by: () => bob,
    does: ['PATCH', () => `${CLAIMS(here, 'permits', 'of-alice')}/status`, () => granted],
    told: BY_RBAC,
  },
  'makes a claim that says it is granted': {
    by: () => bob,
    does: ['PATCH', () => `${CLAIMS(here, 'semaphores', 'db')}/status`, () => ({ status: { inUse: 0 } })],
    told: BY_RBAC,
  },
  'raises the limit': {
    by: () => bob,
    does: ['PATCH', () => CLAIMS(here, 'semaphores', 'db'), () => ({ spec: { permits: 99 } })],
    told: BY_RBAC,
  },
  'deletes the semaphore': { by: () => bob, does: ['DELETE', () => CLAIMS(here, 'semaphores', 'db')], told: BY_RBAC },
  'claims in the namespace of another': {
    by: () => carol,
    does: ['POST', () => CLAIMS(here), () => claim('x', 'carol', owned(carol))],
    told: BY_RBAC,
  },
  'releases next door': { by: () => carol, does: ['DELETE', () => CLAIMS(here, 'permits', 'of-alice')], told: BY_RBAC },
  'owns by a Pod next door': {
    by: () => carol,
    does: ['POST', () => CLAIMS(there), () => claim('x', 'carol', owned(alice))],
    told: /may name no Pod but "carol"/,
  },
  'comes without its Pod and claims as the Pod': {
    by: () => script,
    does: ['POST', () => CLAIMS(here), () => claim('x', 'bob')],
    told: /spec\.holder must be "system:serviceaccount:here-[0-9a-f]+:bob"/,
  },
  'comes without its Pod and lets the Pod own': {
    by: () => script,
    does: ['POST', () => CLAIMS(here), () => claim('x', `system:serviceaccount:${here}:bob`, owned(bob))],
    told: /may name no Pod: this request comes from none/,
  },
  'speaks as the operator': {
    by: () => bob,
    does: [
      'POST',
      () => `/api/v1/namespaces/konductor-system/serviceaccounts/konductor-controller-manager/token`,
      () => ({ apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: {} }),
    ],
    told: BY_RBAC,
  },
  'takes the policy away': {
    by: () => bob,
    does: ['DELETE', () => '/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies/konductor-claims'],
    told: BY_RBAC,
  },
};

describe('a tenant with the role konductor-holder', () => {
  it.each(Object.entries(CHEATS))('is refused when it %s', async (_, { by, does: [method, path, body], told }) => {
    const [status, message] = await by().call(method, path(), body?.());
    expect(status, message).toBeGreaterThanOrEqual(400);
    expect(message).toMatch(told);
  });

  it('is told what to do: field, value and reason in one sentence', async () => {
    const [, message] = await bob.call('POST', CLAIMS(here), claim('x', 'alice'));
    expect(message).toBe(
      `permits.sync.konductor.io "x" is forbidden: ValidatingAdmissionPolicy 'konductor-claims' with binding 'konductor-claims' denied request: spec.holder must be "bob", or begin with it and a slash: claims are made in one's own name`,
    );
  });

  it('gets nothing of a semaphore whose namespace has not allowed its own', async () => {
    const spec = { semaphore: 'private', semaphoreNamespace: here };
    expect(await carol.call('POST', CLAIMS(there), claim('foreign', 'carol', owned(carol), spec))).toEqual([201, '']);
    await phase(there, 'foreign', 'Denied');
  });
});

const phase = async (namespace: string, name: string, wanted: string) => {
  const args = [
    'wait',
    '-n',
    namespace,
    `--for=jsonpath={.status.phase}=${wanted}`,
    `kpermit/${name}`,
    '--timeout=20s',
  ];
  const { code, stderr } = await cluster.kubectl(args);
  expect(code, stderr).toBe(0);
};

describe('honest use goes on', () => {
  it('a Pod claims, renews and releases its own, with and without an owner, also across namespaces', async () => {
    for (const [name, metadata] of [
      ['mine', owned(bob)],
      ['bare', {}],
    ] as const) {
      expect(await bob.call('POST', CLAIMS(here), claim(name, 'bob', metadata))).toEqual([201, '']);
      await phase(here, name, 'Granted');
      expect(await bob.call('PATCH', CLAIMS(here, 'permits', name), renewal)).toEqual([200, '']);
      expect(await bob.call('DELETE', CLAIMS(here, 'permits', name))).toEqual([200, '']);
    }
    const spec = { semaphoreNamespace: here };
    expect(await carol.call('POST', CLAIMS(there), claim('abroad', 'carol/1', owned(carol), spec))).toEqual([201, '']);
    await phase(there, 'abroad', 'Granted');
  });

  it('an account outside of any Pod claims by its own name', async () => {
    const name = `system:serviceaccount:${here}:bob`;
    expect(await script.call('POST', CLAIMS(here), claim('ci', name))).toEqual([201, '']);
    expect(await script.call('DELETE', CLAIMS(here, 'permits', 'ci'))).toEqual([200, '']);
  });

  it('a claim that cleans up with its semaphore may say so, as older clients do', async () => {
    const { body } = await cluster.request<{ readonly metadata: { readonly uid: string } }>(
      'GET',
      CLAIMS(here, 'semaphores', 'db'),
    );
    const reference = {
      apiVersion: 'sync.konductor.io/v1',
      kind: 'Semaphore',
      name: 'db',
      uid: body.metadata.uid,
      controller: true,
    };
    expect(await bob.call('POST', CLAIMS(here), claim('older', 'bob', { ownerReferences: [reference] }))).toEqual([
      201,
      '',
    ]);
  });

  it('a person with the role edit claims, renews and releases for anybody, by kubectl', async () => {
    const identity = { user: 'jane' };
    await cluster.kubectl(['create', 'rolebinding', 'jane-edits', '-n', here, '--clusterrole=edit', '--user=jane']);
    const kubectl = async (args: readonly string[], stdin?: string) => {
      const { code, stderr } = await cluster.kubectl([...args, '-n', here], { identity, ...(stdin && { stdin }) });
      expect(code, stderr).toBe(0);
    };
    await kubectl(['apply', '-f-'], JSON.stringify(claim('by-jane', 'whoever')));
    await phase(here, 'by-jane', 'Granted');
    await kubectl(['patch', 'kpermit', 'by-jane', '--type=merge', '-p', JSON.stringify(renewal)]);
    await kubectl(['delete', 'kpermit', 'by-jane', 'unowned']);
  });

  it.skipIf(!canRunContainers)(
    'the Jobs of examples/jobs, with koncli in their Pods',
    async () => {
      const namespace = await cluster.namespace('jobs', { awaits: 'service-account' });
      await using kubelet = playKubelet(cluster);
      const pods = kubelet.execute(namespace, { bin: await koncliFolder() });
      const kubectl = async (...args: string[]) => {
        const { code, stderr } = await cluster.kubectl([...args, '-n', namespace]);
        const said = pods.lines('').map(({ pod, text }) => `${pod}: ${text}`);
        expect(code, `kubectl ${args.join(' ')}: ${stderr}\n${said.join('\n')}`).toBe(0);
      };
      for (const file of ['rbac', 'pattern-a-initcontainer', 'pattern-c-sidecar', 'migration', 'map-reduce'])
        await kubectl('apply', '-f', join(EXAMPLES, `${file}.yaml`));
      await kubectl('wait', '--for=condition=Complete', 'job', '--all', '--timeout=90s');
    },
    120_000,
  );

  it('the SDK in a Pod', async () => {
    await using client = new Client({
      server: cluster.url,
      ca: cluster.ca,
      token: bob.token,
      namespace: here,
      holder: 'bob',
    } as never);
    const permit = await client.acquireSemaphore('db', { owner: bob.owner, ttl: '30s' });
    await permit.renew();
    await permit.release();
  });

  it('what a Pod held goes when the Pod goes: Kubernetes itself is not held up', async () => {
    expect(await alice.call('POST', CLAIMS(here), claim('last', 'alice', owned(alice)))).toEqual([201, '']);
    await cluster.request('DELETE', `/api/v1/namespaces/${here}/pods/alice?gracePeriodSeconds=0`);
    const left = async () => (await cluster.request('GET', CLAIMS(here, 'permits', 'last'))).status;
    await until(async () => (await left()) === 404, {
      within: 30_000,
      what: 'the claim of a deleted Pod is collected',
    });
    await cluster.request('DELETE', `/api/v1/namespaces/${there}`);
    const status = async () => (await cluster.request('GET', `/api/v1/namespaces/${there}`)).status;
    await until(async () => (await status()) === 404, { within: 40_000, what: 'a namespace with claims can end' });
  });
});
