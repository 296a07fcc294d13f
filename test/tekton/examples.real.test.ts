import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ANNOTATIONS } from '../../plugins/tekton/annotations.ts';
import type { Permit } from '../../src/api/permit.ts';
import type { Semaphore } from '../../src/api/semaphore.ts';
import { type Kubelet, playKubelet } from '../cluster/kubelet.ts';
import { until } from '../cluster/until.ts';
import { conditionOf, type Ground, isFree, isOver, type Run, resultsOf, says } from './ground.ts';
import { pipelineRun, semaphore, task } from './objects.ts';
import { type PodHand, podHand } from './pods.ts';
import { tektonSuite } from './suite.ts';

const suite = tektonSuite();
const FOLDER = join(import.meta.dirname, '..', '..', 'examples', 'tekton');
const used = new Set<string>();
let kubelet: Kubelet;
beforeAll(() => {
  kubelet = playKubelet(suite.tekton.cluster);
});
afterAll(() => kubelet.stop());

interface Example {
  readonly on: Ground;
  readonly pods: PodHand;
  kubectl(...args: string[]): Promise<string>;
}

/** Applies an example in a namespace of its own; its pods run when the test says so. */
async function example(file: string): Promise<Example> {
  used.add(file);
  const on = await suite.ground();
  const pods = podHand(suite.tekton.cluster, kubelet, on.namespace);
  const kubectl = async (...args: string[]) => {
    const { code, stdout, stderr } = await suite.tekton.cluster.kubectl(['-n', on.namespace, ...args]);
    if (code !== 0) throw new Error(`kubectl ${args.join(' ')}: ${stderr}`);
    return stdout;
  };
  await kubectl('apply', '-f', join(FOLDER, file));
  return { on, pods, kubectl };
}

const isUp = (run: Run) => run.status?.startTime !== undefined;
const succeeded = async (on: Ground, ...names: string[]) => {
  for (const name of names)
    expect(conditionOf(await on.done('pipelineruns', name)), name).toMatchObject({ status: 'True' });
};

