import { readdirSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { clusterTemplate } from '../../plugins/argo/cluster-template.ts';
import { installManifests } from '../../plugins/argo/manifests.ts';
import { NODE_ANNOTATION } from '../../plugins/argo/names.ts';
import { argoTaskSets } from '../../plugins/argo/task-sets.ts';
import { Semaphore } from '../../src/api/semaphore.ts';
import { toYaml } from '../../src/api/yaml.ts';
import { type KubeClient, kubeClient } from '../../src/kube/client.ts';
import { connect } from '../../src/kube/connection.ts';
import { type HttpTransport, httpTransport } from '../../src/kube/http-transport.ts';
import { type Cluster, startCluster } from '../cluster/cluster.ts';
import { playKubelet } from '../cluster/kubelet.ts';
import { until } from '../cluster/until.ts';
import { type OpenDoor, openDoor } from '../support/open-door.ts';
import { type OperatorProcess, startOperatorProcess } from '../support/operator-process.ts';
import { argoBinaries, argoController, type Controller } from './controller.ts';
import { makeSemaphore } from './ground.ts';
import { type ArgoNode, argoNode } from './node.ts';
import { type ArgoCli, argoCli, exampleAt, type SubmittedWorkflow, type Submitter, submitter } from './submit.ts';

const ARGO_CRDS = process.env.KONDUCTOR_ARGO_CRDS ?? join(import.meta.dirname, '../../../shared/data/argo-crds-v4.1.2');
const CRDS = join(import.meta.dirname, '../../crds');
const EXAMPLES = readdirSync(join(import.meta.dirname, '../../examples/argo')).filter((file) => file.endsWith('.yaml'));
const programs = argoBinaries();
if (!programs) {
  console.warn(
    'SKIPPED: no Argo to test with; name a folder with workflow-controller and argoexec of v4.1.2 in KONDUCTOR_ARGO_BIN',
  );
}

if (programs && !programs.cli) {
  console.warn(
    'Without argo in KONDUCTOR_ARGO_BIN: stop, terminate, delete, resubmit and retry are emulated, and what only the CLI does is SKIPPED',
  );
}

/** Workflows at once, for 3 permits. */
const CROWD = 12;

/** Writes that the API server has served, by its own count. */
async function writesOf({ request }: Pick<Cluster, 'request'>): Promise<Record<string, number>> {
  const { body } = await request<string>('GET', '/metrics');
  const counts: Record<string, number> = { konductor: 0, workflows: 0, tasksets: 0, pods: 0, events: 0 };
  for (const line of body.split('\n')) {
    if (!line.startsWith('apiserver_request_total{') || !/verb="(POST|PUT|PATCH|APPLY|DELETE)"/.test(line)) continue;
    const [, group = '', resource = ''] = /group="([^"]*)".*,resource="([^"]*)"/.exec(line) ?? [];
    const what = group === 'sync.konductor.io' ? 'konductor' : resource.replace('workflowtasksets', 'tasksets');
    if (what in counts) counts[what] = (counts[what] ?? 0) + Number(line.slice(line.lastIndexOf(' ') + 1));
  }
  return counts;
}

interface Place {
  readonly cluster: Cluster;
  readonly namespace: string;
  readonly client: KubeClient;
  readonly flows: Submitter;
  readonly controller: Controller;
}

const MODES = ['with agents', 'agentless'] as const;

const ENDS = ['stop', 'terminate', 'delete'] as const;

describe.skipIf(!programs).each(MODES)("Argo's own controller, %s", (mode) => {
  let place: Place;
  let node: ArgoNode;
  let operator: OperatorProcess;
  let transport: HttpTransport;
  let door: OpenDoor | undefined;
  let argo: ArgoCli | undefined;
  let made = 0;

  beforeAll(async () => {
    if (!programs) return;
    const cluster = await startCluster({ crds: [CRDS, ARGO_CRDS] });
    const namespace = await cluster.namespace('argo', { awaits: 'service-account' });
    const kubeconfig = await cluster.kubeconfig();
    transport = httpTransport(await connect({ kubeconfig }));
    const client = kubeClient(transport, { userAgent: 'test' });
    argo = programs.cli === undefined ? undefined : argoCli(programs.cli, kubeconfig, namespace);
    const flows = submitter(cluster, namespace, argo);
    const install = installManifests({
      ...{ namespace, image: 'konductor:test', workflowServiceAccount: 'default' },
      controller: { namespace, serviceAccount: 'argo' },
    });
    const stdin = install.map(toYaml).join('---\n');
    expect(await cluster.kubectl(['apply', '--filename=-'], { stdin })).toMatchObject({ code: 0 });
    operator = await startOperatorProcess({ kubeconfig, namespace });
    node = await argoNode({ cluster, namespace, executor: programs.executor });
    const config: Record<string, string> = {
      workflowDefaults: toYaml({
        spec: { templateDefaults: { annotations: { [NODE_ANNOTATION]: '{{node.name}}' } } },
      }),
      ...(mode === 'agentless' && { disableAgentPodCreation: 'true' }),
    };
    const controller = await argoController({ cluster, program: programs.controller, namespace, config });
    await controller.start();
    if (mode === 'agentless') door = openDoor(argoTaskSets(), { client, namespaces: [namespace] });
    place = { cluster, namespace, client, flows, controller };
  }, 180_000);

  afterAll(async () => {
    await door?.stop();
    await place?.controller.kill('SIGTERM');
    await operator?.kill('SIGTERM');
    await node?.[Symbol.asyncDispose]();
    await transport?.close();
    await place?.cluster.stop();
  }, 60_000);

  const claims = async (): Promise<number> => {
    const path = `/apis/sync.konductor.io/v1/namespaces/${place.namespace}`;
    const lists = await Promise.all(
      ['permits', 'leaserequests'].map((plural) =>
        place.cluster.request<{ items: { status?: { phase?: string } }[] }>('GET', `${path}/${plural}`),
      ),
    );
    return lists.flatMap(({ body }) => body.items).filter(({ status }) => status?.phase === 'Granted').length;
  };
  const nothingHeld = () =>
    until(async () => (await claims()) === 0, { within: 20_000, what: 'everything has been let go' });

  const plugin = (semaphore: object) => ({
    plugin: { konductor: { semaphore: { key: '{{node.name}}', ...semaphore } } },
  });
  const workflow = (templates: Readonly<Record<string, object>>, spec: object = {}) => ({
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Workflow',
    metadata: { name: `flow-${++made}` },
    spec: {
      entrypoint: 'main',
      templates: Object.entries(templates).map(([name, template]) => ({ name, ...template })),
      ...spec,
    },
  });
  const semaphore = async (permits: number) => {
    const name = `db-${++made}`;
    await makeSemaphore(place.client, name, permits, place.namespace);
    return name;
  };
  const steps = (...names: string[]) => ({ steps: names.map((name) => [{ name, template: name }]) });
  const waiting = async (name: string) => (await place.client.of(Semaphore, place.namespace).get(name)).status?.waiting;
  const acquireWaitsFor = (name: string) =>
    workflow({
      main: steps('acquire', 'work', 'release'),
      acquire: plugin({ name }),
      work: { suspend: { duration: '0' } },
      release: plugin({ name, action: 'release' }),
    });
  /** Holds until it is resumed, stopped or ended in another way. */
  const holder = async (name: string, spec: object = {}) => {
    const flow = await place.flows.submit(
      workflow({ main: steps('acquire', 'hold'), acquire: plugin({ name }), hold: { suspend: {} } }, spec),
    );
    await place.flows.reaches(flow, 'hold', 'Running');
    return flow;
  };
  const outputOf = ({ status }: SubmittedWorkflow, displayName: string) =>
    Object.values(status?.nodes ?? {}).find((each) => each.displayName === displayName)?.outputs?.result;

  describe('runs every example:', () => {
    it.each(EXAMPLES)(
      '%s',
      async (file) => {
        const manifests = exampleAt(file);
        const flows = manifests.filter(({ kind }) => kind === 'Workflow');
        await place.flows.apply(manifests.filter((manifest) => !flows.includes(manifest)));
        const names = await Promise.all(flows.map((flow) => place.flows.submit(flow)));
        if (manifests.some(({ kind }) => kind === 'Job')) {
          await using kubelet = playKubelet(place.cluster);
          const { cluster, namespace } = place;
          const podOfJob = async () => {
            const { stdout } = await cluster.kubectl(['get', 'pod', '-n', namespace, '-l', 'job-name', '-o', 'name']);
            return stdout.trim().replace('pod/', '');
          };
          await until(async () => (await podOfJob()) !== '', { within: 20_000, what: 'the Job has a pod' });
          const pod = await podOfJob();
          await kubelet.run(namespace, pod);
          await kubelet.finish(namespace, pod, 'Succeeded');
        }
        const ended = await Promise.all(names.map((name) => place.flows.ended(name)));
        expect(ended.map(({ status }) => status?.phase)).toEqual(names.map(() => 'Succeeded'));
        await nothingHeld();
      },
      90_000,
    );
  });

  it('20 workflows for 3 permits: tokens differ, and never more than 3 hold', async () => {
    const name = await semaphore(3);
    let most = 0;
    const watching = new AbortController();
    const counting = (async () => {
      const path = `/apis/sync.konductor.io/v1/namespaces/${place.namespace}/semaphores`;
      for await (const { object } of place.cluster.watch<Semaphore>(path, watching.signal)) {
        if (object.metadata.name === name) most = Math.max(most, object.status?.inUse ?? 0);
      }
    })().catch(() => {});
    const names = await Promise.all(Array.from({ length: 20 }, () => place.flows.submit(acquireWaitsFor(name))));
    const ended = await Promise.all(names.map((flow) => place.flows.ended(flow, 240_000)));
    watching.abort();
    await counting;
    expect(ended.map(({ status }) => status?.phase)).toEqual(names.map(() => 'Succeeded'));
    const tokens = ended.map((flow) => outputOf(flow, 'acquire'));
    expect(new Set(tokens).size).toBe(20);
    expect(most).toBeLessThanOrEqual(3);
  }, 300_000);

  describe('whatever ends a workflow that holds, the next one gets it:', () => {
    it.each(ENDS)(
      '%s',
      async (end) => {
        const name = await semaphore(1);
        const flow = await holder(name);
        const next = await place.flows.submit(acquireWaitsFor(name));
        await place.flows.reaches(next, 'acquire', 'Pending');
        await place.flows[end](flow);
        expect((await place.flows.ended(next)).status?.phase).toBe('Succeeded');
      },
      90_000,
    );
  });

  describe('a workflow that waits and is ended asks no more:', () => {
    it.each(ENDS)(
      '%s',
      async (end) => {
        const name = await semaphore(1);
        const flow = await holder(name);
        const waits = await place.flows.submit(acquireWaitsFor(name));
        await until(async () => (await waiting(name)) === 1, { within: 20_000, what: 'it waits' });
        await place.flows[end](waits);
        await until(async () => (await waiting(name)) === 0, { within: 20_000, what: 'it waits no more' });
        await place.flows.delete(flow);
      },
      90_000,
    );
  });

  it('onExit lets go after a failure', async () => {
    const name = await semaphore(1);
    const flow = await place.flows.submit(
      workflow(
        {
          main: steps('acquire', 'wrong'),
          acquire: plugin({ name }),
          wrong: plugin({ name, weight: 'two' }),
          release: plugin({ name, action: 'release' }),
        },
        { onExit: 'release' },
      ),
    );
    const ended = await place.flows.ended(flow);
    expect(ended.status?.phase).toBe('Failed');
    expect(await place.flows.node(flow, 'wrong')).toMatchObject({
      phase: 'Failed',
      message: expect.stringContaining('semaphore.weight: must be a whole number'),
    });
    expect(await place.flows.node(flow, `${flow}.onExit`)).toMatchObject({ phase: 'Succeeded' });
    await nothingHeld();
  }, 90_000);

  it("costs the API server so many writes a workflow, beside Argo's own synchronization", async () => {
    const name = await semaphore(3);
    await place.cluster.request('POST', `/api/v1/namespaces/${place.namespace}/configmaps`, {
      metadata: { name: `limits-${name}` },
      data: { all: '3' },
    });
    const semaphores = [{ configMapKeyRef: { name: `limits-${name}`, key: 'all' } }];
    const own = () =>
      workflow({ main: { synchronization: { semaphores }, ...steps('work') }, work: { suspend: { duration: '0' } } });
    const writes = async (make: () => object) => {
      const before = await writesOf(place.cluster);
      const names = await Promise.all(Array.from({ length: CROWD }, () => place.flows.submit(make())));
      for (const flow of names) await place.flows.ended(flow, 240_000);
      await nothingHeld();
      const after = await writesOf(place.cluster);
      return Object.entries(after).map(([what, count]) => `${what} ${(count - (before[what] ?? 0)) / CROWD}`);
    };
    console.info(`${mode}, writes a workflow: acquire, work, release: ${await writes(() => acquireWaitsFor(name))}`);
    console.info(`${mode}, writes a workflow: Argo's synchronization: ${await writes(own)}`);
  }, 400_000);

  it('equal items of a loop hold each for itself', async () => {
    const name = await semaphore(3);
    const flow = await place.flows.submit(
      workflow({
        main: { steps: [[{ name: 'a', template: 'acquire', withItems: ['q', 'q', 'q'] }]] },
        acquire: plugin({ name }),
      }),
    );
    const { status } = await place.flows.ended(flow);
    const tokens = Object.values(status?.nodes ?? {}).flatMap(({ outputs }) => outputs?.result ?? []);
    expect(new Set(tokens).size).toBe(3);
  }, 90_000);

  it('inline templates are told apart by the annotation of the controller', async () => {
    const name = await semaphore(2);
    const inline = plugin({ name });
    const flow = await place.flows.submit(
      workflow({
        main: {
          steps: [
            [
              { name: 'a', inline },
              { name: 'b', inline },
            ],
          ],
        },
      }),
    );
    const { status } = await place.flows.ended(flow);
    const tokens = Object.values(status?.nodes ?? {}).flatMap(({ outputs }) => outputs?.result ?? []);
    expect(new Set(tokens).size).toBe(2);
  }, 90_000);

  it('a retried step asks anew', async () => {
    const name = await semaphore(1);
    const flow = await holder(name);
    const retried = await place.flows.submit(
      workflow({
        main: steps('acquire'),
        acquire: { ...plugin({ name, timeout: '2s', attempt: '{{retries}}' }), retryStrategy: { limit: '10' } },
      }),
    );
    await place.flows.reaches(retried, 'acquire(0)', 'Failed');
    await place.flows.delete(flow);
    expect((await place.flows.ended(retried)).status?.phase).toBe('Succeeded');
  }, 120_000);

  it('argo retry asks anew: what timed out then is granted now', async () => {
    const name = await semaphore(1);
    const flow = await holder(name);
    const waits = await place.flows.submit(
      workflow({ main: steps('acquire'), acquire: plugin({ name, timeout: '2s', attempt: '{{retries}}' }) }),
    );
    expect((await place.flows.ended(waits)).status?.phase).toBe('Failed');
    await place.flows.delete(flow);
    await place.flows.retry(waits);
    expect((await place.flows.ended(waits)).status?.phase).toBe('Succeeded');
  }, 120_000);

  it('argo resubmit is another workflow: what the first held is over, and the next token is higher', async () => {
    const name = await semaphore(1);
    const gate = { plugin: { konductor: { gate: { name: `door-${name}`, timeout: '2s', key: '{{node.name}}' } } } };
    const flow = await place.flows.submit(
      workflow({
        main: {
          dag: {
            tasks: [
              { name: 'acquire', template: 'acquire' },
              { name: 'gate', template: 'gate' },
            ],
          },
        },
        acquire: plugin({ name }),
        gate,
      }),
    );
    const first = await place.flows.ended(flow);
    expect(first.status?.phase).toBe('Failed');
    await nothingHeld();
    const acquired = await place.flows.node(flow, 'acquire');
    expect(acquired?.outputs?.result).toMatch(/^[0-9]+$/);
    const again = await place.flows.resubmit(flow);
    expect(Number(outputOf(await place.flows.ended(again), 'acquire'))).toBeGreaterThan(
      Number(acquired?.outputs?.result),
    );
  }, 120_000);

  describe.skipIf(!programs?.cli)("by Argo's CLI:", () => {
    const cli = (...args: readonly string[]) => (argo as ArgoCli)(...args);

    it('argo lint finds nothing in the examples', async () => {
      const cluster = join(place.cluster.dir, 'cluster-template.yaml');
      await writeFile(cluster, toYaml(clusterTemplate()));
      await expect(cli('lint', '--offline', join(CRDS, '../examples/argo'), cluster)).resolves.toContain(
        'no linting errors',
      );
    });

    it('argo retry holds again only what it is told to run again', async () => {
      const name = await semaphore(1);
      const gate = `door-${name}`;
      const flow = await place.flows.submit(
        workflow({
          main: steps('acquire', 'check', 'release'),
          acquire: plugin({ name }),
          check: { plugin: { konductor: { gate: { name: gate, timeout: '1s', key: '{{node.name}}' } } } },
          release: plugin({ name, action: 'release' }),
        }),
      );
      const tokenAtTheEnd = async () => {
        const ended = await place.flows.ended(flow);
        await nothingHeld();
        return { phase: ended.status?.phase, token: Number(outputOf(ended, 'acquire')) };
      };
      const first = await tokenAtTheEnd();
      expect(first.phase).toBe('Failed');
      await cli('retry', flow);
      expect(await tokenAtTheEnd()).toEqual(first);
      await place.flows.apply([
        {
          ...{ apiVersion: 'sync.konductor.io/v1', kind: 'Gate', metadata: { name: gate } },
          spec: { conditions: [{ semaphore: name, state: 'Ready' }] },
        },
      ]);
      await cli('retry', flow, '--restart-successful', '--node-field-selector=templateName=acquire');
      const last = await tokenAtTheEnd();
      expect(last.phase).toBe('Succeeded');
      expect(last.token).toBeGreaterThan(first.token);
    }, 120_000);

    it('a suspended workflow goes on waiting, and takes its turn when it is resumed', async () => {
      const name = await semaphore(1);
      const flow = await holder(name);
      const waits = await place.flows.submit(acquireWaitsFor(name));
      await until(async () => (await waiting(name)) === 1, { within: 20_000, what: 'it waits' });
      await cli('suspend', waits);
      await cli('delete', flow);
      await until(async () => (await waiting(name)) === 0, { within: 20_000, what: 'it holds' });
      await cli('resume', waits);
      expect((await place.flows.ended(waits)).status?.phase).toBe('Succeeded');
      await nothingHeld();
    }, 90_000);
  });

  it('goes on where it was when the controller is killed', async () => {
    const name = await semaphore(1);
    const flow = await holder(name);
    const waits = await place.flows.submit(acquireWaitsFor(name));
    await place.flows.reaches(waits, 'acquire', 'Pending');
    await place.controller.kill('SIGKILL');
    await place.flows.delete(flow);
    await place.controller.start();
    expect((await place.flows.ended(waits)).status?.phase).toBe('Succeeded');
  }, 120_000);

  it('goes on where it was when the operator is killed', async () => {
    const name = await semaphore(1);
    const flow = await holder(name);
    const waits = await place.flows.submit(acquireWaitsFor(name));
    await place.flows.reaches(waits, 'acquire', 'Pending');
    await operator.kill('SIGKILL');
    await place.flows.delete(flow);
    operator = await startOperatorProcess({ kubeconfig: await place.cluster.kubeconfig(), namespace: place.namespace });
    expect((await place.flows.ended(waits)).status?.phase).toBe('Succeeded');
  }, 120_000);

  it.runIf(mode === 'with agents').each(['agent', 'plugin'] as const)(
    'goes on where it was when the %s is killed',
    async (what) => {
      const name = await semaphore(1);
      const flow = await holder(name);
      const waits = await place.flows.submit(acquireWaitsFor(name));
      await place.flows.reaches(waits, 'acquire', 'Pending');
      node.kill(waits, what);
      await place.flows.delete(flow);
      expect((await place.flows.ended(waits)).status?.phase).toBe('Succeeded');
    },
    120_000,
  );

  it.runIf(mode === 'agentless')(
    'shows why a node waits, and makes no pod for it',
    async () => {
      const name = await semaphore(1);
      const flow = await holder(name);
      const waits = await place.flows.submit(acquireWaitsFor(name));
      const message = async () => (await place.flows.node(waits, 'acquire'))?.message ?? '';
      await until(async () => (await message()).includes('waiting for a permit'), {
        within: 20_000,
        what: 'it says so',
      });
      expect(node.agents).toEqual([]);
      await place.flows.delete(flow);
      await place.flows.ended(waits);
    },
    90_000,
  );
});
