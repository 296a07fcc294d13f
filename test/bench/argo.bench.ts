import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { WorkflowTaskSet } from '../../plugins/argo/kinds.ts';
import { argoTaskSets } from '../../plugins/argo/task-sets.ts';
import { Permit } from '../../src/api/permit.ts';
import { Semaphore } from '../../src/api/semaphore.ts';
import { installForeignKinds } from '../../src/dev/foreign-kinds.ts';
import { isNotFound } from '../../src/kube/errors.ts';
import { makeSemaphore } from '../argo/ground.ts';
import { Workflow } from '../argo/workflow.ts';
import { spawnGuarded } from '../cluster/guard.ts';
import { until } from '../cluster/until.ts';
import { openDoor } from '../support/open-door.ts';
import { apiWrites } from './api-writes.ts';
import { earOn } from './ear.ts';
import { type Engine, startEngine } from './engine.ts';
import type { Benchmark, Figure } from './figure.ts';
import { paced } from './paced.ts';
import { costOf } from './process-cost.ts';
import { median, quantile } from './statistics.ts';

const PER_SECOND = 200;
const SECONDS = 15;
const STEPS = 50;
const GRANTS = 200;
const ANSWER_GOAL = 10;
const PATCH_GOAL = 100;

/** Our own share of a step of Argo: what its agent and its controller add comes on top. */
export const benchmark: Benchmark = {
  load: `${PER_SECOND} calls/s to the plugin about ${STEPS} waiting and ${STEPS} finished steps, by turns with a bare express echo; then ${GRANTS} grants, one after the other`,
  async *run() {
    await using engine = await startEngine();
    yield* answers(engine);
    yield* taskSets(engine);
  },
};

async function* answers(engine: Engine): AsyncGenerator<Figure> {
  const { cluster, client, namespace } = engine;
  await makeSemaphore(client, 'full', STEPS, namespace);
  const kubeconfig = await cluster.kubeconfig();
  await using plugin = await started([
    KONDUCTOR,
    'argo-plugin',
    `--kubeconfig=${kubeconfig}`,
    '--listen=127.0.0.1:0',
    '--token-file=',
  ]);
  await using echo = await started(['--input-type=module', '--eval', ECHO]);
  const owner = await workflow(engine, 'bench');
  const call = (key: string, semaphore: object = {}, name = 'full') =>
    JSON.stringify({
      workflow: { metadata: owner },
      template: { name: 'hold', inputs: {}, plugin: { konductor: { semaphore: { name, key, ...semaphore } } } },
    });
  const calls = Array.from({ length: 2 * STEPS }, (_, index) => call(`bench[0].step(${index})`));
  // the first half is granted, the second waits
  for (const body of calls) await timed(plugin.port, body);

  const seconds = Array.from({ length: SECONDS }, (): [number[], number[]] => [[], []]);
  const underWay = new Set<Promise<void>>();
  const before = [costOf(plugin.pid).cpu, costOf(echo.pid).cpu] as const;
  const began = performance.now();
  let turn = 0;
  const stop = paced(2 * PER_SECOND, () => {
    const which = (turn++ % 2) as 0 | 1;
    const body = calls[Math.floor(turn / 2) % calls.length] ?? '';
    const second = Math.min(SECONDS - 1, Math.floor((performance.now() - began) / 1_000));
    const one = timed([plugin, echo][which]?.port ?? 0, body).then(
      ({ took }) => void seconds[second]?.[which].push(took),
    );
    underWay.add(one);
    void one.finally(() => underWay.delete(one));
  });
  await new Promise((resolve) => setTimeout(resolve, SECONDS * 1_000));
  stop();
  await Promise.all(underWay);
  for (const share of [0.5, 0.99]) {
    // other work on the machine stops everything for a while now and then: the median second has none of that
    const ofSecond = (which: 0 | 1) =>
      median(seconds.filter((second) => second[which].length > 0).map((second) => quantile(second[which], share)));
    const [value, control] = [ofSecond(0), ofSecond(1)];
    const name = `answer p${share * 100} of the median second`;
    yield { name: `${name} (control: the echo)`, value, unit: 'ms', control, ratio: value / control };
    yield {
      name: `${name}, over the echo`,
      value: value - control,
      unit: 'ms',
      ...goal(value - control, share, ANSWER_GOAL),
    };
  }
  const spent = [plugin, echo].map(({ pid }, index) => (costOf(pid).cpu - (before[index] ?? 0)) / (turn / 2));
  const [value = 0, control = 0] = spent.map((each) => each * 1_000);
  yield { name: 'CPU of an answer (control: the echo)', value, unit: 'ms', control, ratio: value / control };

  // grant → reply: from our hearing of the grant to the answer of a plugin that is called without a pause
  const replies: number[] = [];
  await makeSemaphore(client, 'one', 1, namespace);
  await using ear = await earOn(client.of(Permit, namespace), { fieldSelector: 'spec.semaphore=one' });
  await timed(plugin.port, call('bench.0', {}, 'one'));
  for (let index = 1; index <= GRANTS / 4; index++) {
    const waits = call(`bench.${index}`, {}, 'one');
    await timed(plugin.port, waits);
    const granted = new Promise<number>((resolve) => {
      ear.onHeard(({ spec, status }, at) => {
        if (spec.holder === `bench.${index}` && status?.phase === 'Granted') resolve(at);
      });
    });
    await timed(plugin.port, call(`release.${index}`, { action: 'release' }, 'one'));
    let answered = 0;
    while (answered === 0)
      if ((await timed(plugin.port, waits)).text.includes('Succeeded')) answered = performance.now();
    replies.push(Math.max(0, answered - (await granted)));
  }
  for (const share of [0.5, 0.99]) {
    yield { name: `grant → reply to the next poll, p${share * 100}`, value: quantile(replies, share), unit: 'ms' };
  }
}