describe('the example', () => {
  it('critical-section.yaml: one deploys and tests at a time, while anybody builds', async () => {
    const { on, pods } = await example('critical-section.yaml');
    await pods.finish('deploy-1-build', 'deploy-2-build');
    const first = await pods.either('deploy-1-deploy', 'deploy-2-deploy');
    const [one, two] = first.startsWith('deploy-1') ? ['deploy-1', 'deploy-2'] : ['deploy-2', 'deploy-1'];
    await on.seen<Run>('customruns', `${two}-lock`, says('Queued'));
    await pods.finish(`${one}-deploy`, `${one}-test`);
    // its release, and not its end, lets the other go on
    await pods.finish(`${two}-deploy`, `${two}-test`, `${two}-report`);
    expect(isOver((await on.get('pipelineruns', one)) as Run)).toBe(false);
    await pods.finish(`${one}-report`);
    await succeeded(on, one, two);
    const token = async (name: string) =>
      Number(resultsOf((await on.get('customruns', `${name}-lock`)) as Run)['token']);
    expect(await token(two)).toBeGreaterThan(await token(one));
    // results reach the pods of later tasks and the results of the whole
    expect(resultsOf((await on.get('pipelineruns', one)) as Run)['token']).toBe(String(await token(one)));
    expect((await pods.scriptsOf(`${one}-deploy`)).join()).toContain(`with token ${await token(one)}`);
    await on.seen<Semaphore>('semaphores', 'staging', isFree);
  });

  it('dynamic-key.yaml: one app waits for itself only', async () => {
    const { on, pods } = await example('dynamic-key.yaml');
    await pods.finish('blog-1-deploy');
    const first = await pods.either('shop-1-deploy', 'shop-2-deploy');
    const second = first === 'shop-1-deploy' ? 'shop-2-deploy' : 'shop-1-deploy';
    await on.seen<Run>('customruns', second.replace('deploy', 'lock'), says('Queued'));
    await pods.finish(first, second);
    await succeeded(on, 'blog-1', 'shop-1', 'shop-2');
    expect((await on.list<Semaphore>('semaphores')).map(({ metadata }) => metadata.name).toSorted()).toEqual([
      'blog-deploy',
      'shop-deploy',
    ]);
  });

  it('rate-limited-api.yaml: two at once', async () => {
    const { on, pods } = await example('rate-limited-api.yaml');
    await on.seen<Semaphore>(
      'semaphores',
      'license-server',
      ({ status }) => status?.inUse === 2 && status.waiting === 1,
    );
    const scans = ['scan-1-scan', 'scan-2-scan', 'scan-3-scan'];
    const first = await pods.either(...scans);
    const second = await pods.either(...scans.filter((name) => name !== first));
    const third = scans.filter((name) => name !== first && name !== second);
    expect(await pods.names()).toHaveLength(2);
    await pods.finish(first, ...third, second);
    await succeeded(on, 'scan-1', 'scan-2', 'scan-3');
  });

  it('commit-order.yaml: one after the other, as they were made', async () => {
    const { on, pods } = await example('commit-order.yaml');
    const names = ['commit-a1', 'commit-b2', 'commit-c3'];
    for (const [index, name] of names.entries()) {
      await pods.finish(`${name}-deploy`);
      await succeeded(on, name);
      for (const later of names.slice(index + 2))
        expect(isUp((await on.get('pipelineruns', later)) as Run)).toBe(false);
    }
    await on.seen<Semaphore>('semaphores', 'main-branch', isFree);
  });

  it('barrier.yaml: neither goes on before both have come', async () => {
    const { on, pods } = await example('barrier.yaml');
    await pods.finish('east-prepare');
    await on.seen<Run>('customruns', 'east-meet', says('NotOpen'));
    await pods.finish('west-prepare', 'east-switch', 'west-switch');
    await succeeded(on, 'east', 'west');
  });

  it('gate-on-job.yaml: it goes on when the Job is complete', async () => {
    const { on, pods } = await example('gate-on-job.yaml');
    await on.seen<Run>('customruns', 'report-data-loaded', says('NotOpen'));
    const container = { name: 'load', image: 'none' };
    const template = { spec: { restartPolicy: 'Never', containers: [container] } };
    await on.create({
      ...{ apiVersion: 'batch/v1', kind: 'Job', metadata: { name: 'nightly-load' } },
      ...{ spec: { template } },
    });
    await pods.finish('nightly-load', 'report-report');
    await succeeded(on, 'report');
  });

  it('approval.yaml: it goes on when somebody opens it', async () => {
    const { on, pods, kubectl } = await example('approval.yaml');
    const waits = await on.seen<Run>('customruns', 'release-42-approval', says('NotOpen'));
    expect(conditionOf(waits)?.message).toContain('gate "release-42"');
    await kubectl('patch', 'kgate', 'release-42', '--type', 'merge', '-p', '{"spec":{"open":true}}');
    await pods.finish('release-42-publish');
    await succeeded(on, 'release-42');
    expect(resultsOf((await on.get('customruns', 'release-42-approval')) as Run)['openedAt']).not.toBe('');
  });

  it('queue-time.yaml: nobody waits longer than it may', async () => {
    const { on, pods } = await example('queue-time.yaml');
    await pods.finish('nightly-tell');
    await succeeded(on, 'nightly');
    const run = (await on.get('pipelineruns', 'nightly')) as Run;
    expect(run.status?.skippedTasks?.map(({ name }) => name)).toEqual(['run']);
  });

  it('clear-the-queue.yaml: all who wait go home, and who holds stays', async () => {
    const { on, kubectl } = await example('clear-the-queue.yaml');
    await on.seen<Semaphore>(
      'semaphores',
      'release-train',
      ({ status }) => status?.inUse === 1 && status.waiting === 2,
    );
    const selector = '--field-selector=spec.semaphore=release-train,status.phase=Pending';
    const path = '{range .items[*]}{.metadata.ownerReferences[0].name}{"\\n"}{end}';
    let waiting: readonly string[] = [];
    const bothAreTold = async () => {
      const said = await kubectl('get', 'kpermit', selector, '-o', `jsonpath=${path}`);
      waiting = said.split('\n').filter(Boolean);
      return waiting.length === 2;
    };
    await until(bothAreTold, { within: 10_000, what: 'both are told that they wait' });
    for (const name of waiting) {
      await kubectl('patch', 'pipelinerun', name, '--type', 'merge', '-p', '{"spec":{"status":"Cancelled"}}');
    }
    for (const name of waiting) expect(conditionOf(await on.done('pipelineruns', name))?.reason).toBe('Cancelled');
    await on.seen<Semaphore>(
      'semaphores',
      'release-train',
      ({ status }) => status?.inUse === 1 && status.waiting === 0,
    );
    await on.patch('gates', 'departure', { spec: { open: true } });
    await succeeded(on, ...['train-1', 'train-2', 'train-3'].filter((name) => !waiting.includes(name)));
    await on.seen<Semaphore>('semaphores', 'release-train', isFree);
  });

  it('whole-run-queue.yaml: two run, who waits burns no time, and the urgent one is next', async () => {
    const { on, pods } = await example('whole-run-queue.yaml');
    await on.seen<Semaphore>('semaphores', 'runners', ({ status }) => status?.inUse === 2 && status.waiting === 2);
    const waits = await on.seen<Run>(
      'pipelineruns',
      'pr-103',
      ({ metadata }) => metadata.annotations?.[ANNOTATIONS.queue]?.startsWith('2nd in line, ') === true,
    );
    expect(isUp(waits)).toBe(false);
    await pods.finish('pr-101-test');
    await pods.finish('hotfix-7-test');
    expect(isUp((await on.get('pipelineruns', 'pr-103')) as Run)).toBe(false);
    await pods.finish('pr-102-test', 'pr-103-test');
    await succeeded(on, 'pr-101', 'pr-102', 'pr-103', 'hotfix-7');
    const { metadata } = (await on.get('pipelineruns', 'pr-101')) as Run;
    expect(Number(metadata.annotations?.[ANNOTATIONS.token])).toBeGreaterThan(0);
  });

  it('try-lock.yaml: one cleans, the other skips', async () => {
    const { on, pods } = await example('try-lock.yaml');
    const first = await pods.either('cleanup-1-clean', 'cleanup-2-clean');
    const [one, two] = first.startsWith('cleanup-1') ? ['cleanup-1', 'cleanup-2'] : ['cleanup-2', 'cleanup-1'];
    await succeeded(on, two);
    await pods.finish(`${one}-clean`);
    await succeeded(on, one);
    expect(((await on.get('pipelineruns', two)) as Run).status?.skippedTasks).toHaveLength(1);
  });

  it('of every file is run here', () => {
    expect([...used].toSorted()).toEqual(readdirSync(FOLDER).toSorted());
  });
});

