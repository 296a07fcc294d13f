import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { sharedCluster } from '../cluster/connect.ts';
import { canRunContainers } from '../cluster/container.ts';
import { type ExecutedPods, type Kubelet, playKubelet } from '../cluster/kubelet.ts';
import { until } from '../cluster/until.ts';
import { koncliFolder } from '../support/koncli.ts';
import { startOperatorProcess } from '../support/operator-process.ts';

/** A test beside this one makes sure that each of them is here. */
const EXAMPLES = join(import.meta.dirname, '../../examples/jobs');
const cluster = sharedCluster();
let bin: string;
let kubelet: Kubelet;
let namespace: string;
let pods: ExecutedPods;

beforeAll(async () => {
  bin = await koncliFolder();
  kubelet = playKubelet(cluster);
});
afterAll(() => kubelet.stop());

async function kubectl(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await cluster.kubectl([...args, '-n', namespace]);
  expect(code, `kubectl ${args.join(' ')}: ${stderr}\n${said()}`).toBe(0);
  return stdout;
}
const apply = (file: string) => kubectl('apply', '-f', join(EXAMPLES, file));
const complete = (job: string, timeout = '50s') =>
  kubectl('wait', '--for=condition=Complete', `job/${job}`, `--timeout=${timeout}`);
const text = (prefix: string) => pods.lines(prefix).map((line) => line.text);
const said = () =>
  pods
    .lines('')
    .map(({ pod, container, text }) => `${pod}/${container}: ${text}`)
    .join('\n');
/** Nobody has anything any more. */
const released = (kind: string, name: string, field: string, value: string) =>
  until(async () => (await kubectl('get', kind, name, '-o', `jsonpath={${field}}`)) === value, {
    within: 10_000,
    what: `${kind}/${name} is free again`,
  });

const owners = async () =>
  (
    await kubectl(
      'get',
      'kpermit',
      '-o',
      'jsonpath={range .items[*]}{.metadata.ownerReferences[0].kind}/{.metadata.ownerReferences[0].name} {end}',
    )
  )
    .split(' ')
    .filter(Boolean);

/** How many worked at the same time, at most. */
function mostAtOnce(prefix: string): number {
  let now = 0;
  let most = 0;
  for (const line of text(prefix)) {
    if (line === 'begin') most = Math.max(most, ++now);
    if (line === 'end') now--;
  }
  return most;
}

if (!canRunContainers) console.warn('SKIPPED: no containers without the right to mount (run as root, on Linux)');

describe.skipIf(!canRunContainers)('a Job on a real control plane, its containers run as processes', () => {
  beforeEach(async () => {
    namespace = await cluster.namespace('jobs', { awaits: 'service-account' });
    const operator = await startOperatorProcess({ kubeconfig: await cluster.kubeconfig(), namespace });
    pods = kubelet.execute(namespace, { bin });
    await apply('rbac.yaml');
    return () => operator.kill('SIGTERM');
  });

  it('pattern A: an initContainer acquires, and as many work at once as there are permits', async () => {
    await apply('pattern-a-initcontainer.yaml');
    // whose claim it is was found without being told
    await until(async () => (await owners()).length > 0, { within: 20_000, what: 'somebody asks' });
    expect((await owners()).every((owner) => owner.startsWith('Pod/call-api-'))).toBe(true);
    await complete('call-api');
    expect(text('call-api').filter((line) => line === 'end')).toHaveLength(6);
    expect(mostAtOnce('call-api')).toBe(2);
    // nobody released anything: the pods have finished
    await released('ksem', 'api-quota', '.status.inUse', '0');
  });

  it('pattern B: whoever gets nothing fails at once, and the Job tries again', async () => {
    await cluster.kubectl(['apply', '-n', namespace, '-f', '-'], { stdin: TAKEN });
    await kubectl('wait', '--for=condition=Granted', 'kpermit/somebody', '--timeout=10s');
    await apply('pattern-b-fail-fast.yaml');
    await kubectl('wait', '--for=jsonpath={.status.failed}=1', 'job/report', '--timeout=30s');
    expect(text('report').join('\n')).not.toContain('report written');

    await kubectl('delete', 'kpermit', 'somebody');
    await complete('report');
    expect(text('report')).toContain('report written');
    await released('ksem', 'report-slots', '.status.inUse', '0');
  });

  it('pattern C: a native sidecar holds while the pod works, and lets go after', async () => {
    await apply('pattern-c-sidecar.yaml');
    await complete('consume');
    expect(text('consume').filter((line) => line === 'end')).toHaveLength(2);
    expect(mostAtOnce('consume')).toBe(1);
    await released('klease', 'consumer', '.status.phase', 'Available');
  });

  it('a CronJob does not overlap, however its runs are started', async () => {
    await apply('cronjob-no-overlap.yaml');
    for (const run of ['one', 'two']) await kubectl('create', 'job', `nightly-${run}`, '--from=cronjob/nightly');
    for (const run of ['one', 'two']) await complete(`nightly-${run}`);
    expect(mostAtOnce('nightly')).toBe(1);
  });

  it('a migration runs in one pod at a time, each with a higher token', async () => {
    await apply('migration.yaml');
    await complete('migrate');
    expect(mostAtOnce('migrate')).toBe(1);
    const tokens = text('migrate')
      .flatMap((line) => line.match(/^token (\d+)$/)?.[1] ?? [])
      .map(Number);
    expect(tokens).toHaveLength(3);
    expect(tokens).toEqual(tokens.toSorted((a, b) => a - b));
    await released('klease', 'db-migration', '.status.phase', 'Available');
  });

  it('a reducer waits for enough mappers', async () => {
    await apply('map-reduce.yaml');
    await complete('reduce');
    const all = text('');
    expect(all.slice(0, all.indexOf('reduced')).filter((line) => line === 'mapped').length).toBeGreaterThanOrEqual(3);
  });

  it('stages follow each other', async () => {
    await apply('etl.yaml');
    await complete('load');
    const stages = text('').filter((line) => ['extracted', 'transformed', 'loaded'].includes(line));
    expect(stages).toEqual(['extracted', 'extracted', 'transformed', 'loaded']);
  });

  it('a Job waits for another one that knows nothing of it', async () => {
    await apply('gate-on-job.yaml');
    await complete('train');
    expect(text('').filter((line) => ['loaded', 'trained'].includes(line))).toEqual(['loaded', 'trained']);
  });
});

const TAKEN = `
apiVersion: sync.konductor.io/v1
kind: Semaphore
metadata: { name: report-slots }
spec: { permits: 1 }
---
apiVersion: sync.konductor.io/v1
kind: Permit
metadata: { name: somebody }
spec: { semaphore: report-slots, holder: somebody }
`;
