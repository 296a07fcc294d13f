import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { KubeObject } from '../src/api/metadata.ts';
import type { ResourceType } from '../src/kube/resource-type.ts';
import { aPermit, aSemaphore, hands, NAMESPACE, type World, world } from '../test/support/operator-world.ts';
import { isFinished, stateOfAll, type Workload, workloadOwners } from './workloads.ts';

let bed: World;
beforeEach(() => {
  bed = world();
});
afterEach(() => bed.close());

const Pod: ResourceType<Workload, object> = { group: '', version: 'v1', kind: 'Pod', plural: 'pods', namespaced: true };
const Job: ResourceType<Workload, object> = {
  group: 'batch',
  version: 'v1',
  kind: 'Job',
  plural: 'jobs',
  namespaced: true,
};

const template = { containers: [{ name: 'main', image: 'busybox' }], restartPolicy: 'Never' };
const aPod = (name: string) =>
  bed.user.of(Pod, NAMESPACE).create({ apiVersion: 'v1', kind: 'Pod', metadata: { name }, spec: template });
const aJob = (name: string) =>
  bed.user
    .of(Job, NAMESPACE)
    .create({ apiVersion: 'batch/v1', kind: 'Job', metadata: { name }, spec: { template: { spec: template } } });

const ownedBy = ({ apiVersion, kind, metadata: { name, uid } }: KubeObject) => ({
  ownerReferences: [{ apiVersion, kind, name, uid }],
});

describe('a claim with an owner', () => {
  it.each(['Succeeded', 'Failed'])('is released when its Pod has %s, long before its time', async (phase) => {
    const { semaphores, permits, phases } = hands(bed);
    await bed.operator();
    await semaphores.create(aSemaphore('db'));
    const pod = await aPod('worker');
    await permits.create(aPermit('a', {}, ownedBy(pod)));
    await permits.create(aPermit('b'));
    await bed.pass(1_000);
    expect(await phases()).toEqual({ a: 'Granted', b: 'Pending' });
    await bed.user.of(Pod, NAMESPACE).mergePatch('worker', { status: { phase } }, { subresource: 'status' });
    await bed.rest();
    expect(await phases()).toEqual({ a: 'Expired', b: 'Granted' });
  });

  it('lives with its owner where that renews, and has its time once the owner cannot be seen', async () => {
    const { semaphores, permits, phases } = hands(bed);
    await bed.operator();
    await semaphores.create(aSemaphore('db', { ttl: '5s' }));
    const job = await aJob('batch');
    await permits.create(aPermit('a', { renewal: 'Owner' }, ownedBy(job)));
    await bed.pass(60_000);
    expect(await phases()).toEqual({ a: 'Granted' });
    bed.server.faults.add(({ path }) => (path.includes('/jobs') ? { fail: 503 } : undefined));
    bed.server.watches.cut();
    await bed.pass(60_000);
    // a server in trouble says nothing about the owner
    expect(await phases()).toEqual({ a: 'Granted' });
  });

  it('is released when its Job is complete', async () => {
    const { semaphores, permits, phases } = hands(bed);
    await bed.operator();
    await semaphores.create(aSemaphore('db'));
    const job = await aJob('batch');
    await permits.create(aPermit('a', { renewal: 'Owner' }, ownedBy(job)));
    await bed.pass(1_000);
    const condition = (type: string) => ({ type, status: 'True', lastTransitionTime: '2026-01-01T00:00:00Z' });
    const status = {
      conditions: [condition('SuccessCriteriaMet'), condition('Complete')],
      startTime: '2026-01-01T00:00:00Z',
      completionTime: '2026-01-01T00:00:01Z',
      succeeded: 1,
    };
    await bed.user.of(Job, NAMESPACE).mergePatch('batch', { status } as never, { subresource: 'status' });
    await bed.rest();
    expect(await phases()).toEqual({ a: 'Expired' });
  });

  it('falls back on its time where its owner is of a kind that is not installed', async () => {
    const { semaphores, permits, phases } = hands(bed);
    await bed.operator();
    await semaphores.create(aSemaphore('db', { ttl: '5s' }));
    const owner = { apiVersion: 'tekton.dev/v1', kind: 'PipelineRun', name: 'run', uid: 'some-uid' };
    await permits.create(aPermit('a', { renewal: 'Owner' }, { ownerReferences: [owner] }));
    await bed.pass(4_900);
    const before = await phases();
    await bed.pass(200);
    // the collector of a server that does not know the kind leaves the claim
    expect([before, await phases()]).toEqual([{ a: 'Granted' }, { a: 'Expired' }]);
  });

  it('gets nothing when another has taken the name of its owner', async () => {
    const { semaphores, permits, phases } = hands(bed);
    await bed.operator();
    await semaphores.create(aSemaphore('db'));
    const other = await aJob('batch');
    const owner = { ...other, metadata: { ...other.metadata, uid: 'the-one-before' } };
    await permits.create(aPermit('a', { renewal: 'Owner' }, ownedBy(owner)));
    await bed.rest();
    expect(await phases()).toEqual({ a: 'Denied' });
  });

  it('is not held by the resource that cleans it up', async () => {
    const { semaphores, permits, phases } = hands(bed);
    await bed.operator();
    const db = await semaphores.create(aSemaphore('db', { ttl: '5s' }));
    await permits.create(aPermit('a', {}, ownedBy(db)));
    await bed.pass(5_100);
    expect(await phases()).toEqual({ a: 'Expired' });
  });

  it('has one watch for each owner, and none when nobody refers to it', async () => {
    const { semaphores, permits } = hands(bed);
    await bed.operator();
    const before = bed.server.watches.size;
    await semaphores.create(aSemaphore('db', { permits: 5 }));
    const job = await aJob('batch');
    await permits.create(aPermit('a', {}, ownedBy(job)));
    await permits.create(aPermit('b', {}, ownedBy(job)));
    await bed.pass(1_000);
    expect(bed.server.watches.size - before).toBe(1);
    await permits.delete('a');
    await permits.delete('b');
    await bed.pass(1_000);
    expect(bed.server.watches.size - before).toBe(0);
  });
});