describe('a PipelineRun that waits as a whole', () => {
  const queued = (name: string, annotations: Record<string, string>) =>
    pipelineRun(
      name,
      [task('pass', 'Semaphore', 'free')],
      { status: 'PipelineRunPending' },
      { metadata: { annotations } },
    );
  const told = (text: string) => (run: Run) => run.metadata.annotations?.[ANNOTATIONS.queue]?.includes(text) === true;

  it.each<[what: string, annotation: Record<string, string>, said: string]>([
    ['out of time', { 'sync.konductor.io/timeout': '1s' }, 'TimedOut'],
    ['asking for more than there is', { 'sync.konductor.io/weight': '5' }, 'Denied'],
    ['not to wait', { 'sync.konductor.io/when-unavailable': 'fail' }, 'Unavailable'],
  ])('and is %s is cancelled, and says why', async (_, more, said) => {
    const on = await suite.ground();
    await on.create(semaphore('db'));
    await on.create({
      ...{ apiVersion: 'sync.konductor.io/v1', kind: 'Permit', metadata: { name: 'held' } },
      ...{ spec: { semaphore: 'db', holder: 'x' } },
    });
    await on.seen<Permit>('permits', 'held', ({ status }) => status?.phase === 'Granted');
    await on.create(queued('run', { [ANNOTATIONS.semaphore]: 'db', ...more }));
    expect(conditionOf(await on.done('pipelineruns', 'run'))?.reason).toBe('Cancelled');
    expect(told(said)((await on.get('pipelineruns', 'run')) as Run)).toBe(true);
  });

  it('with an annotation that is wrong says which, waits on, and starts when it is mended', async () => {
    const on = await suite.ground();
    await on.create(semaphore('db'));
    await on.create(semaphore('free'));
    await on.create(queued('run', { [ANNOTATIONS.semaphore]: 'db', 'sync.konductor.io/weight': 'many' }));
    await on.seen<Run>('pipelineruns', 'run', told('sync.konductor.io/weight: must be'));
    await on.patch('pipelineruns', 'run', { metadata: { annotations: { 'sync.konductor.io/weight': '1' } } });
    expect(conditionOf(await on.done('pipelineruns', 'run'))?.status).toBe('True');
  });

  it('and is started by hand leaves the line, and one that is deleted does', async () => {
    const on = await suite.ground();
    await on.create(semaphore('db'));
    await on.create({
      ...{ apiVersion: 'sync.konductor.io/v1', kind: 'Permit', metadata: { name: 'held' } },
      ...{ spec: { semaphore: 'db', holder: 'x' } },
    });
    for (const name of ['by-hand', 'deleted']) await on.create(queued(name, { [ANNOTATIONS.semaphore]: 'db' }));
    await on.seen<Semaphore>('semaphores', 'db', ({ status }) => status?.waiting === 2);
    await on.patch('pipelineruns', 'by-hand', { spec: { status: null } });
    await on.remove('pipelineruns', 'deleted');
    await on.seen<Semaphore>('semaphores', 'db', ({ status }) => status?.waiting === 0);
  });
});
