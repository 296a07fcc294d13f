import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import type { Semaphore } from '../../src/api/semaphore.ts';
import { type Figure, tableOf } from '../bench/figure.ts';
import { until } from '../cluster/until.ts';
import { conditionOf, type Ground, ground, isOver, type Run, startDoor } from './ground.ts';
import { customRun, pipelineRun, semaphore, task } from './objects.ts';
import { startTektonCluster, type TektonCluster, type TektonOptions } from './start-tekton.ts';

// What Konductor adds to a custom task, beside a controller that does nothing and does it at once, in the same run.

const NOOP = { apiVersion: 'bench.konductor.io/v1', kind: 'Noop' };
const SINGLES = 100;
const RUNS = 10;
const STEPS = 5;
const HANDOVERS = 20;
const WAITING = 2_000;

/** Says at once that all is done: nobody could be faster. */
function startNoop({ cluster }: TektonCluster): () => void {
  const stop = new AbortController();
  const serve = async () => {
    for await (const { type, object } of cluster.watch<NoopRun>('/apis/tekton.dev/v1beta1/customruns', stop.signal)) {
      if (type !== 'ADDED' || object.spec.customRef?.kind !== NOOP.kind || object.status) continue;
      const { name, namespace } = object.metadata;
      const now = new Date().toISOString();
      const done = { type: 'Succeeded', status: 'True', reason: 'Done', message: '', lastTransitionTime: now };
      const status = { conditions: [done], startTime: now, completionTime: now, observedGeneration: 1 };
      void cluster.request('PATCH', `/apis/tekton.dev/v1beta1/namespaces/${namespace}/customruns/${name}/status`, {
        status,
      });
    }
  };
  void serve().catch(() => {});
  return () => stop.abort();
}

interface NoopRun extends Run {
  readonly metadata: Run['metadata'] & { readonly namespace: string };
  readonly spec: Run['spec'] & { readonly customRef?: { readonly kind: string } };
}

/** When each CustomRun of a namespace was first seen, and seen done, by one watch. */
function stopwatch({ cluster }: TektonCluster, on: Ground) {
  const added = new Map<string, number>();
  const done = new Map<string, number>();
  const stop = new AbortController();
  const path = `/apis/tekton.dev/v1beta1/namespaces/${on.namespace}/customruns`;
  void (async () => {
    for await (const { object } of cluster.watch<Run>(path, stop.signal)) {
      const { name } = object.metadata;
      if (!added.has(name)) added.set(name, performance.now());
      if (isOver(object) && !done.has(name)) done.set(name, performance.now());
    }
  })().catch(() => {});
  return { added, done, stop: () => stop.abort() };
}

const at = (share: number, values: readonly number[]): number =>
  values.toSorted((one, other) => one - other)[Math.min(values.length - 1, Math.floor(values.length * share))] ??
  Number.NaN;

async function singles(tekton: TektonCluster): Promise<Figure[]> {
  const on = await ground(tekton.cluster);
  const watch = stopwatch(tekton, on);
  await on.create(semaphore('wide', 10_000));
  for (let index = 0; index < SINGLES; index++) {
    await on.create(customRun(`ours-${index}`, 'Semaphore', 'wide'));
    await on.create(customRun(`noop-${index}`, '', '', {}, { customRef: NOOP }));
    await until(() => watch.done.has(`ours-${index}`) && watch.done.has(`noop-${index}`), {
      within: 30_000,
      what: 'both',
    });
  }
  watch.stop();
  const times = (who: string) =>
    Array.from({ length: SINGLES }, (_, index) => {
      const name = `${who}-${index}`;
      return (watch.done.get(name) ?? Number.NaN) - (watch.added.get(name) ?? Number.NaN);
    });
  const [ours, noop] = [times('ours'), times('noop')];
  const ratio = at(0.5, ours) / at(0.5, noop);
  return [
    { name: 'ADDED to Succeeded, free, p50', value: at(0.5, ours), unit: 'ms' },
    { name: 'ADDED to Succeeded, free, p99', value: at(0.99, ours), unit: 'ms' },
    { name: 'control: does nothing at once, p50', value: at(0.5, noop), unit: 'ms' },
    { name: 'control: does nothing at once, p99', value: at(0.99, noop), unit: 'ms' },
    { name: 'ratio of p50', value: ratio, unit: '', goal: '≤ 2.5', met: ratio <= 2.5 },
  ];
}

