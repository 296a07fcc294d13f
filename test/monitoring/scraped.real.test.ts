import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sharedCluster } from '../cluster/connect.ts';
import { until } from '../cluster/until.ts';
import { chartWith, SYSTEM } from '../install/chart.ts';
import { type OperatorProcess, startOperatorProcess } from '../support/operator-process.ts';
import { type Prometheus, startPrometheus, WITHOUT_PROMETHEUS } from './prometheus.ts';
import { ALERTS, asked, GROUPS, QUESTIONS } from './watched.ts';
import { type Work, work } from './work.ts';

const cluster = sharedCluster();

let namespace: string;
let operators: readonly OperatorProcess[];
let prometheus: Prometheus;
let people: Work;

/** Nobody waits for minutes here. What an alert asks for is what it asks for in a cluster. */
const AT_ONCE = GROUPS.map((group) => ({ ...group, rules: group.rules.map((rule) => ({ ...rule, for: '1s' })) }));

describe.skipIf(WITHOUT_PROMETHEUS)('what Prometheus sees', () => {
  beforeAll(async () => {
    namespace = await cluster.namespace('monitoring', { awaits: 'service-account' });
    const kubeconfig = await cluster.kubeconfig();
    const options = { kubeconfig, namespace, election: 'monitored', doors: ['pods'] } as const;
    operators = await Promise.all([startOperatorProcess(options), startOperatorProcess(options)]);
    await Promise.race(operators.map(({ acting }) => acting));
    prometheus = await startPrometheus({
      targets: operators.map(({ port }, index) => ({ port, labels: { namespace: SYSTEM, pod: `operator-${index}` } })),
      honorLabels: await honorLabels(),
      groups: AT_ONCE,
    });
    people = work(cluster, namespace);
    await people.fillQueue();
  });
  afterAll(async () => {
    await prometheus?.[Symbol.asyncDispose]();
    for (const operator of operators ?? []) await operator.kill('SIGKILL');
  });

  it('answers every question of the dashboard', async () => {
    // the panel of errors is answered once something goes wrong
    await using _refused = await people.refuseSwaps();
    let unanswered = QUESTIONS;
    for (let round = 0; unanswered.length > 0 && round < ROUNDS; round++) {
      await people.round();
      const answers = await Promise.all(unanswered.map(({ expr }) => prometheus.query(asked(expr))));
      unanswered = unanswered.filter((_, index) => !answers[index]?.some(({ value }) => !Number.isNaN(value)));
    }
    expect(unanswered).toEqual([]);
  });

  it('answers them right, though two operators tell the same', async () => {
    const numbers = async (title: string, variables = {}) => {
      const [question] = QUESTIONS.filter(({ at }) => at.startsWith(title));
      const series = await prometheus.query(asked(question?.expr ?? 'no such panel', variables));
      return series.map(({ metric, value }) => ({ ...metric, value }));
    };
    // what was told last is scraped a moment later
    const becomes = (...[title, variables]: Parameters<typeof numbers>) =>
      expect.poll(() => numbers(title, variables), { timeout: 10_000 });
    expect(await numbers('Operators that act')).toEqual([{ value: 1 }]);
    expect(await numbers('Operators that act', { installation: SYSTEM })).toEqual([{ value: 1 }]);
    expect(await numbers('Operators that act', { installation: 'elsewhere' })).toEqual([]);
    // two permits and that of the Pod
    await becomes('Claims that wait', { namespace }).toEqual([{ value: 3 }]);
    expect(await numbers('Claims that wait', { namespace: 'elsewhere' })).toEqual([{ value: 0 }]);
    await becomes('Longest queues').toEqual([{ kind: 'Semaphore', namespace, name: 'queue', value: 3 }]);
    expect(await numbers('Memory')).toHaveLength(2);
  });

  it('raises no alert at rest', async () => {
    const noisy = async () => (await prometheus.alerts()).filter(({ state }) => state !== 'inactive');
    await until(async () => (await noisy()).length === 0, { within: 30_000, what: 'all alerts are quiet' });
    const states = await prometheus.alerts();
    expect(states.filter(({ health }) => health !== 'ok')).toEqual([]);
    expect(states.map(({ name }) => name)).toEqual(ALERTS.map(({ alert }) => alert));
  });

  it('raises KonductorQueueStuck while a write is refused', async () => {
    {
      await using _refused = await people.refuseSwaps();
      await raised('KonductorQueueStuck');
    }
    await quiet('KonductorQueueStuck');
  });

  it('raises KonductorNobodyActs when none is left', async () => {
    await operators[0]?.kill('SIGTERM');
    await operators[1]?.acting;
    await quiet('KonductorNobodyActs');
    await operators[1]?.kill('SIGKILL');
    await raised('KonductorNobodyActs');
  });
});

/** Each takes a second and more, and no rate is known from one look. */
const ROUNDS = 12;

async function becomes(alert: string, state: 'firing' | 'inactive'): Promise<void> {
  const isSo = async () => (await prometheus.alerts()).some((each) => each.name === alert && each.state === state);
  await until(isSo, { within: 30_000, what: `${alert} is ${state}` });
}
const raised = (alert: string) => becomes(alert, 'firing');
const quiet = (alert: string) => becomes(alert, 'inactive');

/** As the chart has the Prometheus operator scrape. */
async function honorLabels(): Promise<boolean> {
  const monitor = (await chartWith('serviceMonitor.enabled=true')).find(({ kind }) => kind === 'ServiceMonitor');
  const spec = monitor?.['spec'] as { readonly endpoints: readonly { readonly honorLabels?: boolean }[] } | undefined;
  return spec?.endpoints[0]?.honorLabels ?? false;
}
