import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { OUTPUTS } from '../../plugins/step.ts';
import { tektonDoor } from '../../plugins/tekton/controller.ts';
import { TEKTON_RIGHTS } from '../../plugins/tekton/rights.ts';
import type { Permit } from '../../src/api/permit.ts';
import type { Semaphore } from '../../src/api/semaphore.ts';
import { kubeClient } from '../../src/kube/client.ts';
import { connect } from '../../src/kube/connection.ts';
import { httpTransport } from '../../src/kube/http-transport.ts';
import { until } from '../cluster/until.ts';
import { openDoor } from '../support/open-door.ts';
import { startOperatorProcess } from '../support/operator-process.ts';
import { conditionOf, type Ground, isFree, isOver, type Run, resultsOf, says } from './ground.ts';
import { barrier, customRun, gate, lease, pipelineRun, semaphore, task } from './objects.ts';
import { tektonSuite } from './suite.ts';

const suite = tektonSuite();
/** A little longer than it takes until all who wait have heard of a line that moves. */
const ROUND = 5_500;
const RESULTS = [...OUTPUTS, 'reason'].toSorted();
const AFTER_ACQUIRE = { runAfter: ['acquire'] };

/** Somebody else holds the only permit, until that is deleted. */
async function heldByAnother(on: Ground, name = 'db'): Promise<void> {
  await on.create(semaphore(name));
  const spec = { semaphore: name, holder: 'somebody', ttl: '1h' };
  await on.create({
    ...{ apiVersion: 'sync.konductor.io/v1', kind: 'Permit' },
    ...{ metadata: { name: `${name}-held` }, spec },
  });
  await on.seen<Permit>('permits', `${name}-held`, ({ status }) => status?.phase === 'Granted');
}

/** What is over is kept a while, for people to look at. */
const isOpen = ({ status }: Permit) => !['Denied', 'Expired', 'Lost'].includes(status?.phase ?? '');

const letGo = (on: Ground, name = 'db') => on.remove('permits', `${name}-held`);
const queued = ({ metadata }: Run) => metadata.annotations?.['sync.konductor.io/queue']?.includes('in line') === true;
const cancelled = (on: Ground, name: string, status = 'Cancelled') =>
  on.patch('pipelineruns', name, { spec: { status } });

/** Whether nothing is held or waited for. */
const drained = async (on: Ground, name = 'db') => {
  await on.seen<Semaphore>('semaphores', name, isFree);
  expect((await on.list<Permit>('permits')).filter(isOpen).map(({ spec }) => spec.holder)).toEqual([]);
};

