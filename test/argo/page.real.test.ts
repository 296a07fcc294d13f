import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { kubeClient } from '../../src/kube/client.ts';
import { connect } from '../../src/kube/connection.ts';
import { type HttpTransport, httpTransport } from '../../src/kube/http-transport.ts';
import { type Cluster, startCluster } from '../cluster/cluster.ts';
import { type Deployed, runDeployed } from '../install/deployed.ts';
import { pagesOf, stepsOf } from '../support/pages.ts';
import { administrator, walk } from '../support/walk.ts';
import { aCall, makeSemaphore, pluginOn } from './ground.ts';

const ARGO_CRDS = process.env.KONDUCTOR_ARGO_CRDS ?? join(import.meta.dirname, '../../../shared/data/argo-crds-v4.1.2');
if (!existsSync(ARGO_CRDS)) {
  console.warn(`SKIPPED: no Argo CRDs in ${ARGO_CRDS}; name their folder in KONDUCTOR_ARGO_CRDS`);
}

/** An installed operator, and as much of an installed Argo as is spoken to by kubectl. */
const GIVEN = `
helm install konductor operator/chart --namespace konductor-system --create-namespace
kubectl create namespace jobs
kubectl create namespace argo
kubectl create configmap -n argo workflow-controller-configmap
kubectl create deployment -n argo workflow-controller --image=argo
`;