describe('what is known of workloads', () => {
  const workload = (apiVersion: string, kind: string, status: Workload['status']) =>
    ({ apiVersion, kind, metadata: { name: 'w' }, status }) as unknown as Workload;
  const condition = (type: string, status: string) => ({ conditions: [{ type, status }] });

  it.each<[apiVersion: string, kind: string, status: Workload['status'], finished: boolean]>([
    ['v1', 'Pod', { phase: 'Running' }, false],
    ['v1', 'Pod', { phase: 'Unknown' }, false],
    ['v1', 'Pod', { phase: 'Succeeded' }, true],
    ['batch/v1', 'Job', condition('Suspended', 'True'), false],
    ['batch/v1', 'Job', condition('Complete', 'False'), false],
    ['batch/v1', 'Job', condition('Failed', 'True'), true],
    ['argoproj.io/v1alpha1', 'Workflow', { phase: 'Running' }, false],
    ['argoproj.io/v1alpha1', 'Workflow', { phase: 'Error' }, true],
    ['tekton.dev/v1', 'PipelineRun', condition('Succeeded', 'Unknown'), false],
    ['tekton.dev/v1', 'PipelineRun', condition('Succeeded', 'False'), true],
    ['tekton.dev/v1beta1', 'CustomRun', condition('Succeeded', 'False'), true],
    ['tekton.dev/v1beta1', 'CustomRun', condition('Succeeded', 'True'), false],
    ['apps/v1', 'Deployment', condition('Complete', 'True'), false],
  ])('%s %s with %j has finished: %s', (apiVersion, kind, status, finished) => {
    expect(isFinished(workload(apiVersion, kind, status))).toBe(finished);
  });

  it('an owner of the same name in another group does no work', () => {
    const reference = { apiVersion: 'evil.io/v1', kind: 'Pod', name: 'p', uid: 'u' };
    const claim = { metadata: { ownerReferences: [reference] } } as unknown as KubeObject;
    expect(workloadOwners(claim)).toEqual([]);
  });

  it('what several own goes with the last of them', () => {
    expect(stateOfAll([])).toBe('none');
    expect(stateOfAll(['finished', 'alive'])).toBe('alive');
    expect(stateOfAll(['finished', 'unseen'])).toBe('unseen');
    expect(stateOfAll(['finished', 'finished'])).toBe('finished');
  });
});