describe('the contract of a custom task:', () => {
  it('1. it runs what names a kind of ours, by reference or embedded, and leaves everything else alone', async () => {
    const on = await suite.ground();
    await on.create(semaphore('db', 3));
    const apiVersion = 'sync.konductor.io/v1';
    const embedded = { name: 'embedded', taskSpec: { apiVersion, kind: 'Semaphore', spec: { name: 'db' } } };
    await on.create(pipelineRun('ours', [task('acquire', 'Semaphore', 'db'), embedded]));
    expect(conditionOf(await on.done('pipelineruns', 'ours'))?.status).toBe('True');

    const foreign = [
      { apiVersion: 'sync.konductor.io/v2', kind: 'Semaphore', name: 'db' },
      { apiVersion: 'sync.konductor.io/v1', kind: 'Permit', name: 'db' },
      { apiVersion: 'wait.testing.tekton.dev/v1beta1', kind: 'Wait', name: 'db' },
    ];
    for (const [index, customRef] of foreign.entries()) {
      await on.create(customRun(`foreign-${index}`, 'Semaphore', 'db', {}, { customRef }));
    }
    // one of ours after them is answered, so they were seen
    await on.create(customRun('last', 'Semaphore', 'db'));
    await on.done('customruns', 'last');
    for (const index of foreign.keys())
      expect((await on.get('customruns', `foreign-${index}`))?.status).toBeUndefined();
  });

  it('2. what is done stays as it is when the cancellation of its PipelineRun arrives, and is held for `finally`', async () => {
    const on = await suite.ground();
    await on.create(semaphore('db'));
    await on.create(gate('clean'));
    await on.create(gate('work'));
    const tasks = [task('acquire', 'Semaphore', 'db'), task('work', 'Gate', 'work', {}, AFTER_ACQUIRE)];
    await on.create(pipelineRun('run', tasks, {}, { finally: [task('clean', 'Gate', 'clean')] }));
    await on.done('customruns', 'run-acquire');
    await on.seen<Run>('customruns', 'run-work', says('NotOpen'));
    await cancelled(on, 'run', 'CancelledRunFinally');
    const clean = await on.seen<Run>('customruns', 'run-clean', says('NotOpen'));

    const acquired = await on.get('customruns', 'run-acquire');
    expect(acquired?.spec.status).toBe('RunCancelled');
    expect(acquired && conditionOf(acquired)).toMatchObject({ status: 'True', reason: 'Granted' });
    expect(clean && isOver(clean)).toBe(false);
    expect(await on.get<Semaphore>('semaphores', 'db')).toMatchObject({ status: { inUse: 1 } });

    await on.patch('gates', 'clean', { spec: { open: true } });
    expect(conditionOf(await on.done('pipelineruns', 'run'))?.reason).toBe('Cancelled');
    await drained(on);
  });

  it('3. and 8. every time and every result is there, however it ends', async () => {
    const on = await suite.ground();
    await heldByAnother(on);
    await on.create(semaphore('free'));
    await on.create(customRun('granted', 'Semaphore', 'free'));
    await on.create(customRun('refused', 'Semaphore', 'db', { weight: '2' }));
    await on.create(customRun('invalid', 'Semaphore', 'db', { weight: 'many' }));
    await on.create(customRun('late', 'Semaphore', 'db', {}, { timeout: '1s' }));
    await on.create(customRun('gone', 'Semaphore', 'db'));
    await on.seen<Run>('customruns', 'gone', says('Queued'));
    await on.patch('customruns', 'gone', { spec: { status: 'RunCancelled' } });

    const reasons = {
      granted: 'Granted',
      refused: 'Denied',
      invalid: 'InvalidParams',
      late: 'CustomRunTimedOut',
      gone: 'CustomRunCancelled',
    };
    for (const [name, reason] of Object.entries(reasons)) {
      const run = await on.done('customruns', name);
      const { status } = run;
      expect(conditionOf(run), name).toMatchObject({ reason, status: name === 'granted' ? 'True' : 'False' });
      expect(conditionOf(run)?.lastTransitionTime, name).toMatch(/Z$/);
      expect(Date.parse(status?.completionTime ?? '')).toBeGreaterThanOrEqual(Date.parse(status?.startTime ?? ''));
      expect(status?.observedGeneration).toBe(name === 'gone' ? 2 : 1);
      const results = resultsOf(run);
      expect(Object.keys(results).toSorted(), name).toEqual(RESULTS);
      expect(Object.values(results).every((value) => typeof value === 'string')).toBe(true);
      expect(results['reason']).toBe(reason);
      expect(results['token'] !== '').toBe(name === 'granted');
    }
  });

  it('4. who waits says so soon, with the place in the line and what it waits for', async () => {
    const on = await suite.ground();
    await heldByAnother(on);
    for (const name of ['one', 'two', 'three']) {
      const made = performance.now();
      await on.create(pipelineRun(name, [task('acquire', 'Semaphore', 'db')]));
      await on.seen<Run>('customruns', `${name}-acquire`, says('Queued'));
      expect(performance.now() - made).toBeLessThan(3_000);
    }
    const third = await on.seen<Run>('customruns', 'three-acquire', says('Queued'));
    expect(conditionOf(third)).toMatchObject({
      status: 'Unknown',
      message: expect.stringMatching(/^3rd in line, .*"db"/),
    });
    await letGo(on);
    for (const name of ['one', 'two', 'three']) await on.done('pipelineruns', name);
    await drained(on);
  });

  it('5. a cancelled one leaves the line, and says what Tekton said', async () => {
    const on = await suite.ground();
    await heldByAnother(on);
    await on.create(pipelineRun('run', [task('acquire', 'Semaphore', 'db')]));
    await on.seen<Run>('customruns', 'run-acquire', says('Queued'));
    await cancelled(on, 'run');
    const run = await on.done('customruns', 'run-acquire');
    expect(conditionOf(run)).toMatchObject({ status: 'False', reason: 'CustomRunCancelled' });
    expect(conditionOf(run)?.message).toBe('CustomRun cancelled as the PipelineRun it belongs to has been cancelled.');
    expect((await on.list<Permit>('permits')).map(({ metadata }) => metadata.name)).toEqual(['db-held']);
  });

  it('6. each attempt has its own time, and what failed is kept', async () => {
    const on = await suite.ground();
    await heldByAnother(on);
    await on.create(pipelineRun('run', [task('acquire', 'Semaphore', 'db', {}, { timeout: '1s', retries: 2 })]));
    const run = await on.done('customruns', 'run-acquire');
    expect(conditionOf(run)).toMatchObject({ status: 'False', reason: 'CustomRunTimedOut' });
    expect(run.status?.retriesStatus).toHaveLength(2);
    for (const past of run.status?.retriesStatus ?? []) {
      expect(past?.conditions?.[0]).toMatchObject({ type: 'Succeeded', status: 'False', reason: 'CustomRunTimedOut' });
      const took = Date.parse(past?.completionTime ?? '') - Date.parse(past?.startTime ?? '');
      expect(took).toBeGreaterThanOrEqual(1_000);
    }
    expect(conditionOf(await on.done('pipelineruns', 'run'))).toMatchObject({ status: 'False', reason: 'Failed' });
    expect((await on.list<Permit>('permits')).map(({ metadata }) => metadata.name)).toEqual(['db-held']);
  });

  it('6. an attempt that gets it ends the retries', async () => {
    const on = await suite.ground();
    await heldByAnother(on);
    await on.create(pipelineRun('run', [task('acquire', 'Semaphore', 'db', {}, { timeout: '2s', retries: 9 })]));
    await on.seen<Run>('customruns', 'run-acquire', ({ status }) => status?.retriesStatus?.length === 1);
    await letGo(on);
    const run = await on.done('customruns', 'run-acquire');
    expect(conditionOf(run)?.reason).toBe('Granted');
    expect(conditionOf(await on.done('pipelineruns', 'run'))?.status).toBe('True');
    await drained(on);
  });

  it('6. without a timeout, or with 0, it waits as long as its PipelineRun', async () => {
    const on = await suite.ground();
    await heldByAnother(on);
    await on.create(customRun('none', 'Semaphore', 'db'));
    await on.create(customRun('zero', 'Semaphore', 'db', {}, { timeout: '0s' }));
    await on.create(customRun('short', 'Semaphore', 'db', {}, { timeout: '2s' }));
    await on.done('customruns', 'short');
    for (const name of ['none', 'zero']) expect(isOver((await on.get('customruns', name)) as Run)).toBe(false);
  });

  it.each<[what: string, params: Record<string, string>, spec: object, said: RegExp]>([
    ['a weight that is none', { weight: 'many' }, {}, /weight: must be .*many/],
    ['an action of another kind', { action: 'arrive' }, {}, /action: must be one of .*acquire/],
    ['a param nobody knows', { wieght: '2' }, {}, /wieght: is not known to a Semaphore/],
    ['a duration that is none', { timeout: 'soon' }, {}, /timeout: must be a duration/],
    ['two answers to one question', { timeout: '5s', 'when-unavailable': 'fail' }, {}, /timeout: does not go with/],
    ['a negative timeout of the task', {}, { timeout: '-5s' }, /timeout of the task: must be a duration/],
    ['negative retries of the task', {}, { retries: -1 }, /retries of the task: must be at least 0/],
  ])('7. %s is refused with the reason, and nothing is tried again', async (_, params, spec, said) => {
    const on = await suite.ground();
    await on.create(semaphore('db'));
    await on.create(customRun('bad', 'Semaphore', 'db', params, { retries: 3, ...spec }));
    const run = await on.done('customruns', 'bad');
    expect(conditionOf(run)).toMatchObject({ reason: 'InvalidParams', message: expect.stringMatching(said) });
    expect(run.status?.retriesStatus).toBeUndefined();
    expect(await on.list('permits')).toEqual([]);
  });

  it('9. a CustomRun that somebody deletes is made anew, and finds what it held', async () => {
    const on = await suite.ground();
    await on.create(semaphore('db'));
    await on.create(gate('work'));
    const tasks = [task('acquire', 'Semaphore', 'db'), task('work', 'Gate', 'work', {}, AFTER_ACQUIRE)];
    await on.create(pipelineRun('run', tasks));
    const first = await on.done('customruns', 'run-acquire');
    await on.seen<Run>('customruns', 'run-work', says('NotOpen'));
    await on.remove('customruns', 'run-acquire');
    // Tekton looks again when something of the run changes
    const again = await on.seen<Run>(
      'customruns',
      'run-acquire',
      (run) => run.metadata.uid !== first.metadata.uid && isOver(run),
    );
    expect(resultsOf(again)).toMatchObject({ token: resultsOf(first)['token'], claim: resultsOf(first)['claim'] });
    expect(await on.get<Semaphore>('semaphores', 'db')).toMatchObject({ status: { inUse: 1, waiting: 0 } });
    await on.patch('gates', 'work', { spec: { open: true } });
    await on.done('pipelineruns', 'run');
    await drained(on);
  });

  it.each<[how: string, spec: Record<string, unknown>, end: (on: Ground) => Promise<void>]>([
    ['has succeeded', {}, (on) => on.patch('gates', 'work', { spec: { open: true } })],
    [
      'has failed',
      { tasks: 'fail' },
      (on) => on.create(gate('never', { conditions: [{ job: 'none' }], timeout: '1s' })),
    ],
    ['is cancelled', {}, (on) => cancelled(on, 'run')],
    ['is cancelled with `finally`', {}, (on) => cancelled(on, 'run', 'CancelledRunFinally')],
    [
      'is stopped',
      {},
      async (on) => {
        await cancelled(on, 'run', 'StoppedRunFinally');
        await on.patch('gates', 'work', { spec: { open: true } });
      },
    ],
    ['is out of time', { timeouts: { pipeline: '3s' } }, async () => {}],
    ['is out of time for its tasks', { timeouts: { tasks: '3s' } }, async () => {}],
    ['is deleted', {}, (on) => on.remove('pipelineruns', 'run')],
  ])('10. what a PipelineRun holds is free once it %s', async (how, { tasks: fails, ...spec }, end) => {
    const on = await suite.ground();
    await on.create(semaphore('db'));
    await on.create(gate('work'));
    const work = task('work', 'Gate', fails ? 'never' : 'work', {}, AFTER_ACQUIRE);
    await on.create(pipelineRun('run', [task('acquire', 'Semaphore', 'db'), work], spec));
    await on.done('customruns', 'run-acquire');
    await on.create(pipelineRun('next', [task('acquire', 'Semaphore', 'db')]));
    await on.seen<Run>('customruns', 'run-work', ({ status }) => status !== undefined);
    await end(on);
    expect(conditionOf(await on.done('pipelineruns', 'next'))?.status).toBe('True');
    if (how !== 'is deleted') expect(conditionOf(await on.done('pipelineruns', 'run'))).toBeDefined();
    await drained(on);
  });

  it('11. params are filled in inside an embedded spec, where Tekton fills in nothing', async () => {
    const on = await suite.ground();
    await on.create(semaphore('shop-deploy', 5));
    const spec = { name: '$(params.app)-deploy', weight: '$(params["sizes"][1])', action: 'acquire' };
    const taskSpec = { apiVersion: 'sync.konductor.io/v1', kind: 'Semaphore', spec };
    const params = [
      { name: 'app', value: 'shop' },
      { name: 'sizes', value: ['1', '2'] },
    ];
    await on.create(pipelineRun('run', [{ name: 'acquire', taskSpec, params }, task('hold', 'Gate', 'hold')]));
    await on.done('customruns', 'run-acquire');
    expect(await on.get<Semaphore>('semaphores', 'shop-deploy')).toMatchObject({ status: { inUse: 2 } });

    const missing = { ...taskSpec, spec: { name: '$(params.ap)-deploy' } };
    await on.create(pipelineRun('typo', [{ name: 'acquire', taskSpec: missing, params }]));
    expect(conditionOf(await on.done('customruns', 'typo-acquire'))?.message).toContain('$(params.ap) names no param');
  });

  it('12. workspaces are refused in the word that Tekton has for it', async () => {
    const on = await suite.ground();
    await on.create(customRun('run', 'Semaphore', 'db', {}, { workspaces: [{ name: 'source', emptyDir: {} }] }));
    expect(conditionOf(await on.done('customruns', 'run'))?.reason).toBe('CustomRunWorkspaceNotSupported');
  });

  it("13. what is granted while Tekton's webhook is down is told when it is back", async () => {
    const on = await suite.ground();
    await heldByAnother(on);
    await on.create(pipelineRun('run', [task('acquire', 'Semaphore', 'db')]));
    await on.seen<Run>('customruns', 'run-acquire', says('Queued'));
    await suite.tekton.kill('webhook');
    try {
      await letGo(on);
      await until(async () => (await on.get<Semaphore>('semaphores', 'db'))?.status?.inUse === 1, {
        within: 10_000,
        what: 'it is granted',
      });
      expect(isOver((await on.get('customruns', 'run-acquire')) as Run)).toBe(false);
    } finally {
      await suite.tekton.start('webhook');
    }
    expect(conditionOf(await on.done('customruns', 'run-acquire', 30_000))?.reason).toBe('Granted');
    await on.done('pipelineruns', 'run');
    await drained(on);
  });

  it('13. somebody else who writes the CustomRun at the same time disturbs nothing', async () => {
    const on = await suite.ground();
    await heldByAnother(on);
    await on.create(customRun('run', 'Semaphore', 'db'));
    const noise = (async () => {
      for (let n = 0; n < 40; n++) await on.patch('customruns', 'run', { metadata: { annotations: { n: String(n) } } });
    })();
    await letGo(on);
    expect(conditionOf(await on.done('customruns', 'run'))?.reason).toBe('Granted');
    await noise;
  });

  it('14. a spec that is rewritten while it waits changes nothing', async () => {
    const on = await suite.ground();
    await heldByAnother(on);
    await on.create(semaphore('other'));
    await on.create(customRun('run', 'Semaphore', 'db', { timeout: '1h' }));
    await on.seen<Run>('customruns', 'run', says('Queued'));
    const customRef = { apiVersion: 'sync.konductor.io/v1', kind: 'Semaphore', name: 'other' };
    await on.patch('customruns', 'run', { spec: { customRef, params: [{ name: 'weight', value: '9' }] } });
    await suite.restartDoor(); // and not from memory, either
    await letGo(on);
    expect(resultsOf(await on.done('customruns', 'run'))['claim']).toMatch(/^db-/);
    expect(await on.get<Semaphore>('semaphores', 'other')).toMatchObject({ status: { inUse: 0 } });
  });

  it('15. a resource of another namespace is named by a param, and must allow it', async () => {
    const [on, there] = [await suite.ground(), await suite.ground()];
    await there.create(semaphore('open', 1, { allowedNamespaces: [on.namespace] }));
    await there.create(semaphore('closed'));
    const namespace = there.namespace;
    await on.create(pipelineRun('open', [task('acquire', 'Semaphore', 'open', { namespace })]));
    await on.create(pipelineRun('closed', [task('acquire', 'Semaphore', 'closed', { namespace })]));
    expect(conditionOf(await on.done('customruns', 'open-acquire'))?.reason).toBe('Granted');
    expect(conditionOf(await on.done('customruns', 'closed-acquire'))?.reason).toBe('Denied');
  });

  it('16. a line that moves is told now and then, and one that does not move not at all', async () => {
    const on = await suite.ground();
    await heldByAnother(on);
    const names = Array.from({ length: 12 }, (_, index) => `run-${String(index).padStart(2, '0')}`);
    for (const name of names) {
      await on.create(customRun(name, 'Semaphore', 'db'));
      await on.seen<Run>('customruns', name, says('Queued')); // so that they stand in this order
    }
    const stop = new AbortController();
    let writes = 0;
    const path = `/apis/tekton.dev/v1beta1/namespaces/${on.namespace}/customruns?resourceVersion=${await versionNow()}`;
    const counting = (async () => {
      for await (const { type } of suite.tekton.cluster.watch(path, stop.signal)) if (type === 'MODIFIED') writes++;
    })().catch(() => {});

    await pause(ROUND); // who was told a place before all had come is told again
    writes = 0;
    await pause(ROUND);
    expect(writes).toBe(0);

    // eight leave from the front, one after the other: to the last, that would be eight other places
    for (const name of names.slice(0, 8)) await on.patch('customruns', name, { spec: { status: 'RunCancelled' } });
    await on.seen<Run>('customruns', 'run-11', (run) => /^4th in line/.test(conditionOf(run)?.message ?? ''));
    // its cancellation by the test and its end for each that left, and for four that stay a word or two
    expect(writes).toBeLessThanOrEqual(8 * 2 + 4 * 2);
    stop.abort();
    await counting;

    async function versionNow(): Promise<string> {
      const list = '/apis/tekton.dev/v1beta1/customruns?limit=1';
      const { body } = await suite.tekton.cluster.request<Run>('GET', list);
      return body.metadata.resourceVersion;
    }
  });

  it('17. one that somebody makes by hand holds until it is deleted', async () => {
    const on = await suite.ground();
    await on.create(semaphore('db'));
    await on.create(customRun('one', 'Semaphore', 'db'));
    await on.done('customruns', 'one');
    await on.create(customRun('two', 'Semaphore', 'db'));
    await on.seen<Run>('customruns', 'two', says('Queued'));
    expect(await on.get<Semaphore>('semaphores', 'db')).toMatchObject({ status: { inUse: 1 } });
    await on.remove('customruns', 'one');
    expect(conditionOf(await on.done('customruns', 'two'))?.reason).toBe('Granted');
  });
});

