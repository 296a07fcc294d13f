import { setTimeout as pause } from 'node:timers/promises';
import { isGated, POD, type Pod } from '../../plugins/pods/pod.ts';
import { API_VERSION } from '../../src/api/group.ts';
import { Permit } from '../../src/api/permit.ts';
import { Semaphore } from '../../src/api/semaphore.ts';
import { until } from '../cluster/until.ts';
import { aGatedPod } from '../support/gated-pods.ts';
import { apiWrites } from './api-writes.ts';
import { earOn } from './ear.ts';
import { type Engine, IN_FLIGHT, startEngine } from './engine.ts';
import { type Benchmark, compared, type Figure } from './figure.ts';
import { timeInFlight } from './in-flight.ts';
import { costOf } from './process-cost.ts';
import { quantile } from './statistics.ts';

const ROUNDS = 150;
const WARM_UP = 20;
const WAITING = 2_000;
const PERMITS = 200;
const IDLE_SECONDS = 15;
const MB = 2 ** 20;

/** What it takes to let a Pod go, and what those cost that wait. */
export const benchmark: Benchmark = {
  load: `${ROUNDS} gated Pods one by one, the control being a bare PATCH of a Pod until it is answered, and until a watch tells it; then ${WAITING} that wait for ${PERMITS} permits, ${IDLE_SECONDS} s of rest, and the permits all at once, the control being as many bare PATCHes, ${IN_FLIGHT} in flight`,
  async *run() {
    await using engine = await startEngine({ doors: ['pods'] });
    for (const namespace of [engine.namespace, engine.bare]) {
      const account = `/api/v1/namespaces/${namespace}/serviceaccounts/default`;
      const isThere = async () => (await engine.cluster.request('GET', account)).status === 200;
      await until(isThere, { within: 30_000, what: 'Pods can be made' });
    }
    yield* oneByOne(engine);
    yield* many(engine);
  },
};

const pods = ({ client }: Engine, namespace: string) => client.of(POD, namespace);
const semaphore = (name: string, permits: number) =>
  ({ apiVersion: API_VERSION, kind: 'Semaphore', metadata: { name }, spec: { permits } }) as const;

async function* oneByOne(engine: Engine): AsyncGenerator<Figure> {
  const { client, namespace, bare, cluster } = engine;
  await client.of(Semaphore, namespace).create(semaphore('free', WARM_UP + ROUNDS));
  await using permitEar = await earOn<Permit>(client.of(Permit, namespace));
  await using podEar = await earOn<Pod>(pods(engine, namespace));
  await using bareEar = await earOn<Pod>(pods(engine, bare));
  const grantedAt = new Map<string, number>();
  permitEar.onHeard(({ spec, status }, at) => {
    if (status?.phase === 'Granted' && !grantedAt.has(spec.holder)) grantedAt.set(spec.holder, at);
  });
  const granted = async (name: string): Promise<number> => {
    await until(() => grantedAt.has(name), { within: 10_000, what: `${name} is granted` });
    return grantedAt.get(name) as number;
  };
  const reactions: number[] = [];
  const whole: number[] = [];
  const patches: number[] = [];
  const answers: number[] = [];
  let before = await apiWrites(cluster);
  for (let round = -WARM_UP; round < ROUNDS; round++) {
    if (round === 0) before = await apiWrites(cluster);
    const name = `pod-${round + WARM_UP}`;
    await pods(engine, bare).create(aGatedPod(name, {}) as never);
    const isPatched = bareEar.when(name, (pod) => !isGated(pod));
    const patched = performance.now();
    await pods(engine, bare).mergePatch(name, { spec: { schedulingGates: [] } });
    const answered = performance.now() - patched;
    const patch = (await isPatched) - patched;

    const free = podEar.when(name, (pod) => !isGated(pod));
    const created = performance.now();
    await pods(engine, namespace).create(aGatedPod(name, { semaphore: 'free' }) as never);
    const freeAt = await free;
    if (round < 0) continue;
    patches.push(patch);
    answers.push(answered);
    whole.push(freeAt - created);
    reactions.push(freeAt - (await granted(name)));
  }
  const after = await apiWrites(cluster);
  for (const [name, share, goal] of [
    ['p50', 0.5, undefined],
    ['p99', 0.99, { atMost: 3 }],
  ] as const) {
    const reaction = quantile(reactions, share);
    yield compared(`grant to gate removed, both as watched, ${name}`, reaction, 'ms', quantile(answers, share), goal);
    yield compared('  against a PATCH as watched', reaction, 'ms', quantile(patches, share));
  }
  yield { name: 'Pod made to gate removed, p50', value: quantile(whole, 0.5), unit: 'ms' };
  yield { name: 'writes to our objects a Pod', value: (after.ours - before.ours) / ROUNDS, unit: 'writes' };
  // beside ours: the Pod itself, and the bare one and its patch
  yield {
    name: 'writes to the Pod, apart from making it',
    value: (after.pods - before.pods) / ROUNDS - 3,
    unit: 'writes',
  };
}