async function hops(tekton: TektonCluster): Promise<Figure[]> {
  const rate = async (prefix: string, step: (name: string, more: object) => object): Promise<number> => {
    const on = await ground(tekton.cluster);
    await on.create(semaphore('wide', 10_000));
    const names = Array.from({ length: RUNS }, (_, index) => `${prefix}-${index}`);
    const steps = Array.from({ length: STEPS }, (_, index) =>
      step(`s${index}`, index > 0 ? { runAfter: [`s${index - 1}`] } : {}),
    );
    const began = performance.now();
    await Promise.all(names.map((name) => on.create(pipelineRun(name, steps))));
    for (const name of names) await on.done('pipelineruns', name, 300_000);
    return (RUNS * STEPS) / ((performance.now() - began) / 1_000);
  };
  const bare = (name: string, more: object) => ({ name, taskRef: { ...NOOP, name: 'x' }, ...more });
  const ours = (name: string, more: object) => task(name, 'Semaphore', 'wide', {}, more);
  const controls: number[] = [];
  const rates: number[] = [];
  for (let round = 0; round < 3; round++) {
    controls.push(await rate(`bare-${round}`, bare));
    rates.push(await rate(`ours-${round}`, ours));
  }
  const share = at(0.5, rates) / at(0.5, controls);
  return [
    { name: `${RUNS} PipelineRuns of ${STEPS} steps, median of 3`, value: at(0.5, rates), unit: 'steps/s' },
    { name: 'control: does nothing at once', value: at(0.5, controls), unit: 'steps/s' },
    { name: 'share of the control', value: share * 100, unit: '%', goal: '≥ 90 %', met: share >= 0.9 },
  ];
}

async function handover(tekton: TektonCluster): Promise<Figure[]> {
  const on = await ground(tekton.cluster);
  await on.create(semaphore('db'));
  const watch = stopwatch(tekton, on);
  const release = { runAfter: ['lock'] };
  for (let index = 0; index < HANDOVERS; index++) {
    const tasks = [task('lock', 'Semaphore', 'db'), task('unlock', 'Semaphore', 'db', { action: 'release' }, release)];
    await on.create(pipelineRun(`run-${index}`, tasks));
  }
  const all = Array.from({ length: HANDOVERS }, (_, index) => `run-${index}`);
  for (const name of all) await on.done('pipelineruns', name, 120_000);
  watch.stop();
  const locked = all.map((name) => watch.done.get(`${name}-lock`) ?? 0).toSorted((one, other) => one - other);
  const unlocked = all.map((name) => watch.done.get(`${name}-unlock`) ?? 0).toSorted((one, other) => one - other);
  const times = locked.slice(1).map((time, index) => time - (unlocked[index] ?? 0));
  return [
    { name: 'released to next Granted, p50', value: at(0.5, times), unit: 'ms' },
    { name: 'released to next Granted, p99', value: at(0.99, times), unit: 'ms' },
  ];
}

async function crowd(tekton: TektonCluster, pid: number): Promise<Figure[]> {
  const on = await ground(tekton.cluster);
  await on.create(semaphore('db'));
  await on.create(customRun('holds', 'Semaphore', 'db'));
  await on.done('customruns', 'holds');
  const before = megabytes(pid);
  for (let next = 0; next < WAITING; next += 50) {
    await Promise.all(
      Array.from({ length: 50 }, (_, index) => on.create(customRun(`w-${next + index}`, 'Semaphore', 'db'))),
    );
  }
  const allWait = ({ status }: Semaphore) => status?.waiting === WAITING;
  await on.seen<Semaphore>('semaphores', 'db', allWait, 300_000);
  await pause(15_000);
  const after = megabytes(pid);
  const { body } = await tekton.cluster.request<{ items: readonly unknown[] }>(
    'GET',
    `/api/v1/namespaces/${on.namespace}/pods`,
  );
  const told = (await on.list<Run>('customruns')).filter((run) => conditionOf(run)?.reason === 'Queued').length;
  return [
    { name: `operator and door, before ${WAITING} wait`, value: before, unit: 'MB' },
    { name: `operator and door, while ${WAITING} wait`, value: after, unit: 'MB' },
    { name: 'told that they wait', value: told, unit: '', goal: String(WAITING), met: told === WAITING },
    { name: 'pods', value: body.items.length, unit: '', goal: '0', met: body.items.length === 0 },
  ];
}

const megabytes = (pid: number): number =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1_024;

type Measure = (tekton: TektonCluster, pid: number) => Promise<Figure[]>;

/** Tekton's webhook is on in all of them. */
async function measured(what: string, options: TektonOptions, measures: readonly Measure[]): Promise<void> {
  const tekton = await startTektonCluster(options);
  const door = await startDoor(tekton.cluster);
  const stopNoop = startNoop(tekton);
  try {
    process.stdout.write(`${what}\n`);
    for (const measure of measures) process.stdout.write(`${tableOf(await measure(tekton, door.pid))}\n`);
  } finally {
    stopNoop();
    await door.kill('SIGTERM');
    await tekton.stop();
  }
}

await measured("Tekton's own limits", { limits: [] }, [hops]);
await measured('-kube-api-qps 500 -kube-api-burst 1000 -threads-per-controller 16', {}, [
  singles,
  hops,
  handover,
  crowd,
]);
