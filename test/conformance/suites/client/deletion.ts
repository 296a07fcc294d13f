import { expect } from 'vitest';
import { Semaphore } from '../../../../src/api/semaphore.ts';
import { refusal, take } from '../../expected.ts';
import type { Suite } from '../../ground.ts';
import { configMap, pod, semaphore } from '../../objects.ts';

const FINALIZER = 'sync.konductor.io/in-use';
const kept = semaphore('db', {}, { finalizers: [FINALIZER] });
const NOBODY = '00000000-0000-0000-0000-000000000000';

/** Preconditions, finalizers, and what may still be written to what is going. */
export const deletion: Suite = ({ promise }) => {
  promise('a deletion of another uid is a Conflict that names both', async ({ semaphores }) => {
    const { metadata } = await semaphores.create(semaphore('db'));
    expect(await refusal(semaphores.delete('db', { uid: NOBODY }))).toMatchObject({
      code: 409,
      reason: 'Conflict',
      message: `Operation cannot be fulfilled on Semaphore.sync.konductor.io "db": the UID in the precondition (${NOBODY}) does not match the UID in record (${metadata.uid}). The object might have been deleted and then recreated`,
    });
    expect(await semaphores.delete('db', { uid: metadata.uid })).toBeUndefined();
  });

  promise('a deletion of another version is a Conflict that names both', async ({ semaphores }) => {
    const { metadata: old } = await semaphores.create(semaphore('db'));
    const { metadata: now } = await semaphores.mergePatch('db', { spec: { permits: 4 } });
    expect(await refusal(semaphores.delete('db', { resourceVersion: old.resourceVersion }))).toMatchObject({
      code: 409,
      reason: 'Conflict',
      message: `Operation cannot be fulfilled on Semaphore.sync.konductor.io "db": the ResourceVersion in the precondition (${old.resourceVersion}) does not match the ResourceVersion in record (${now.resourceVersion}). The object might have been modified`,
    });
    expect(await semaphores.delete('db', { resourceVersion: now.resourceVersion })).toBeUndefined();
  });

  promise('a finalizer keeps a deleted object, with the time it was deleted', async ({ semaphores }) => {
    const made = await semaphores.create(kept);
    const going = await semaphores.delete('db');
    expect(going?.metadata).toMatchObject({
      uid: made.metadata.uid,
      deletionTimestamp: expect.stringMatching(/Z$/),
      deletionGracePeriodSeconds: 0,
      finalizers: [FINALIZER],
      generation: 2,
    });
    expect(await semaphores.get('db')).toEqual(going);
  });

  promise('a second deletion changes nothing', async ({ semaphores }) => {
    await semaphores.create(kept);
    const going = await semaphores.delete('db');
    expect(await semaphores.delete('db')).toEqual(going);
  });

  promise('it is gone with its last finalizer', async ({ semaphores }) => {
    await semaphores.create(semaphore('db', {}, { finalizers: [FINALIZER, 'konductor.test/two'] }));
    await semaphores.delete('db');
    const one = await semaphores.mergePatch('db', { metadata: { finalizers: ['konductor.test/two'] } });
    expect(one.metadata.deletionTimestamp).toBeDefined();
    await semaphores.mergePatch('db', { metadata: { finalizers: null } });
    expect(await refusal(semaphores.get('db'))).toMatchObject({ code: 404 });
  });

  promise('a replacement without finalizers ends it, too', async ({ semaphores }) => {
    await semaphores.create(kept);
    const going = await semaphores.delete('db');
    if (!going) throw new Error('it was to be kept');
    const { finalizers: _, ...metadata } = going.metadata;
    await semaphores.replace({ ...going, metadata });
    expect(await refusal(semaphores.get('db'))).toMatchObject({ code: 404 });
  });

  promise('what is going gets no new finalizer', async ({ semaphores }) => {
    await semaphores.create(kept);
    await semaphores.delete('db');
    const late = semaphores.mergePatch('db', { metadata: { finalizers: [FINALIZER, 'konductor.test/late'] } });
    expect(await refusal(late)).toMatchObject({
      code: 422,
      reason: 'Invalid',
      message: expect.stringContaining(
        'metadata.finalizers: Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers []string{"konductor.test/late"}',
      ),
    });
  });

  promise('what is going can still be told things', async ({ semaphores }) => {
    await semaphores.create(kept);
    await semaphores.delete('db');
    expect((await semaphores.patchStatus('db', { phase: 'Terminating' })).status).toEqual({ phase: 'Terminating' });
    expect((await semaphores.mergePatch('db', { spec: { permits: 9 } })).spec.permits).toBe(9);
  });

  promise('a deletion cannot be taken back', async ({ semaphores }) => {
    await semaphores.create(kept);
    const going = await semaphores.delete('db');
    const back = await semaphores.mergePatch('db', { metadata: { deletionTimestamp: null } });
    expect(back.metadata.deletionTimestamp).toBe(going?.metadata.deletionTimestamp);
  });

  promise('while it goes its name is taken', async ({ semaphores }) => {
    await semaphores.create(kept);
    await semaphores.delete('db');
    expect(await refusal(semaphores.create(semaphore('db')))).toMatchObject({
      code: 409,
      reason: 'AlreadyExists',
      message: 'object is being deleted: semaphores.sync.konductor.io "db" already exists',
    });
  });

  promise('watchers see it change, then go', async ({ semaphores }) => {
    const { metadata } = await semaphores.create(kept);
    await semaphores.delete('db');
    await semaphores.mergePatch('db', { metadata: { finalizers: [] } });
    const events = await take(semaphores.watch({ resourceVersion: metadata.resourceVersion }), 2);
    expect(events.map(({ type }) => type)).toEqual(['MODIFIED', 'DELETED']);
    expect(events[1]).toMatchObject({ object: { metadata: { name: 'db', deletionTimestamp: expect.any(String) } } });
  });

  promise('a finalizer without a domain is refused', async ({ semaphores }) => {
    const { code, message } = await refusal(semaphores.create(semaphore('db', {}, { finalizers: ['mine/is/bad'] })));
    expect(code).toBe(422);
    expect(message).toContain('metadata.finalizers: Invalid value: "mine/is/bad"');
  });

  promise('a policy nobody knows is refused', async ({ semaphores, ask, path }) => {
    await semaphores.create(semaphore('db'));
    const { status, body } = await ask<{ message: string }>('DELETE', path(Semaphore, 'db'), {
      propagationPolicy: 'Sometimes',
    });
    expect(status).toBe(422);
    expect(body.message).toContain('propagationPolicy: Unsupported value: "Sometimes"');
  });

  promise('a pod nobody runs is gone at once', async ({ pods }) => {
    await pods.create(pod('idle', { terminationGracePeriodSeconds: 30 }));
    await pods.delete('idle');
    expect(await refusal(pods.get('idle'))).toMatchObject({ code: 404 });
  });

  promise('a ConfigMap that is gone is answered with a Status', async ({ ask, core, maps }) => {
    const { metadata } = await maps.create(configMap('settings'));
    expect(await ask('DELETE', core('configmaps', 'settings'))).toMatchObject({
      status: 200,
      body: { kind: 'Status', status: 'Success', details: { name: 'settings', kind: 'configmaps', uid: metadata.uid } },
    });
  });
};