async function* many(engine: Engine): AsyncGenerator<Figure> {
  const { client, namespace, bare, cluster } = engine;
  const empty = costOf(engine.operator.pid).rss;
  await client.of(Semaphore, namespace).create(semaphore('busy', PERMITS));
  const permits = client.of(Permit, namespace);
  const spec = { semaphore: 'busy', holder: 'somebody', weight: PERMITS, ttl: '24h' };
  await permits.create({ apiVersion: API_VERSION, kind: 'Permit', metadata: { name: 'all' }, spec });
  const said = new Set<string>();
  const free = new Set<string>();
  await using podEar = await earOn<Pod>(pods(engine, namespace));
  let lastFreeAt = 0;
  podEar.onHeard((pod, at) => {
    const { name } = pod.metadata;
    if (!name.startsWith('many-')) return;
    if ((pod.status?.conditions ?? []).some(({ type }) => type === 'sync.konductor.io/Admitted')) said.add(name);
    if (isGated(pod) || free.has(name)) return;
    free.add(name);
    lastFreeAt = at;
  });
  await timeInFlight({ calls: WAITING, inFlight: IN_FLIGHT }, (index) =>
    pods(engine, namespace).create(aGatedPod(`many-${index}`, { semaphore: 'busy' }) as never),
  );
  await until(() => said.size === WAITING, { within: 300_000, what: 'all have been told that they wait' });
  await settled(engine);
  const before = await apiWrites(cluster);
  const started = costOf(engine.operator.pid).cpu;
  await pause(IDLE_SECONDS * 1_000);
  const after = await apiWrites(cluster);
  const { rss, cpu } = costOf(engine.operator.pid);
  yield { name: `operator memory with ${WAITING} waiting Pods`, value: rss / MB, unit: 'MB' };
  yield { name: 'of which came with them', value: (rss - empty) / MB, unit: 'MB' };
  const writes = after.ours - before.ours + after.pods - before.pods + after.events - before.events;
  yield { name: `writes in ${IDLE_SECONDS} s of rest`, value: writes, unit: 'writes', goal: '0', met: writes === 0 };
  yield { name: 'processor at rest', value: ((cpu - started) / IDLE_SECONDS) * 100, unit: '% of a core' };

  const names = Array.from({ length: PERMITS }, (_, index) => `control-${index}`);
  await timeInFlight({ calls: PERMITS, inFlight: IN_FLIGHT }, (index) =>
    pods(engine, bare).create(aGatedPod(names[index] as string, {}) as never),
  );
  const control = await timeInFlight({ calls: PERMITS, inFlight: IN_FLIGHT }, (index) =>
    pods(engine, bare).mergePatch(names[index] as string, { spec: { schedulingGates: [] } }),
  );
  const released = performance.now();
  await permits.delete('all');
  await until(() => free.size === PERMITS, { within: 120_000, what: 'all permits are used' });
  yield compared(`${PERMITS} of ${WAITING} let go at once`, lastFreeAt - released, 'ms', control);
  await pause(2_000);
  yield { name: 'let go beyond that', value: free.size - PERMITS, unit: 'Pods', goal: '0', met: free.size === PERMITS };
}

/** The operator asks once for each Pod whether it lives; kept when it has asked for nothing for a while. */
async function settled({ operator }: Engine): Promise<void> {
  for (let before = -1, now = 0; now !== before; ) {
    before = now;
    await pause(QUIET_SECONDS * 1_000);
    const lines = (await operator.metrics())
      .split('\n')
      .filter((line) => line.startsWith('konductor_api_requests_total{'));
    now = lines.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
  }
}

const QUIET_SECONDS = 5;