describe('in a pipeline', () => {
  it('a release task lets go before the end, and what others hold stays', async () => {
    const on = await suite.ground();
    await on.create(semaphore('db', 2));
    await on.create(gate('work'));
    const release = task('release', 'Semaphore', 'db', { action: 'release' }, AFTER_ACQUIRE);
    const work = task('work', 'Gate', 'work', {}, { runAfter: ['release'] });
    await on.create(customRun('other', 'Semaphore', 'db'));
    await on.create(pipelineRun('run', [task('acquire', 'Semaphore', 'db'), release, work]));
    expect(conditionOf(await on.done('customruns', 'run-release'))?.reason).toBe('Released');
    await on.seen<Semaphore>('semaphores', 'db', ({ status }) => status?.inUse === 1);
    expect((await on.list<Permit>('permits')).map(({ spec }) => spec.holder)).toEqual(['other']);
  });

  it('each combination of a matrix takes its own permit', async () => {
    const on = await suite.ground();
    await on.create(semaphore('db', 3));
    await on.create(gate('work'));
    const matrix = { params: [{ name: 'holder', value: ['a', 'b', 'c'] }] };
    const work = task('work', 'Gate', 'work', {}, AFTER_ACQUIRE);
    await on.create(pipelineRun('run', [task('acquire', 'Semaphore', 'db', {}, { matrix }), work]));
    await on.seen<Run>('customruns', 'run-work', says('NotOpen'));
    expect((await on.list<Permit>('permits')).map(({ spec }) => spec.holder).toSorted()).toEqual(['a', 'b', 'c']);
    expect(await on.get<Semaphore>('semaphores', 'db')).toMatchObject({ status: { inUse: 3 } });
    await on.patch('gates', 'work', { spec: { open: true } });
    await on.done('pipelineruns', 'run');
    await drained(on);
  });

  it('`when` and `onError: continue` go by what was granted', async () => {
    const on = await suite.ground();
    await heldByAnother(on);
    await on.create(semaphore('free'));
    const tasks = (name: string) => [
      task('try', 'Semaphore', name, { 'when-unavailable': 'fail' }, { onError: 'continue' }),
      task(
        'work',
        'Semaphore',
        'free',
        {},
        {
          when: [{ input: '$(tasks.try.results.token)', operator: 'notin', values: [''] }],
        },
      ),
    ];
    await on.create(pipelineRun('held', tasks('db')));
    const held = await on.done('pipelineruns', 'held');
    expect(conditionOf(held)?.status).toBe('True');
    expect(held.status?.skippedTasks?.map(({ name }) => name)).toEqual(['work']);
    expect(conditionOf((await on.get('customruns', 'held-try')) as Run)?.reason).toBe('Unavailable');

    await on.create(pipelineRun('free', tasks('free').slice(0, 1)));
    expect(conditionOf(await on.done('pipelineruns', 'free'))?.status).toBe('True');
  });

  it('`kubectl describe` tells what became of a run', async () => {
    const on = await suite.ground();
    await heldByAnother(on);
    const annotations = { 'sync.konductor.io/semaphore': 'db' };
    const asWhole = { status: 'PipelineRunPending' };
    const work = [task('never', 'Semaphore', 'none')];
    await on.create(pipelineRun('whole', work, asWhole, { metadata: { annotations } }));
    await on.seen<Run>('pipelineruns', 'whole', queued);
    await on.create(customRun('waits', 'Semaphore', 'db'));
    await on.seen<Run>('customruns', 'waits', says('Queued'));
    await on.create(customRun('late', 'Semaphore', 'db', {}, { timeout: '1s' }));
    await on.create(customRun('heavy', 'Semaphore', 'db', { weight: '2' }));
    for (const name of ['late', 'heavy']) await on.done('customruns', name);
    await cancelled(on, 'whole');
    await letGo(on);
    await on.done('customruns', 'waits');

    const told: [kind: string, name: string, lines: RegExp[]][] = [
      ['customrun', 'waits', [/Normal +Queued .* 2nd in line/, /Normal +Granted .* with token/]],
      ['customrun', 'late', [/Warning +CustomRunTimedOut .* not within the 1s/]],
      ['customrun', 'heavy', [/Warning +Denied/]],
      ['pipelinerun', 'whole', [/Normal +Queued .* 1st in line/]],
    ];
    for (const [kind, name, lines] of told) {
      const describe = ['-n', on.namespace, 'describe', kind, name];
      let said = '';
      const isTold = async () => {
        said = (await suite.tekton.cluster.kubectl(describe)).stdout;
        return lines.every((line) => line.test(said));
      };
      await until(isTold, { within: 10_000, what: `${kind} ${name} is told` }).catch((error) => {
        throw new Error(said, { cause: error });
      });
    }
  });

  it('a missing semaphore is made with the permits that a task names, and waited for without', async () => {
    const on = await suite.ground();
    const params = { permits: '2' };
    const spec = { params: [{ name: 'app', value: 'shop' }] };
    await on.create(pipelineRun('run', [task('acquire', 'Semaphore', '$(params.app)-deploy', params)], spec));
    expect(conditionOf(await on.done('pipelineruns', 'run'))?.status).toBe('True');
    expect(await on.get<Semaphore>('semaphores', 'shop-deploy')).toMatchObject({ spec: { permits: 2 } });

    await on.create(pipelineRun('waits', [task('acquire', 'Semaphore', 'not-yet')]));
    await on.seen<Run>('customruns', 'waits-acquire', says('NoSuchResource'));
    await on.create(semaphore('not-yet'));
    expect(conditionOf(await on.done('pipelineruns', 'waits'))?.status).toBe('True');
  });

  it('tasks of several PipelineRuns meet at a barrier', async () => {
    const on = await suite.ground();
    await on.create(barrier('both', 2));
    await on.create(pipelineRun('one', [task('meet', 'Barrier', 'both')]));
    // on a slow machine it is first told that it is arriving
    const isCounted = (run: Run) => conditionOf(run)?.message.includes('of 2 have arrived') === true;
    await on.seen<Run>('customruns', 'one-meet', (run) => says('NotOpen')(run) && isCounted(run));
    await on.create(pipelineRun('two', [task('meet', 'Barrier', 'both')]));
    for (const name of ['one', 'two']) {
      expect(conditionOf(await on.done('pipelineruns', name))?.status).toBe('True');
      expect(resultsOf((await on.get('customruns', `${name}-meet`)) as Run)).toMatchObject({ arrived: '2' });
    }
  });

  it('a sibling that fails does not disturb what waits, and its release comes with the end', async () => {
    const on = await suite.ground();
    await on.create(semaphore('db'));
    await on.create(gate('work'));
    const bad = task('bad', 'Semaphore', 'db', { weight: 'many' });
    await on.create(pipelineRun('run', [task('acquire', 'Semaphore', 'db'), bad, task('work', 'Gate', 'work')]));
    await on.done('customruns', 'run-bad');
    await on.seen<Run>('customruns', 'run-work', says('NotOpen'));
    await on.patch('gates', 'work', { spec: { open: true } });
    expect(conditionOf(await on.done('pipelineruns', 'run'))?.status).toBe('False');
    await drained(on);
  });

  it('no pod exists while it waits', async () => {
    const { body } = await suite.tekton.cluster.request<{ items: readonly unknown[] }>('GET', '/api/v1/pods');
    expect(body.items).toEqual([]);
  });
});

