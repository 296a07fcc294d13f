import { expect } from 'vitest';
import { Semaphore } from '../../../../src/api/semaphore.ts';
import { refusal } from '../../expected.ts';
import type { Suite } from '../../ground.ts';
import { configMap, permit, semaphore } from '../../objects.ts';

/** One object, from its creation to its end. */
export const objects: Suite = ({ promise, promises }) => {
  promise('a creation is answered with all that the server adds', async ({ semaphores, ns }) => {
    const made = await semaphores.create(semaphore('db', { permits: 5 }, { labels: { team: 'a' } }));
    expect(made).toEqual({
      apiVersion: 'sync.konductor.io/v1',
      kind: 'Semaphore',
      metadata: {
        name: 'db',
        namespace: ns,
        labels: { team: 'a' },
        uid: expect.stringMatching(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/),
        resourceVersion: expect.stringMatching(/^[1-9][0-9]*$/),
        generation: 1,
        creationTimestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
      },
      spec: { permits: 5, ttl: '10m', ordering: 'Strict', maxWaiters: 10_000 },
    });
    expect(await semaphores.get('db')).toEqual(made);
  });

  promise('a creation is 201, a read 200', async ({ ask, path }) => {
    expect(await ask('POST', path(Semaphore), semaphore('db'))).toMatchObject({ status: 201 });
    expect(await ask('GET', path(Semaphore, 'db'))).toMatchObject({ status: 200, body: { kind: 'Semaphore' } });
  });

  promise('a built-in object has no generation unless it has a spec that changes', async ({ maps }) => {
    const { metadata } = await maps.create(configMap('settings', { a: '1' }));
    expect(metadata).not.toHaveProperty('generation');
  });

  promise('a second creation is AlreadyExists and says which', async ({ semaphores }) => {
    await semaphores.create(semaphore('db'));
    expect(await refusal(semaphores.create(semaphore('db')))).toMatchObject({
      code: 409,
      reason: 'AlreadyExists',
      message: 'semaphores.sync.konductor.io "db" already exists',
      details: { name: 'db', group: 'sync.konductor.io', kind: 'semaphores' },
    });
  });

  promise('a built-in object that is there is AlreadyExists, too', async ({ maps }) => {
    await maps.create(configMap('settings'));
    expect(await refusal(maps.create(configMap('settings')))).toMatchObject({
      reason: 'AlreadyExists',
      message: 'configmaps "settings" already exists',
      details: { name: 'settings', kind: 'configmaps' },
    });
  });

  promises<(place: Parameters<Parameters<typeof promise>[1]>[0]) => Promise<unknown>>(
    {
      'reading what is not there is NotFound': ({ semaphores }) => semaphores.get('db'),
      'replacing what is not there is NotFound': async ({ semaphores }) => {
        const made = await semaphores.create(semaphore('db'));
        await semaphores.delete('db');
        return semaphores.replace(made);
      },
      'patching what is not there is NotFound': ({ semaphores }) =>
        semaphores.mergePatch('db', { spec: { permits: 1 } }),
      'patching the status of what is not there is NotFound': ({ semaphores }) =>
        semaphores.patchStatus('db', { inUse: 1 }),
      'deleting what is not there is NotFound': ({ semaphores }) => semaphores.delete('db'),
    },
    async (place, call) => {
      expect(await refusal(call(place))).toMatchObject({
        code: 404,
        reason: 'NotFound',
        message: 'semaphores.sync.konductor.io "db" not found',
        details: { name: 'db', group: 'sync.konductor.io', kind: 'semaphores' },
      });
    },
  );

  promise('a prefix becomes a name of its own', async ({ permits }) => {
    const draft = { ...permit('any'), metadata: { generateName: 'worker-' } };
    const made = await Promise.all([1, 2, 3, 4, 5].map(() => permits.create(draft)));
    const names = made.map(({ metadata }) => metadata.name);
    expect(new Set(names).size).toBe(5);
    for (const { metadata } of made) {
      expect(metadata.name).toMatch(/^worker-[bcdfghjklmnpqrstvwxz2456789]{5}$/);
      expect(metadata.generateName).toBe('worker-');
    }
  });

  promise('a long prefix is cut so that the name fits', async ({ permits }) => {
    const prefix = `${'w'.repeat(70)}-`;
    const { metadata } = await permits.create({ ...permit('any'), metadata: { generateName: prefix } });
    expect(metadata.name).toHaveLength(63);
    expect(metadata.generateName).toBe(prefix);
  });

  promise('an object without a name is Invalid', async ({ ask, path }) => {
    const { status, body } = await ask('POST', path(Semaphore), { ...semaphore('x'), metadata: {} });
    expect({ status, body }).toMatchObject({
      status: 422,
      body: {
        reason: 'Invalid',
        message: expect.stringContaining('metadata.name: Required value: name or generateName is required'),
      },
    });
  });

  promise('a name that is no name is Invalid', async ({ semaphores }) => {
    const { code, reason, message } = await refusal(semaphores.create(semaphore('Not_A_Name')));
    expect({ code, reason }).toEqual({ code: 422, reason: 'Invalid' });
    expect(message).toContain(
      'metadata.name: Invalid value: "Not_A_Name": a lowercase RFC 1123 subdomain must consist of',
    );
  });

  promise('labels that are none are Invalid', async ({ semaphores }) => {
    const { code, message } = await refusal(semaphores.create(semaphore('db', {}, { labels: { 'a b': 'c d' } })));
    expect(code).toBe(422);
    expect(message).toContain('metadata.labels: Invalid value: "a b"');
    expect(message).toContain('metadata.labels: Invalid value: "c d"');
  });

  promise('a body of another kind is refused', async ({ ask, path }) => {
    expect(await ask('POST', path(Semaphore), { ...semaphore('db'), kind: 'Gate' })).toMatchObject({
      status: 422,
      body: { message: 'Gate.sync.konductor.io "db" is invalid: kind: Invalid value: "Gate": must be Semaphore' },
    });
  });

  promise('a body for another namespace is refused', async ({ ask, path, ns }) => {
    expect(await ask('POST', path(Semaphore), semaphore('db', {}, { namespace: 'elsewhere' }))).toMatchObject({
      status: 400,
      body: {
        reason: 'BadRequest',
        message: `the namespace of the provided object does not match the namespace sent on the request`,
      },
    });
    expect(ns).not.toBe('elsewhere');
  });

  promise('a body for another name is refused', async ({ ask, path, semaphores }) => {
    const made = await semaphores.create(semaphore('db'));
    const other = { ...made, metadata: { ...made.metadata, name: 'other' } };
    expect(await ask('PUT', path(Semaphore, 'db'), other)).toMatchObject({
      status: 400,
      body: {
        reason: 'BadRequest',
        message: 'the name of the object (other) does not match the name on the URL (db)',
      },
    });
  });

  promise('what only the server may say is not taken from a creation', async ({ ask, path }) => {
    const metadata = { name: 'db', uid: 'mine', creationTimestamp: '2001-01-01T00:00:00Z', generation: 9 };
    const { body } = await ask<Semaphore>('POST', path(Semaphore), { ...semaphore('db'), metadata });
    expect(body.metadata.uid).not.toBe('mine');
    expect(body.metadata.creationTimestamp).not.toBe('2001-01-01T00:00:00Z');
    expect(body.metadata.generation).toBe(1);
  });

  promise('a creation with a resourceVersion is refused', async ({ ask, path }) => {
    expect(
      await ask('POST', path(Semaphore), { ...semaphore('db'), metadata: { name: 'db', resourceVersion: '5' } }),
    ).toMatchObject({
      status: 500,
      body: { message: 'resourceVersion should not be set on objects to be created' },
    });
  });

  promise('an object is gone once it is deleted, and its name is free', async ({ semaphores }) => {
    const first = await semaphores.create(semaphore('db'));
    expect(await semaphores.delete('db')).toBeUndefined();
    expect(await refusal(semaphores.get('db'))).toMatchObject({ code: 404 });
    const second = await semaphores.create(semaphore('db'));
    expect(second.metadata.uid).not.toBe(first.metadata.uid);
    expect(BigInt(second.metadata.resourceVersion)).toBeGreaterThan(BigInt(first.metadata.resourceVersion));
  });

  promise('a deletion is answered with a Status that names what has gone', async ({ ask, path, semaphores }) => {
    const { metadata } = await semaphores.create(semaphore('db'));
    expect(await ask('DELETE', path(Semaphore, 'db'))).toMatchObject({
      status: 200,
      body: {
        kind: 'Status',
        status: 'Success',
        details: { name: 'db', group: 'sync.konductor.io', kind: 'semaphores', uid: metadata.uid },
      },
    });
  });

  promise('a collection is deleted as a whole, as far as it is selected', async ({ ask, path, semaphores }) => {
    await semaphores.create(semaphore('a', {}, { labels: { old: 'yes' } }));
    await semaphores.create(semaphore('b', {}, { labels: { old: 'yes' } }));
    await semaphores.create(semaphore('c'));
    expect(await ask('DELETE', `${path(Semaphore)}?labelSelector=old%3Dyes`)).toMatchObject({ status: 200 });
    const { items } = await semaphores.list();
    expect(items.map(({ metadata }) => metadata.name)).toEqual(['c']);
  });
};
