import { expect } from 'vitest';
import type { Suite } from '../../ground.ts';
import { configMap, permit, pod, semaphore } from '../../objects.ts';

const DB = 'semaphore.sync.konductor.io/db';

/** Changes to one object: patch, label, annotate, delete, and waiting for it. */
export const edit: Suite = ({ promise }) => {
  promise('patch: merge', async ({ run, semaphores }) => {
    await semaphores.create(semaphore('db'));
    const args = ['patch', 'semaphore', 'db', '--type=merge', '-p'];
    expect(await run(...args, '{"spec":{"permits":4}}')).toBe(`${DB} patched\n`);
    expect(await run(...args, '{"spec":{"permits":4}}')).toBe(`${DB} patched (no change)\n`);
    expect((await semaphores.get('db')).spec.permits).toBe(4);
  });

  promise('patch: json', async ({ run, try: attempt, semaphores }) => {
    await semaphores.create(semaphore('db'));
    const args = ['patch', 'semaphore', 'db', '--type=json', '-p'];
    const swap = (from: number, to: number) =>
      JSON.stringify([
        { op: 'test', path: '/spec/permits', value: from },
        { op: 'replace', path: '/spec/permits', value: to },
      ]);
    expect(await run(...args, swap(3, 4))).toBe(`${DB} patched\n`);
    const { stderr, code } = await attempt([...args, swap(3, 5)]);
    expect({ stderr, code }).toEqual({
      stderr: 'The request is invalid: the server rejected our request due to an error in our request\n',
      code: 1,
    });
  });

  promise('patch: strategic, of what is built in only', async ({ run, try: attempt, maps, semaphores }) => {
    await maps.create(configMap('settings', { a: '1' }));
    await run('patch', 'configmap', 'settings', '-p', '{"data":{"b":"2"}}');
    expect((await maps.get('settings')).data).toEqual({ a: '1', b: '2' });
    await semaphores.create(semaphore('db'));
    const { stderr, code } = await attempt(['patch', 'semaphore', 'db', '-p', '{"spec":{"permits":4}}']);
    expect(code).toBe(1);
    expect(stderr).toContain(
      'application/strategic-merge-patch+json is not supported by sync.konductor.io/v1, Kind=Semaphore',
    );
  });

  promise('patch: the status', async ({ run, semaphores }) => {
    await semaphores.create(semaphore('db'));
    await run('patch', 'semaphore', 'db', '--subresource=status', '--type=merge', '-p', '{"status":{"inUse":1}}');
    expect((await semaphores.get('db')).status).toEqual({ inUse: 1 });
    expect(await run('get', 'semaphore', 'db', '--subresource=status', '-o', 'jsonpath={.status.inUse}')).toBe('1');
  });

  promise('label and annotate', async ({ run, try: attempt, semaphores }) => {
    await semaphores.create(semaphore('db'));
    expect(await run('label', 'semaphore', 'db', 'team=a')).toBe(`${DB} labeled\n`);
    expect((await attempt(['label', 'semaphore', 'db', 'team=b'])).code).toBe(1);
    expect(await run('label', 'semaphore', 'db', 'team=b', '--overwrite')).toBe(`${DB} labeled\n`);
    expect(await run('annotate', 'semaphore', 'db', 'note=hello')).toBe(`${DB} annotated\n`);
    expect((await semaphores.get('db')).metadata).toMatchObject({
      labels: { team: 'b' },
      annotations: { note: 'hello' },
    });
    expect(await run('label', 'semaphore', 'db', 'team-')).toBe(`${DB} unlabeled\n`);
    expect((await semaphores.get('db')).metadata).not.toHaveProperty('labels');
  });

  promise('wait: for a condition', async ({ run, semaphores }) => {
    await semaphores.create(semaphore('db'));
    const waiting = run('wait', '--for=condition=Ready', 'semaphore/db', '--timeout=30s');
    const condition = {
      type: 'Ready',
      status: 'True' as const,
      reason: 'AllGood',
      message: '',
      lastTransitionTime: '2026-01-01T00:00:00.000000Z',
    };
    await semaphores.patchStatus('db', { conditions: [condition] });
    expect(await waiting).toBe(`${DB} condition met\n`);
  });

  promise('wait: for a field', async ({ run, permits }) => {
    await permits.create(permit('worker'));
    const waiting = run('wait', '--for=jsonpath={.status.phase}=Granted', 'permit/worker', '--timeout=30s');
    await permits.patchStatus('worker', { phase: 'Granted', token: 1 });
    expect(await waiting).toBe('permit.sync.konductor.io/worker condition met\n');
  });

  promise('wait: for a creation, and for a deletion', async ({ run, semaphores }) => {
    const born = run('wait', '--for=create', 'semaphore/db', '--timeout=30s');
    await semaphores.create(semaphore('db'));
    expect(await born).toBe(`${DB} condition met\n`);
    const gone = run('wait', '--for=delete', 'semaphore/db', '--timeout=30s');
    await semaphores.delete('db');
    await gone;
  });

  promise('wait: not for ever', async ({ try: attempt, semaphores }) => {
    await semaphores.create(semaphore('db'));
    const { stderr, code } = await attempt(['wait', '--for=condition=Ready', 'semaphore/db', '--timeout=1s']);
    expect({ stderr, code }).toEqual({
      stderr: `error: timed out waiting for the condition on semaphores/db\n`,
      code: 1,
    });
  });

  promise('delete: by name, and waits', async ({ run, semaphores, ns }) => {
    await semaphores.create(semaphore('db'));
    expect(await run('delete', 'semaphore', 'db')).toBe(
      `semaphore.sync.konductor.io "db" deleted from ${ns} namespace\n`,
    );
    expect((await semaphores.list()).items).toEqual([]);
  });

  promise('delete: waits for finalizers', async ({ run, semaphores }) => {
    const { metadata } = await semaphores.create(semaphore('db', {}, { finalizers: ['konductor.test/hold'] }));
    let ended = false;
    const deleting = run('delete', 'semaphore', 'db', '--wait', '--timeout=30s').then(() => {
      ended = true;
    });
    for await (const event of semaphores.watch({ resourceVersion: metadata.resourceVersion })) {
      if (event.type === 'MODIFIED' && event.object.metadata.deletionTimestamp) break;
    }
    expect(ended).toBe(false);
    await semaphores.mergePatch('db', { metadata: { finalizers: null } });
    await deleting;
  });

  promise('delete: does not wait when told not to', async ({ run, semaphores }) => {
    await semaphores.create(semaphore('db', {}, { finalizers: ['konductor.test/hold'] }));
    await run('delete', 'semaphore', 'db', '--wait=false');
    expect((await semaphores.get('db')).metadata.deletionTimestamp).toBeDefined();
    await semaphores.mergePatch('db', { metadata: { finalizers: null } });
  });

  promise('delete: all, by label, from a file', async ({ run, feed, semaphores }) => {
    await semaphores.create(semaphore('a', {}, { labels: { x: '1' } }));
    for (const name of 'bcd') await semaphores.create(semaphore(name));
    await run('delete', 'semaphores', '-l', 'x=1');
    await feed(semaphore('b'), 'delete', '-f', '-');
    expect((await semaphores.list()).items).toHaveLength(2);
    await run('delete', 'semaphores', '--all');
    expect((await semaphores.list()).items).toEqual([]);
  });

  promise('delete: orphans stay', async ({ run, maps, permits }) => {
    const { metadata } = await maps.create(configMap('owner'));
    const ownerReferences = [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'owner', uid: metadata.uid }];
    await permits.create(permit('worker', {}, { ownerReferences }));
    await run('delete', 'configmap', 'owner', '--cascade=orphan');
    expect((await permits.get('worker')).metadata).not.toHaveProperty('ownerReferences');
  });

  promise('delete: in the foreground, after what is owned', async ({ run, maps, permits }) => {
    const { metadata } = await maps.create(configMap('owner'));
    const ownerReferences = [
      { apiVersion: 'v1', kind: 'ConfigMap', name: 'owner', uid: metadata.uid, blockOwnerDeletion: true },
    ];
    await permits.create(permit('worker', {}, { ownerReferences }));
    await run('delete', 'configmap', 'owner', '--cascade=foreground');
    expect((await permits.list()).items).toEqual([]);
  });

  promise('delete: a pod by force', async ({ try: attempt, pods }) => {
    await pods.create(pod('one'));
    expect(await attempt(['delete', 'pod', 'one', '--force', '--grace-period=0'])).toMatchObject({ code: 0 });
    expect((await pods.list()).items).toEqual([]);
  });
};