describe("what Tekton's own end-to-end tests expect of a custom task that waits:", () => {
  interface Expected {
    readonly pipelineRun: { readonly status: string; readonly reason: string };
    readonly customRun: { readonly status: string; readonly reason: string };
    readonly generation: number;
    readonly retries?: number;
  }
  const failed = { status: 'False', reason: 'Failed' };
  const timedOut = { status: 'False', reason: 'CustomRunTimedOut' };

  it.each<[what: string, opens: boolean, task: object, run: object, expected: Expected]>([
    [
      'it has succeeded',
      true,
      {},
      { timeouts: { pipeline: '1m' } },
      {
        pipelineRun: { status: 'True', reason: 'Succeeded' },
        customRun: { status: 'True', reason: 'Open' },
        generation: 1,
      },
    ],
    [
      'it has failed when the PipelineRun is out of time',
      false,
      {},
      { timeouts: { pipeline: '1s' } },
      {
        pipelineRun: { status: 'False', reason: 'PipelineRunTimeout' },
        customRun: { status: 'False', reason: 'CustomRunCancelled' },
        generation: 2,
      },
    ],
    [
      'it has failed when it is out of time itself',
      false,
      { timeout: '1s' },
      {},
      { pipelineRun: failed, customRun: timedOut, generation: 1 },
    ],
    [
      'it is tried again, and what was is kept',
      false,
      { timeout: '1s', retries: 1 },
      {},
      { pipelineRun: failed, customRun: timedOut, generation: 1, retries: 1 },
    ],
  ])('%s', async (_, opens, more, spec, expected) => {
    const on = await suite.ground();
    await on.create(gate('wait'));
    await on.create(pipelineRun('run', [task('wait', 'Gate', 'wait', {}, more)], spec));
    if (opens) {
      const running = await on.seen<Run>('customruns', 'run-wait', says('NotOpen'));
      expect(conditionOf(running)?.status).toBe('Unknown');
      expect(running.status?.observedGeneration).toBe(1);
      const whole = await on.seen<Run>('pipelineruns', 'run', says('Running'));
      expect(conditionOf(whole)?.status).toBe('Unknown');
      await on.patch('gates', 'wait', { spec: { open: true } });
    }
    expect(conditionOf(await on.done('pipelineruns', 'run'))).toMatchObject(expected.pipelineRun);
    const wait = await on.done('customruns', 'run-wait');
    expect(conditionOf(wait)).toMatchObject(expected.customRun);
    expect(wait.status?.observedGeneration).toBe(expected.generation);
    expect(wait.status?.retriesStatus ?? []).toHaveLength(expected.retries ?? 0);
    for (const past of wait.status?.retriesStatus ?? []) {
      expect(past).toMatchObject({ observedGeneration: 1, conditions: [{ type: 'Succeeded', ...timedOut }] });
    }
  });
});

