import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { KubeObject } from '../../src/api/metadata.ts';
import { type Cluster, startCluster } from '../cluster/cluster.ts';
import { established } from '../cluster/established.ts';
import { until } from '../cluster/until.ts';
import { rendered, SYSTEM } from './chart.ts';
import { runDeployed } from './deployed.ts';

const ROOT = join(import.meta.dirname, '../..');
const DEPLOY = join(ROOT, 'operator/deploy');

/** Each as its page says; what is committed is what the chart renders. */
const COMMITTED = {
  'install.yaml': ['createNamespace=true'],
  'install-namespaced.yaml': [
    'createNamespace=true',
    `namespaces=["${SYSTEM}"]`,
    'workloads.argo=false',
    'workloads.tekton=false',
    'userRoles.enabled=false',
  ],
} as const;

const header = `# Rendered from operator/chart by \`vitest run --project real test/install -u\`. Do not edit.\n`;

let cluster: Cluster;
beforeAll(async () => {
  cluster = await startCluster();
});
afterAll(() => cluster.stop());

const kubectl = async (args: readonly string[], stdin?: string) => {
  const { code, stdout, stderr } = await cluster.kubectl(args, { ...(stdin && { stdin }) });
  expect(code, `kubectl ${args.join(' ')}: ${stderr}`).toBe(0);
  return stdout;
};

describe('the manifests to install from', () => {
  it.each(Object.entries(COMMITTED))('%s is what the chart renders', async (file, values) => {
    const text = (await rendered(values)).replaceAll(
      'app.kubernetes.io/managed-by: Helm\n',
      'app.kubernetes.io/managed-by: kubectl\n',
    );
    await expect(header + text).toMatchFileSnapshot(join(DEPLOY, file));
  });

  const forms: readonly (readonly [form: string, manifests: () => Promise<string>, namespace: string])[] = [
    ['helm template', () => rendered(['createNamespace=true']), 'anywhere'],
    ['kubectl kustomize', () => kubectl(['kustomize', DEPLOY]), 'anywhere'],
    ['install-namespaced.yaml', () => readFile(join(DEPLOY, 'install-namespaced.yaml'), 'utf8'), SYSTEM],
    ['install.yaml', () => readFile(join(DEPLOY, 'install.yaml'), 'utf8'), 'anywhere'],
  ];

  it.each(forms)(
    '%s: the operator runs under its own account, a Job waits its turn, and all of it can be removed',
    async (_, manifests, place) => {
      const text = await manifests();
      await kubectl(['apply', '--server-side', '-f-'], text);
      await established(cluster);
      await podsPassPodSecurity();

      const operators = await Promise.all([runDeployed(cluster), runDeployed(cluster)]);
      await Promise.race(operators.map(({ acting }) => acting));
      for (const operator of operators) await until(async () => (await operator.get('/readyz'))[0] === 200, READY);
      expect(await holdersOfElection()).toHaveLength(1);

      const namespace = place === SYSTEM ? SYSTEM : await cluster.namespace('install');
      await jobWaitsItsTurn(namespace);

      // as docs/install.md says: objects first, while somebody lives who takes the finalizer away
      await kubectl(['delete', 'kpermit,kreq,karr,ksem,klease,kbar,kgate', '--all', '-A', '--timeout=20s']);
      expect(operators.flatMap(({ complaints }) => complaints).filter((line) => /forbidden/i.test(line))).toEqual([]);
      await Promise.all(operators.map((operator) => operator.stop()));
      await kubectl(['delete', '--ignore-not-found', '--wait=false', '-f-'], text);
      await gone();
    },
    180_000,
  );
});

const READY = { within: 30_000, what: 'the operator is ready' };

/** Nobody runs them here, but the API server has taken them. */
const podsPassPodSecurity = () =>
  until(async () => (await items(`/api/v1/namespaces/${SYSTEM}/pods`)).length === 2, {
    within: 30_000,
    what: 'the Deployment has its two Pods',
  });

const items = async (path: string): Promise<readonly KubeObject[]> =>
  (await cluster.request<{ readonly items?: readonly KubeObject[] }>('GET', path)).body.items ?? [];

const holdersOfElection = async () => {
  const leases = (await items(`/apis/coordination.k8s.io/v1/namespaces/${SYSTEM}/leases`)) as readonly (KubeObject & {
    readonly spec: { readonly holderIdentity: string };
  })[];
  return leases.map(({ spec }) => spec.holderIdentity).filter(Boolean);
};

const gone = () =>
  until(
    async () =>
      (await cluster.request('GET', `/api/v1/namespaces/${SYSTEM}`)).status === 404 &&
      (await items('/apis/apiextensions.k8s.io/v1/customresourcedefinitions')).length === 0,
    { within: 60_000, what: 'nothing of it is left' },
  );

/** One permit: a Job that has it, and somebody who gets it when the Job is gone. */
async function jobWaitsItsTurn(namespace: string): Promise<void> {
  const make = async (path: string, object: object): Promise<KubeObject> => {
    const { status, body } = await cluster.request<KubeObject>('POST', path, object);
    expect(status, JSON.stringify(body)).toBe(201);
    return body;
  };
  const ours = `/apis/sync.konductor.io/v1/namespaces/${namespace}`;
  const permit = (name: string, metadata: object, spec: object) =>
    make(`${ours}/permits`, {
      apiVersion: 'sync.konductor.io/v1',
      kind: 'Permit',
      metadata: { name, ...metadata },
      spec: { semaphore: 'db', holder: name, ...spec },
    });
  const is = (name: string, phase: string) =>
    kubectl(['wait', '-n', namespace, `--for=jsonpath={.status.phase}=${phase}`, `kpermit/${name}`, '--timeout=20s']);

  await make(`${ours}/semaphores`, {
    apiVersion: 'sync.konductor.io/v1',
    kind: 'Semaphore',
    metadata: { name: 'db' },
    spec: { permits: 1 },
  });
  const { metadata } = await make(`/apis/batch/v1/namespaces/${namespace}/jobs`, {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name: 'first' },
    spec: {
      suspend: true,
      template: { spec: { restartPolicy: 'Never', containers: [{ name: 'work', image: 'busybox' }] } },
    },
  });
  const owner = { apiVersion: 'batch/v1', kind: 'Job', name: 'first', uid: metadata.uid };
  await permit('first', { ownerReferences: [owner] }, { renewal: 'Owner' });
  await is('first', 'Granted');
  await permit('second', {}, {});
  await is('second', 'Pending');
  await kubectl(['delete', '-n', namespace, 'job/first']);
  await is('second', 'Granted');
}