async function* taskSets({ cluster, client, namespace }: Engine): AsyncGenerator<Figure> {
  const door = openDoor(argoTaskSets(), { client, namespaces: [namespace] });
  await makeSemaphore(client, 'slot', 1, namespace);
  const sets = client.of(WorkflowTaskSet, namespace);
  await using swaps = await earOn(client.of(Semaphore, namespace), { fieldSelector: 'metadata.name=slot' });
  await using patches = await earOn(sets);
  const step = (semaphore: object) => ({
    name: 'step',
    plugin: { konductor: { semaphore: { name: 'slot', ...semaphore } } },
  });
  const owner = await workflow({ client, namespace }, 'agentless');
  const { metadata } = await client.of(Workflow, namespace).get('agentless');
  const ownerReferences = [
    { apiVersion: 'argoproj.io/v1alpha1', kind: 'Workflow', name: owner.name, uid: metadata.uid },
  ];
  await sets.create({
    ...{ apiVersion: 'argoproj.io/v1alpha1', kind: 'WorkflowTaskSet', metadata: { name: owner.name, ownerReferences } },
    spec: { tasks: { 'a-0': step({}) } },
  } as never);
  // the swap is the grant: its claim may be told after the step
  const granted = new Map<string, number>();
  swaps.onHeard(({ status }, at) => {
    const token = String(status?.token);
    if (!granted.has(token)) granted.set(token, at);
  });
  await patches.when(owner.name, ({ status }) => status?.nodes?.['a-0']?.phase === 'Succeeded');
  const seen = new Map<string, number>();
  const before = await apiWrites(cluster);
  for (let index = 1; index <= GRANTS; index++) {
    const [id, let_] = [`a-${index}`, `r-${index}`];
    let token = '';
    const answered = patches.when(owner.name, ({ status }) => {
      token = status?.nodes?.[id]?.outputs?.result ?? '';
      return token !== '';
    });
    const tasks = { [id]: step({}), [let_]: step({ action: 'release', claim: '' }) };
    await sets.mergePatch(owner.name, { spec: { tasks: { [id]: tasks[id] } } } as never);
    await sets.mergePatch(owner.name, { spec: { tasks: { [let_]: tasks[let_] } } } as never);
    const at = await answered;
    seen.set(token, at);
    const none = { [id]: null, [let_]: null };
    await sets.patchStatus(owner.name, { nodes: none } as never);
    await sets.mergePatch(owner.name, { spec: { tasks: none } } as never);
  }
  const after = await apiWrites(cluster);
  const times = [...seen].map(([token, at]) => Math.max(0, at - (granted.get(token) ?? Number.NaN)));
  for (const share of [0.5, 0.99]) {
    const value = quantile(times, share);
    yield {
      name: `agentless: grant → patch of the task set seen, p${share * 100}`,
      value,
      unit: 'ms',
      ...goal(value, share, PATCH_GOAL),
    };
  }
  yield {
    name: 'agentless: writes to our kinds for acquire and release',
    value: (after.ours - before.ours) / GRANTS,
    unit: '',
  };
  await door.stop();
}

const goal = (value: number, share: number, atMost: number) =>
  share === 0.99 ? { goal: `≤ ${atMost} ms`, met: value <= atMost } : {};

async function workflow({ client, namespace }: Pick<Engine, 'client' | 'namespace'>, name: string) {
  const flows = client.of(Workflow, namespace);
  const isServed = await flows.list().then(
    () => true,
    (error: unknown) => !isNotFound(error),
  );
  if (!isServed) await installForeignKinds(client);
  const made = async () => {
    try {
      await flows.create({
        apiVersion: 'argoproj.io/v1alpha1',
        kind: 'Workflow',
        metadata: { name },
        spec: {},
      } as never);
      await client.of(WorkflowTaskSet, namespace).list();
      return true;
    } catch {
      return flows.get(name).then(
        () =>
          client
            .of(WorkflowTaskSet, namespace)
            .list()
            .then(
              () => true,
              () => false,
            ),
        () => false,
      );
    }
  };
  await until(made, { within: 30_000, what: 'workflows are served' });
  return { name, namespace, uid: (await flows.get(name)).metadata.uid };
}

async function timed(port: number, body: string): Promise<{ readonly took: number; readonly text: string }> {
  const began = performance.now();
  const response = await fetch(`http://127.0.0.1:${port}/api/v1/template.execute`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body,
  });
  const text = await response.text();
  return { took: performance.now() - began, text };
}

/** A program that listens on a port of its choice and says which. */
async function started(
  args: readonly string[],
): Promise<AsyncDisposable & { readonly port: number; readonly pid: number }> {
  const child = spawnGuarded(process.execPath, args, {
    cwd: join(import.meta.dirname, '../..'),
    env: { PATH: process.env.PATH },
    stdio: ['ignore', 'pipe', 2],
  });
  if (!child.stdout) throw new Error('it has no output');
  const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
  return {
    port: (JSON.parse(line) as { port: number }).port,
    pid: child.pid ?? 0,
    async [Symbol.asyncDispose]() {
      const gone = once(child, 'exit');
      child.kill('SIGKILL');
      await gone;
    },
  };
}

const KONDUCTOR = join(import.meta.dirname, '../../src/dev/main.ts');
const ECHO = `
  import express from 'express';
  const app = express();
  app.post('/api/v1/template.execute', express.json(), (request, response) => response.json(request.body));
  const server = app.listen(0, '127.0.0.1');
  server.keepAliveTimeout = 75_000;
  server.once('listening', () => console.log(JSON.stringify({ port: server.address().port })));
`;