describe('a whole run whose annotations are edited while it waits', () => {
  const asked = async (on: Ground) =>
    (await on.list<Permit>('permits'))
      .filter(({ metadata }) => metadata.name !== 'db-held')
      .map(({ spec }) => `${spec.semaphore} × ${spec.weight}`);
  const edit = (on: Ground, words: Record<string, string | null>) => {
    const named = Object.entries(words).map(([word, value]) => [`sync.konductor.io/${word}`, value]);
    return on.patch('pipelineruns', 'run', { metadata: { annotations: Object.fromEntries(named) } });
  };

  it.each<[when: string, meanwhile: () => Promise<void>]>([
    ['', async () => {}],
    [', and the operator is killed at that moment', () => suite.restartDoor()],
  ])('asks for what they say now, and for nothing else%s', async (_, meanwhile) => {
    const on = await suite.ground();
    await heldByAnother(on);
    await on.create(semaphore('api'));
    const metadata = { annotations: { 'sync.konductor.io/semaphore': 'db' } };
    const work = [task('pass', 'Gate', 'pass')];
    await on.create(gate('pass', { open: true }));
    await on.create(pipelineRun('run', work, { status: 'PipelineRunPending' }, { metadata }));
    await on.seen<Run>('pipelineruns', 'run', queued);
    const isAsked = (...what: string[]) =>
      until(async () => (await asked(on)).join() === what.join(), { within: 20_000, what: `it asks for ${what}` });
    await isAsked('db × 1');

    await edit(on, { weight: 'many' });
    await meanwhile();
    await isAsked();
    await edit(on, { weight: null, priority: '5' });
    await isAsked('db × 1');
    await edit(on, { semaphore: 'api', priority: null });
    await meanwhile();
    expect(conditionOf(await on.done('pipelineruns', 'run', 40_000))).toMatchObject({ status: 'True' });
    await letGo(on);
    await drained(on, 'api');
    await drained(on);
  });
});

