import { existsSync, readdirSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type NodeResult, type Template, WorkflowTaskSet } from '../../plugins/argo/kinds.ts';
import { installManifests, type Manifest, manifestsYaml } from '../../plugins/argo/manifests.ts';
import { NODE_ANNOTATION } from '../../plugins/argo/names.ts';
import { bodyPolicy } from '../../plugins/argo/policy.ts';
import { Permit } from '../../src/api/permit.ts';
import { toYaml } from '../../src/api/yaml.ts';
import { type KubeClient, kubeClient } from '../../src/kube/client.ts';
import { connect } from '../../src/kube/connection.ts';
import { type HttpTransport, httpTransport } from '../../src/kube/http-transport.ts';
import { sharedCluster } from '../cluster/connect.ts';
import { established } from '../cluster/established.ts';
import { until } from '../cluster/until.ts';
import { type OperatorProcess, startOperatorProcess } from '../support/operator-process.ts';
import { type Agent, type AgentOptions, startAgent } from './agent.ts';
import { makeSemaphore, type PluginAt, pluginOn } from './ground.ts';
import { Workflow } from './workflow.ts';

const ARGO_CRDS = process.env.KONDUCTOR_ARGO_CRDS ?? join(import.meta.dirname, '../../../shared/data/argo-crds-v4.1.2');
if (!existsSync(ARGO_CRDS)) {
  console.warn(`SKIPPED: no Argo CRDs in ${ARGO_CRDS}; name their folder in KONDUCTOR_ARGO_CRDS`);
}

