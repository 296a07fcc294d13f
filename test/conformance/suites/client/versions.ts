import { expect } from 'vitest';
import { compareVersions } from '../../../../src/api/resource-version.ts';
import { Semaphore } from '../../../../src/api/semaphore.ts';
import { refusal } from '../../expected.ts';
import type { Suite } from '../../ground.ts';
import { configMap, semaphore } from '../../objects.ts';

const CHANGED = 'the object has been modified; please apply your changes to the latest version and try again';

/** resourceVersion and generation: what a writer can rely on. */
export const versions: Suite = ({ promise }) => {
  promise('every write has a higher resourceVersion than the one before, over all kinds', async (place) => {
    const { semaphores, maps } = place;
    const made = [
      await semaphores.create(semaphore('a')),
      await maps.create(configMap('a')),
      await semaphores.mergePatch('a', { spec: { permits: 4 } }),
      await maps.create(configMap('b')),
    ];
    const seen = made.map(({ metadata }) => metadata.resourceVersion);
    expect([...seen].sort(compareVersions)).toEqual(seen);
    expect(new Set(seen).size).toBe(4);
  });

  promise('a replacement of an old version is a Conflict that says so', async ({ semaphores }) => {
    const old = await semaphores.create(semaphore('db'));
    await semaphores.mergePatch('db', { spec: { permits: 4 } });
    expect(await refusal(semaphores.replace({ ...old, spec: { ...old.spec, permits: 9 } }))).toMatchObject({
      code: 409,
      reason: 'Conflict',
      message: `Operation cannot be fulfilled on semaphores.sync.konductor.io "db": ${CHANGED}`,
      details: { name: 'db', group: 'sync.konductor.io', kind: 'semaphores' },
    });
    expect((await semaphores.get('db')).spec.permits).toBe(4);
  });

  promise('a replacement of the newest version is taken', async ({ semaphores }) => {
    const made = await semaphores.create(semaphore('db'));
    const now = await semaphores.replace({ ...made, spec: { ...made.spec, permits: 9 } });
    expect(now.spec.permits).toBe(9);
    expect(compareVersions(now.metadata.resourceVersion, made.metadata.resourceVersion)).toBeGreaterThan(0);
  });

  promise('a replacement of a custom resource must say its version', async ({ ask, path, semaphores }) => {
    await semaphores.create(semaphore('db'));
    expect(await ask('PUT', path(Semaphore, 'db'), semaphore('db'))).toMatchObject({
      status: 422,
      body: {
        reason: 'Invalid',
        message:
          'semaphores.sync.konductor.io "db" is invalid: metadata.resourceVersion: Invalid value: 0: must be specified for an update',
      },
    });
  });

  promise('a replacement of a ConfigMap need not', async ({ ask, core, maps }) => {
    await maps.create(configMap('settings', { a: '1' }));
    expect(await ask('PUT', core('configmaps', 'settings'), configMap('settings', { a: '2' }))).toMatchObject({
      status: 200,
      body: { data: { a: '2' } },
    });
  });

  promise('a replacement for another uid is a Conflict', async ({ semaphores }) => {
    const made = await semaphores.create(semaphore('db'));
    const other = { ...made, metadata: { ...made.metadata, uid: '00000000-0000-0000-0000-000000000000' } };
    const { code, reason, message } = await refusal(semaphores.replace(other));
    expect({ code, reason }).toEqual({ code: 409, reason: 'Conflict' });
    expect(message).toContain(
      `Precondition failed: UID in precondition: 00000000-0000-0000-0000-000000000000, UID in object meta: ${made.metadata.uid}`,
    );
  });

  promise('a patch with an old version is a Conflict, with the newest it is taken', async ({ semaphores }) => {
    const { metadata: old } = await semaphores.create(semaphore('db'));
    const { metadata: now } = await semaphores.mergePatch(
      'db',
      { spec: { permits: 4 } },
      { resourceVersion: old.resourceVersion },
    );
    expect(
      await refusal(semaphores.mergePatch('db', { spec: { permits: 5 } }, { resourceVersion: old.resourceVersion })),
    ).toMatchObject({
      code: 409,
      reason: 'Conflict',
      message: `Operation cannot be fulfilled on semaphores.sync.konductor.io "db": ${CHANGED}`,
    });
    await semaphores.mergePatch('db', { spec: { permits: 6 } }, { resourceVersion: now.resourceVersion });
    expect((await semaphores.get('db')).spec.permits).toBe(6);
  });

  promise('the status is compared and swapped in the same way', async ({ semaphores }) => {
    const { metadata: old } = await semaphores.create(semaphore('db'));
    await semaphores.patchStatus('db', { inUse: 1 }, { resourceVersion: old.resourceVersion });
    const late = semaphores.patchStatus('db', { inUse: 2 }, { resourceVersion: old.resourceVersion });
    expect(await refusal(late)).toMatchObject({ code: 409, reason: 'Conflict' });
    expect((await semaphores.get('db')).status).toEqual({ inUse: 1 });
  });

  promise('of many swaps of one version exactly one is taken', async ({ semaphores }) => {
    const { metadata } = await semaphores.create(semaphore('db'));
    const { resourceVersion } = metadata;
    const swaps = Array.from({ length: 12 }, (_, index) =>
      semaphores.patchStatus('db', { token: index + 1 }, { resourceVersion }),
    );
    const ends = await Promise.allSettled(swaps);
    expect(ends.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const end of ends)
      if (end.status === 'rejected') expect(end.reason).toMatchObject({ code: 409, reason: 'Conflict' });
  });

  promise('of many patches without a version none is lost', async ({ semaphores }) => {
    await semaphores.create(semaphore('db'));
    const keys = Array.from({ length: 12 }, (_, index) => `k${index}`);
    await Promise.all(keys.map((key) => semaphores.mergePatch('db', { metadata: { labels: { [key]: 'x' } } })));
    expect(Object.keys((await semaphores.get('db')).metadata.labels ?? {}).sort()).toEqual([...keys].sort());
  });

  promise('a write that changes nothing keeps the resourceVersion', async ({ semaphores }) => {
    const made = await semaphores.create(semaphore('db'));
    expect(await semaphores.replace(made)).toEqual(made);
    expect(await semaphores.mergePatch('db', { spec: { permits: 3 } })).toEqual(made);
    expect(await semaphores.mergePatch('db', {})).toEqual(made);
    const told = await semaphores.patchStatus('db', { inUse: 1 });
    expect(await semaphores.patchStatus('db', { inUse: 1 })).toEqual(told);
  });

  promise('generation moves with the spec, and with nothing else', async ({ semaphores }) => {
    const generation = async () => (await semaphores.get('db')).metadata.generation;
    await semaphores.create(semaphore('db'));
    await semaphores.mergePatch('db', { metadata: { labels: { a: 'b' }, annotations: { c: 'd' } } });
    expect(await generation()).toBe(1);
    await semaphores.patchStatus('db', { inUse: 1 });
    expect(await generation()).toBe(1);
    await semaphores.mergePatch('db', { spec: { permits: 4 } });
    expect(await generation()).toBe(2);
    await semaphores.mergePatch('db', { metadata: { generation: 7 } });
    expect(await generation()).toBe(2);
  });

  promise('the main resource does not change the status', async ({ semaphores }) => {
    await semaphores.create(semaphore('db'));
    await semaphores.patchStatus('db', { inUse: 1, phase: 'Ready' });
    const live = await semaphores.get('db');
    const replaced = await semaphores.replace({ ...live, spec: { ...live.spec, permits: 7 }, status: { inUse: 2 } });
    expect(replaced).toMatchObject({ spec: { permits: 7 }, status: { inUse: 1, phase: 'Ready' } });
    const patched = await semaphores.mergePatch('db', { status: { inUse: 3 } });
    expect(patched.status).toEqual({ inUse: 1, phase: 'Ready' });
    expect(patched.metadata.resourceVersion).toBe(replaced.metadata.resourceVersion);
  });

  promise('a creation has no status, whatever it says', async ({ ask, path }) => {
    const { body } = await ask<object>('POST', path(Semaphore), { ...semaphore('db'), status: { inUse: 3 } });
    expect(body).not.toHaveProperty('status');
  });

  promise('the status subresource changes nothing but the status', async ({ semaphores, ask, path }) => {
    const made = await semaphores.create(semaphore('db', {}, { labels: { a: 'b' } }));
    const meant = {
      ...made,
      metadata: { ...made.metadata, labels: { x: 'y' } },
      spec: { permits: 99 },
      status: { inUse: 1 },
    };
    const { status, body } = await ask<Semaphore>('PUT', `${path(Semaphore, 'db')}/status`, meant);
    expect(status).toBe(200);
    expect(body).toMatchObject({ spec: made.spec, status: { inUse: 1 } });
    expect(body.metadata.labels).toEqual({ a: 'b' });
    expect(body.metadata.generation).toBe(1);
  });

  promise('the status can be read by itself, as the whole object', async ({ semaphores, ask, path }) => {
    await semaphores.create(semaphore('db'));
    const whole = await ask('GET', path(Semaphore, 'db'));
    expect((await ask('GET', `${path(Semaphore, 'db')}/status`)).body).toEqual(whole.body);
  });
};