describe('what is killed while PipelineRuns wait and hold', () => {
  it.each<[who: string, kill: () => Promise<void>]>([
    ['the operator with its door', () => suite.restartDoor()],
    [
      "Tekton's controller",
      async () => {
        await suite.tekton.kill('controller');
        await suite.tekton.start('controller');
      },
    ],
  ])('%s: nobody is forgotten, and nobody holds twice', async (_, kill) => {
    const on = await suite.ground();
    await on.create(semaphore('db'));
    await on.create(gate('work'));
    const work = task('work', 'Gate', 'work', {}, AFTER_ACQUIRE);
    await on.create(pipelineRun('holds', [task('acquire', 'Semaphore', 'db'), work]));
    await on.seen<Run>('customruns', 'holds-work', says('NotOpen'));
    await on.create(pipelineRun('waits', [task('acquire', 'Semaphore', 'db')]));
    await on.seen<Run>('customruns', 'waits-acquire', says('Queued'));
    await kill();
    expect(await on.get<Semaphore>('semaphores', 'db')).toMatchObject({ status: { inUse: 1 } });
    await on.patch('gates', 'work', { spec: { open: true } });
    for (const name of ['holds', 'waits']) {
      expect(conditionOf(await on.done('pipelineruns', name, 40_000))?.status).toBe('True');
    }
    await drained(on);
  });
});