describe.skipIf(!existsSync(ARGO_CRDS))("Argo's agent, with Argo's own kinds,", () => {
  const cluster = sharedCluster();
  let namespace: string;
  let operator: OperatorProcess;
  let transport: HttpTransport;
  let user: KubeClient;
  let plugin: PluginAt;
  let agents: Agent[];
  let made = 0;

  beforeAll(async () => {
    const files = readdirSync(ARGO_CRDS).map((file) => `--filename=${join(ARGO_CRDS, file)}`);
    expect(await cluster.kubectl(['apply', '--server-side', ...files])).toMatchObject({ code: 0 });
    await established(cluster);
    namespace = await cluster.namespace('argo');
    const kubeconfig = await cluster.kubeconfig();
    transport = httpTransport(await connect({ kubeconfig }));
    user = kubeClient(transport, { userAgent: 'user' });
    operator = await startOperatorProcess({ kubeconfig, namespace });
  }, 180_000);
  afterAll(async () => {
    await operator?.kill('SIGTERM');
    await transport?.close();
  });
  beforeEach(async () => {
    agents = [];
    plugin = await pluginOn(user);
  });
  afterEach(async () => {
    await Promise.all(agents.map((agent) => agent.kill()));
    await plugin.stop();
  });

  const sets = () => user.of(WorkflowTaskSet, namespace);
  const flows = () => user.of(Workflow, namespace);
  const claimsOn = async (semaphore: string) =>
    (await user.of(Permit, namespace).listAll({ fieldSelector: `spec.semaphore=${semaphore}` })).items;
  const acquire = (name: string, key: string, more: object = {}): Template => ({
    name: 'hold',
    plugin: { konductor: { semaphore: { name, key, ...more } } },
  });
  const release = (name: string, key: string): Template => ({
    name: 'let',
    plugin: { konductor: { semaphore: { action: 'release', name, key } } },
  });
  const semaphore = async (permits = 1) => {
    const name = `db-${++made}`;
    await makeSemaphore(user, name, permits, namespace);
    return name;
  };

  /** A running workflow with open tasks, and its agent. */
  async function flow(tasks: Readonly<Record<string, Template>>, options: Partial<AgentOptions> = {}) {
    const name = `flow-${++made}`;
    const { metadata } = await flows().create({
      ...{ apiVersion: 'argoproj.io/v1alpha1', kind: 'Workflow', metadata: { name } },
      ...{ spec: { entrypoint: 'main', templates: [{ name: 'main', suspend: {} }] } },
    } as never);
    const ownerReferences = [{ apiVersion: 'argoproj.io/v1alpha1', kind: 'Workflow', name, uid: metadata.uid }];
    await sets().create({
      ...{ apiVersion: 'argoproj.io/v1alpha1', kind: 'WorkflowTaskSet', metadata: { name, ownerReferences } },
      spec: { tasks },
    } as never);
    const workflow = { name, namespace, uid: metadata.uid };
    const start = (more: Partial<AgentOptions> = {}) => {
      const timing = { patchRate: 50, ...options.timing, ...more.timing };
      const agent = startAgent({ client: user, workflow, plugins: [plugin], ...options, ...more, timing });
      agents.push(agent);
      return agent;
    };
    const agent = start();
    const nodes = async (): Promise<Readonly<Record<string, NodeResult>>> =>
      (await sets().get(name)).status?.nodes ?? {};
    return {
      name,
      workflow,
      agent,
      start,
      nodes,
      end: (nodeId: string, within = 10_000) => {
        let node: NodeResult | undefined;
        return until(
          async () => {
            node = (await nodes())[nodeId];
            return node?.phase === 'Succeeded' || node?.phase === 'Failed';
          },
          { within, what: `${nodeId} of ${name} has ended` },
        ).then(() => node);
      },
      add: (more: Readonly<Record<string, Template>>) => sets().mergePatch(name, { spec: { tasks: more } } as never),
      /** What the controller does with a node that is over: its result goes, then its task. */
      take: async (...ids: string[]) => {
        const none = Object.fromEntries(ids.map((id) => [id, null]));
        await sets().patchStatus(name, { nodes: none } as never);
        await sets().mergePatch(name, { spec: { tasks: none } } as never);
      },
      finish: (phase: string) => flows().mergePatch(name, { status: { phase } } as never),
    };
  }

  const calledTwice = (agent: Agent, node: string) =>
    until(() => (agent.calls.get(node) ?? 0) >= 2, { within: 10_000, what: `${node} was called again` });

  it('holds through two steps, and lets go by a third', async () => {
    const db = await semaphore();
    const one = await flow({ 'n-1': acquire(db, 'a') });
    expect(await one.end('n-1')).toMatchObject({ phase: 'Succeeded', outputs: { result: expect.any(String) } });
    expect(await claimsOn(db)).toHaveLength(1);
    await one.take('n-1');
    await one.add({ 'n-2': release(db, 'b') });
    expect(await one.end('n-2')).toMatchObject({ phase: 'Succeeded' });
    expect(await claimsOn(db)).toHaveLength(0);
  });

  it('trap 1: a call names no node; two nodes of one template are told apart by what the template says', async () => {
    const db = await semaphore(5);
    const annotated = (node: string): Template => ({
      ...acquire(db, ''),
      annotations: { [NODE_ANNOTATION]: node },
    });
    const one = await flow({ 'n-1': annotated('a'), 'n-2': annotated('b') });
    await Promise.all([one.end('n-1'), one.end('n-2')]);
    expect(await claimsOn(db)).toHaveLength(2);
  });

  it('trap 3: while it waits nothing is written, and it is asked again as it was told', async () => {
    const db = await semaphore();
    await (await flow({ 'n-1': acquire(db, 'a') })).end('n-1');
    const waits = await flow({ 'n-1': acquire(db, 'a') });
    const before = (await sets().get(waits.name)).metadata.resourceVersion;
    await calledTwice(waits.agent, 'n-1');
    expect((await sets().get(waits.name)).metadata.resourceVersion).toBe(before);
  });

  it('traps 4, 5, 6: it says no phase while it waits, ends without a requeue, and never leaves a wait without one', async () => {
    const db = await semaphore();
    const { workflow, agent, add } = await flow({});
    await agent.kill();
    const template = (key: string) => acquire(db, key, { timeout: '300ms' });
    await add({ 'n-1': template('a'), 'n-2': template('b') });
    const call = (key: string) => ({ workflow: { metadata: workflow }, template: template(key) });
    await plugin.finish(call('a'));
    expect((await plugin.execute(call('a'))).body).toEqual({
      node: { phase: 'Succeeded', message: expect.any(String), outputs: expect.any(Object) },
    });
    expect((await plugin.execute(call('b'))).body).toEqual({ node: {}, requeue: '1s' });
    expect(await plugin.finish(call('b'))).toMatchObject({ phase: 'Failed', message: expect.any(String) });
  });

  it('trap 7: a step that was stopped asks no more, however often it is called for', async () => {
    const db = await semaphore();
    const holds = await flow({ 'n-1': acquire(db, 'a') });
    await holds.end('n-1');
    const stopped = await flow({ 'n-1': acquire(db, 'a') });
    await calledTwice(stopped.agent, 'n-1');
    expect(await claimsOn(db)).toHaveLength(2);
    await stopped.take('n-1');
    await until(async () => (await claimsOn(db)).length === 1, { within: 10_000, what: 'its claim is gone' });
    const calls = stopped.agent.calls.get('n-1') ?? 0;
    await holds.add({ 'n-2': release(db, 'r') });
    await holds.end('n-2');
    await until(() => (stopped.agent.calls.get('n-1') ?? 0) > calls, { within: 10_000, what: 'it was called again' });
    expect(await claimsOn(db)).toHaveLength(0);
    expect(await stopped.nodes()).toEqual({});
  });

  it('traps 7 and 10: whatever ended the workflow, the operator lets go', async () => {
    const db = await semaphore();
    const one = await flow({ 'n-1': acquire(db, 'a') });
    await one.end('n-1');
    const next = await flow({ 'n-1': acquire(db, 'a') });
    await calledTwice(next.agent, 'n-1');
    await one.finish('Failed');
    expect(await next.end('n-1')).toMatchObject({ phase: 'Succeeded' });
  });

  it('what a deleted workflow held goes to the next', async () => {
    const db = await semaphore();
    const one = await flow({ 'n-1': acquire(db, 'a') });
    await one.end('n-1');
    const next = await flow({ 'n-1': acquire(db, 'a') });
    await calledTwice(next.agent, 'n-1');
    await flows().delete(one.name);
    expect(await next.end('n-1')).toMatchObject({ phase: 'Succeeded' });
  });

  it('trap 8: an agent without memory asks for everything again, and gets the same answers', async () => {
    const db = await semaphore(5);
    const one = await flow({ 'n-1': acquire(db, 'a'), 'n-2': acquire(db, 'b') });
    const before = [await one.end('n-1'), await one.end('n-2')];
    await one.agent.kill();
    await sets().patchStatus(one.name, { nodes: { 'n-1': null, 'n-2': null } } as never);
    one.start();
    expect([await one.end('n-1'), await one.end('n-2')]).toEqual(before);
    expect(await claimsOn(db)).toHaveLength(2);
  });

  it('trap 8: so does one whose plugin has no memory either, as long as it holds', async () => {
    const db = await semaphore();
    const one = await flow({ 'n-1': acquire(db, 'a') });
    const before = await one.end('n-1');
    await one.agent.kill();
    await plugin.stop();
    plugin = await pluginOn(user);
    await sets().patchStatus(one.name, { nodes: { 'n-1': null } } as never);
    one.start({ plugins: [plugin] });
    expect(await one.end('n-1')).toEqual(before);
  });

  describe('with a second plugin beside ours', () => {
    let other: Server;
    let answer: (body: string) => { readonly status: number; readonly text: string };
    const port = () => (other.address() as AddressInfo).port;
    const foreign: Template = { name: 'other', plugin: { other: { job: 'x' } } };

    beforeAll(async () => {
      other = createServer(async (request, response) => {
        let body = '';
        for await (const piece of request) body += piece;
        const { status, text } = answer(body);
        response.writeHead(status).end(text);
      });
      await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', () => resolve()));
    });
    afterAll(() => other.close());

    it.each([
      ['ours first', (ours: number) => [ours, port()]],
      ['theirs first', (ours: number) => [port(), ours]],
    ])('trap 9 and observation 6: each gets its own, %s', async (_, order) => {
      answer = (body) => ({
        status: 200,
        text: body.includes('"other":') ? '{"node":{"phase":"Succeeded","message":"theirs"}}' : '{}',
      });
      const db = await semaphore();
      const plugins = order(plugin.port).map((port) => ({ port }));
      const one = await flow({ 'n-1': acquire(db, 'a'), 'n-2': foreign }, { plugins });
      expect(await one.end('n-1')).toMatchObject({ phase: 'Succeeded', message: expect.stringContaining(db) });
      expect(await one.end('n-2')).toMatchObject({ message: 'theirs' });
    });

    it('trap 9: one that answers 400 to what is not its own fails steps of ours, and says whose word it was', async () => {
      answer = () => ({ status: 400, text: 'not mine' });
      const db = await semaphore();
      const one = await flow({ 'n-1': acquire(db, 'a') }, { plugins: [{ port: port() }, plugin] });
      expect(await one.end('n-1')).toMatchObject({ phase: 'Failed', message: '400: not mine' });
    });
  });

  it('trap 12: a hundred that wait leave the workers free for the release', async () => {
    const db = await semaphore();
    const waiting = Object.fromEntries(
      Array.from({ length: 100 }, (_, index) => [`w-${index}`, acquire(db, `w-${index}`)] as const),
    );
    const holds = await flow({ 'n-1': acquire(db, 'a') });
    await holds.end('n-1');
    const crowd = await flow(waiting);
    await until(() => crowd.agent.calls.size === 100, { within: 20_000, what: 'all have been called' });
    const began = performance.now();
    await holds.add({ 'n-2': release(db, 'r') });
    await holds.end('n-2');
    expect(performance.now() - began).toBeLessThan(5_000);
  });

  it('a plugin that is not there yet is asked again until it is', async () => {
    const db = await semaphore();
    const late = plugin.port;
    await plugin.stop();
    const one = await flow({ 'n-1': acquire(db, 'a') }, { plugins: [{ port: late }], timing: { retryBase: 50 } });
    await until(() => one.agent.calls.size === 1, { within: 5_000, what: 'it was called' });
    plugin = await pluginOn(user);
    await one.agent.kill();
    one.start({ plugins: [plugin] });
    expect(await one.end('n-1')).toMatchObject({ phase: 'Succeeded' });
  });

  it('observation 14: an attempt that failed is followed by one that asks anew', async () => {
    const db = await semaphore();
    const holds = await flow({ 'n-1': acquire(db, 'a') });
    await holds.end('n-1');
    const attempt = (retries: string) => acquire(db, 'b', { attempt: retries, timeout: '300ms' });
    const retried = await flow({ 'n(0)': attempt('0') });
    expect(await retried.end('n(0)')).toMatchObject({ phase: 'Failed' });
    await retried.take('n(0)');
    await holds.add({ 'n-2': release(db, 'r') });
    await holds.end('n-2');
    await retried.add({ 'n(1)': attempt('1') });
    expect(await retried.end('n(1)')).toMatchObject({ phase: 'Succeeded' });
  });

  it('observation 26: a finished task that is called for again is answered as before, even when it has let go', async () => {
    const db = await semaphore();
    const one = await flow({ 'n-1': acquire(db, 'a') });
    const before = await one.end('n-1');
    await one.add({ 'n-2': release(db, 'r') });
    await one.end('n-2');
    await one.agent.kill();
    await sets().patchStatus(one.name, { nodes: { 'n-1': null } } as never);
    one.start();
    expect(await one.end('n-1')).toEqual(before);
    expect(await claimsOn(db)).toHaveLength(0);
  });

  it('observations 2 and 3: what Argo does not end, its own timeout ends', async () => {
    const db = await semaphore();
    await (await flow({ 'n-1': acquire(db, 'a') })).end('n-1');
    const waits = await flow({ 'n-1': acquire(db, 'a', { timeout: '500ms' }) });
    expect(await waits.end('n-1')).toMatchObject({ phase: 'Failed', message: expect.stringContaining('waited 500ms') });
  });

  describe('observation 8: the body that stops the controller', () => {
    const apply = (manifests: readonly Manifest[]) =>
      cluster.kubectl(['apply', '--server-side', '--filename=-'], { stdin: manifestsYaml(manifests) });
    const submit = (spec: object) =>
      cluster.kubectl(['create', '--dry-run=server', '-n', namespace, '--filename=-'], {
        stdin: toYaml({
          apiVersion: 'argoproj.io/v1alpha1',
          kind: 'Workflow',
          metadata: { generateName: 'bad-' },
          spec: { entrypoint: 'main', ...spec },
        }),
      });
    const bad = { a: {}, b: {} };

    beforeAll(async () => {
      expect(await apply(bodyPolicy())).toMatchObject({ code: 0 });
      // a policy takes some time to be heard of
      const refused = async () => (await submit({ templates: [{ name: 'main', plugin: bad }] })).code !== 0;
      await until(refused, { within: 30_000, what: 'the policy is in force' });
    });

    it.each([
      ['two keys', { templates: [{ name: 'main', plugin: bad }] }],
      ['no key', { templates: [{ name: 'main', plugin: {} }] }],
      [
        'two keys inline in steps',
        { templates: [{ name: 'main', steps: [[{ name: 's', inline: { plugin: bad } }]] }] },
      ],
      [
        'two keys inline in a dag',
        { templates: [{ name: 'main', dag: { tasks: [{ name: 's', inline: { plugin: bad } }] } }] },
      ],
      ['two keys in the defaults', { templates: [{ name: 'main' }], templateDefaults: { plugin: bad } }],
    ])('is refused: %s', async (_, spec) => {
      const { code, stderr } = await submit(spec);
      expect(code).toBe(1);
      expect(stderr).toContain('give each plugin a template of its own');
    });

    it.each([
      ['one key', { templates: [{ name: 'main', plugin: { konductor: {} } }] }],
      [
        'no plugin',
        {
          templates: [
            { name: 'main', container: { image: 'x' } },
            { name: 's', steps: [[{ name: 'a', template: 'main' }]] },
          ],
        },
      ],
      ['no template', { workflowTemplateRef: { name: 'x' } }],
    ])('is the only one that is: %s', async (_, spec) => {
      expect(await submit(spec)).toMatchObject({ code: 0 });
    });
  });

  it('everything that koncli argo install prints is taken by the API server, twice', async () => {
    const manifests = installManifests({
      ...{ namespace, image: 'konductor:test', workflowServiceAccount: 'default' },
      controller: { namespace: 'argo', serviceAccount: 'argo' },
    });
    for (let i = 0; i < 2; i++) {
      const applied = await cluster.kubectl(['apply', '--filename=-'], { stdin: manifestsYaml(manifests) });
      expect(applied).toMatchObject({ code: 0 });
    }
  });
});