describe.skipIf(!existsSync(ARGO_CRDS)).each(pagesOf(import.meta.filename))('whoever does what %s says', (page) => {
  let cluster: Cluster;
  let operator: Deployed | undefined;
  let transport: HttpTransport;

  beforeAll(async () => {
    cluster = await startCluster({ crds: [ARGO_CRDS] });
    transport = httpTransport(await connect({ kubeconfig: await cluster.kubeconfig() }));
    await walk(stepsOf(page), { ...(await administrator(cluster)), given: GIVEN });
    operator = await runDeployed(cluster);
  }, 180_000);
  afterAll(async () => {
    await operator?.stop();
    await transport?.close();
    await cluster?.stop();
  });

  const kubectl = async (...args: string[]): Promise<string> => {
    const { code, stdout, stderr } = await cluster.kubectl(args);
    expect(code, `kubectl ${args.join(' ')}: ${stderr}`).toBe(0);
    return stdout.trim();
  };

  it.each([
    ["the plugin's ConfigMap", 'configmap/konductor-executor-plugin'],
    ['a service account for it', 'serviceaccount/konductor-executor-plugin'],
    ['the template for everybody', 'clusterworkflowtemplate/konductor'],
    ['the policy that refuses bad bodies', 'validatingadmissionpolicy/konductor-argo-plugin-body'],
    ['its binding', 'validatingadmissionpolicybinding/konductor-argo-plugin-body'],
  ])('has %s', async (_, object) => {
    expect(await kubectl('get', '-n', 'jobs', object, '-o', 'name')).toContain(object.split('/')[1]);
  });

  it.each(['konductor-executor-plugin', 'default'])('has a place for the token of %s', async (account) => {
    const asked = 'jsonpath={.type} {.metadata.annotations.kubernetes\\.io/service-account\\.name}';
    const secret = await kubectl('get', '-n', 'jobs', 'secret', `${account}.service-account-token`, '-o', asked);
    expect(secret).toBe(`kubernetes.io/service-account-token ${account}`);
  });

  it.each([
    ['the plugin reads our kinds', 'jobs:konductor-executor-plugin', 'watch', 'leases.sync.konductor.io'],
    ['the plugin makes claims', 'jobs:konductor-executor-plugin', 'create', 'permits.sync.konductor.io'],
    ['the plugin renews claims', 'jobs:konductor-executor-plugin', 'patch', 'leaserequests.sync.konductor.io'],
    ['the plugin deletes claims', 'jobs:konductor-executor-plugin', 'delete', 'arrivals.sync.konductor.io'],
    ['the plugin makes semaphores', 'jobs:konductor-executor-plugin', 'create', 'semaphores.sync.konductor.io'],
    ['the plugin watches task sets', 'jobs:konductor-executor-plugin', 'watch', 'workflowtasksets.argoproj.io'],
    ["Argo's agent says what came of a step", 'jobs:default', 'patch', 'workflowtasksets.argoproj.io/status'],
    ["Argo's controller takes it", 'argo:argo', 'patch', 'workflowtasksets.argoproj.io/status'],
  ])('has a role by which %s', async (_, account, verb, what) => {
    const [resource = '', subresource = ''] = what.split('/');
    const as = [`--as=system:serviceaccount:${account}`, `--subresource=${subresource}`];
    expect(await kubectl('auth', 'can-i', verb, resource, '-n', 'jobs', ...as)).toBe('yes');
  });

  it("has Argo's controller told", async () => {
    const env = '{range .spec.template.spec.containers[0].env[*]}{.name}={.value} {end}';
    const deployment = await kubectl('get', 'deployment', '-n', 'argo', 'workflow-controller', '-o', `jsonpath=${env}`);
    expect(deployment.split(' ')).toEqual([
      'ARGO_EXECUTOR_PLUGINS=true',
      'DEFAULT_REQUEUE_TIME=1s',
      'ARGO_AGENT_PATCH_RATE=500ms',
    ]);
  });

  it('has steps of a workflow answered without an agent', async () => {
    const { items } = JSON.parse(await kubectl('get', 'workflows', '-n', 'jobs', '-o', 'json'));
    const [workflow] = items;
    const { name, uid } = workflow.metadata;
    const template = workflow.spec.templates.find((each: { readonly name: string }) => each.name === 'acquire');
    // what Argo's controller makes of a step, its variables filled in
    const task = JSON.parse(JSON.stringify(template).replaceAll('{{node.name}}', `${name}[0].acquire`));
    const taskSet = {
      ...{ apiVersion: 'argoproj.io/v1alpha1', kind: 'WorkflowTaskSet' },
      metadata: {
        name,
        ownerReferences: [{ apiVersion: 'argoproj.io/v1alpha1', kind: 'Workflow', name, uid }],
      },
      spec: { tasks: { [`${name}-1`]: task } },
    };
    const { status } = await cluster.request(
      'POST',
      '/apis/argoproj.io/v1alpha1/namespaces/jobs/workflowtasksets',
      taskSet,
    );
    expect(status).toBe(201);
    const path = `--for=jsonpath={.status.nodes.${name}-1.phase}=Succeeded`;
    await kubectl('wait', '-n', 'jobs', `workflowtaskset/${name}`, path, '--timeout=20s');
    // the rights that the chart gave it are enough
    expect(operator?.complaints.filter((line) => line.includes('forbidden'))).toEqual([]);
  });

  it('has every step known by its node, though its author wrote no key', async () => {
    const defaults = await kubectl(
      ...['get', 'configmap', '-n', 'argo', 'workflow-controller-configmap'],
      ...['-o', 'jsonpath={.data.workflowDefaults}'],
    );
    const { annotations } = parse(defaults).spec.templateDefaults;
    const user = kubeClient(transport, { userAgent: 'user' });
    await makeSemaphore(user, 'known', 5, 'jobs');
    const [workflow] = JSON.parse(await kubectl('get', 'workflows', '-n', 'jobs', '-o', 'json')).items;
    const callFrom = (node: string) => {
      const known = { annotations: JSON.parse(JSON.stringify(annotations).replaceAll('{{node.name}}', node)) };
      return aCall({ semaphore: { name: 'known' } }, known, workflow.metadata);
    };
    // steps that are in no task set are taken for stopped
    const tasks = Object.fromEntries(['a', 'b'].map((node) => [node, callFrom(node).template]));
    const patch = JSON.stringify({ spec: { tasks } });
    await kubectl(
      ...['patch', '-n', 'jobs', `workflowtaskset/${workflow.metadata.name}`, '--type=merge', '--patch', patch],
    );
    const plugin = await pluginOn(user);
    try {
      const answers = await Promise.all(['a', 'b', 'a'].map((node) => plugin.finish(callFrom(node))));
      expect(new Set(answers.map(({ outputs }) => outputs['token'])).size).toBe(2);
    } finally {
      await plugin.stop();
    }
  });
});