describe('with no more rights than its rules say', () => {
  it('the door does all that it does', async () => {
    const { cluster } = suite.tekton;
    const on = await suite.ground();
    const apiGroup = 'rbac.authorization.k8s.io';
    const subjects = [{ kind: 'User', apiGroup, name: 'door' }];
    const roleRef = { apiGroup, kind: 'ClusterRole', name: 'door' };
    const metadata = { name: 'door' };
    await cluster.request('POST', `/apis/${apiGroup}/v1/clusterroles`, { metadata, rules: TEKTON_RIGHTS });
    await cluster.request('POST', `/apis/${apiGroup}/v1/clusterrolebindings`, { metadata, roleRef, subjects });
    await suite.door.kill('SIGTERM');
    const transport = httpTransport(await connect({ kubeconfig: await cluster.kubeconfig({ user: 'door' }) }));
    const warnings: object[] = [];
    const quiet = () => {};
    const log = { debug: quiet, info: quiet, warn: (fields: object) => void warnings.push(fields), error: quiet };
    const door = openDoor(tektonDoor, { client: kubeClient(transport), log });
    const operator = await startOperatorProcess({ kubeconfig: await cluster.kubeconfig(), namespace: '' });
    try {
      await on.create(lease('lead'));
      await on.create(gate('pass', { open: true }));
      await on.create(barrier('meet', 1));
      const steps: [string, string, Record<string, string>][] = [
        ['Semaphore', 'made', { permits: '1' }],
        ['Semaphore', 'made', { action: 'renew' }],
        ['Semaphore', 'made', { action: 'release' }],
        ['Lease', 'lead', {}],
        ['Lease', 'lead', { action: 'release' }],
        ['Barrier', 'meet', {}],
        ['Gate', 'pass', {}],
      ];
      const tasks = steps.map(([kind, name, params], index) =>
        task(`s${index}`, kind, name, params, index > 0 ? { runAfter: [`s${index - 1}`] } : {}),
      );
      const annotations = { 'sync.konductor.io/semaphore': 'whole', 'sync.konductor.io/permits': '1' };
      await on.create(pipelineRun('run', tasks, { status: 'PipelineRunPending' }, { metadata: { annotations } }));
      expect(conditionOf(await on.done('pipelineruns', 'run'))).toMatchObject({ status: 'True' });
      expect(JSON.stringify(warnings)).not.toContain('Forbidden');
      const { stdout } = await cluster.kubectl(['-n', on.namespace, 'describe', 'pipelinerun', 'run']);
      expect(stdout).toMatch(/Normal +Granted/);
    } finally {
      await door.stop();
      await transport.close();
      await operator.kill('SIGTERM');
    }
  });
});
