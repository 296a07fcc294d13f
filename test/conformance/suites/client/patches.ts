import { expect } from 'vitest';
import { Permit } from '../../../../src/api/permit.ts';
import { Semaphore } from '../../../../src/api/semaphore.ts';
import type { Suite } from '../../ground.ts';
import { configMap, permit, pod, semaphore } from '../../objects.ts';

const JSON_PATCH = { 'content-type': 'application/json-patch+json' };
const STRATEGIC = { 'content-type': 'application/strategic-merge-patch+json' };

interface Refused {
  readonly reason: string;
  readonly message: string;
}

/** The ways to change a part. */
export const patches: Suite = ({ promise, promises }) => {
  promise('merge: null takes away, objects are merged, lists replaced', async ({ semaphores }) => {
    await semaphores.create(
      semaphore('db', { maxTTL: '1h', allowedNamespaces: ['a', 'b'] }, { labels: { keep: '1', drop: '2' } }),
    );
    const patched = await semaphores.mergePatch('db', {
      metadata: { labels: { drop: null, add: '3' } as never },
      spec: { maxTTL: null, allowedNamespaces: ['c'] },
    });
    expect(patched.metadata.labels).toEqual({ keep: '1', add: '3' });
    expect(patched.spec).not.toHaveProperty('maxTTL');
    expect(patched.spec.allowedNamespaces).toEqual(['c']);
  });

  promise('merge: null for what is not there is nothing', async ({ semaphores }) => {
    const made = await semaphores.create(semaphore('db'));
    expect(await semaphores.mergePatch('db', { spec: { maxTTL: null }, metadata: { annotations: null } })).toEqual(
      made,
    );
  });

  promise('merge: the status is replaced field by field', async ({ semaphores }) => {
    await semaphores.create(semaphore('db'));
    await semaphores.patchStatus('db', { inUse: 1, waiting: 2, phase: 'Full' });
    expect((await semaphores.patchStatus('db', { waiting: null, phase: 'Ready' })).status).toEqual({
      inUse: 1,
      phase: 'Ready',
    });
  });

  promise('merge: neither name, namespace, kind nor uid can be changed', async ({ ask, path, semaphores }) => {
    await semaphores.create(semaphore('db'));
    const renamed = await ask<Refused>('PATCH', path(Semaphore, 'db'), { metadata: { name: 'other' } });
    expect(renamed.status).toBe(400);
    expect(renamed.body.message).toBe('the name of the object (other) does not match the name on the URL (db)');
    const moved = await ask<Refused>('PATCH', path(Semaphore, 'db'), { metadata: { namespace: 'other' } });
    expect(moved.status).toBe(400);
    expect(moved.body.message).toContain('does not match the namespace');
    const other = await ask<Refused>('PATCH', path(Semaphore, 'db'), { metadata: { uid: 'other' } });
    expect(other.status).toBe(422);
    expect(other.body.message).toContain('metadata.uid: Invalid value: "other": field is immutable');
  });

  promise('merge: what is no object is refused', async ({ ask, path, semaphores }) => {
    await semaphores.create(semaphore('db'));
    expect((await ask('PATCH', path(Semaphore, 'db'), '[1]')).status).toBe(400);
    expect((await ask('PATCH', path(Semaphore, 'db'), '{')).status).toBe(400);
  });

  promise('json: add, replace, remove, move, copy and test, in order', async ({ ask, path, permits }) => {
    await permits.create(permit('worker', { ttl: '1m' }, { labels: { a: '1', b: '2' }, annotations: { 'x/y': 'z' } }));
    const operations = [
      { op: 'test', path: '/spec/ttl', value: '1m' },
      { op: 'add', path: '/spec/renewTime', value: '2026-01-01T00:00:00.000000Z' },
      { op: 'replace', path: '/metadata/labels/a', value: '9' },
      { op: 'remove', path: '/metadata/labels/b' },
      { op: 'copy', from: '/metadata/labels/a', path: '/metadata/labels/c' },
      { op: 'move', from: '/metadata/annotations/x~1y', path: '/metadata/annotations/moved' },
    ];
    const { status, body } = await ask('PATCH', path(Permit, 'worker'), operations, JSON_PATCH);
    expect({ status, body }).toMatchObject({
      status: 200,
      body: {
        metadata: { labels: { a: '9', c: '9' }, annotations: { moved: 'z' } },
        spec: { renewTime: '2026-01-01T00:00:00.000000Z' },
      },
    });
  });

  promise('json: a list is added to, at its end and inside', async ({ ask, path, semaphores }) => {
    await semaphores.create(semaphore('db', { allowedNamespaces: ['b'] }));
    const operations = [
      { op: 'add', path: '/spec/allowedNamespaces/-', value: 'c' },
      { op: 'add', path: '/spec/allowedNamespaces/0', value: 'a' },
    ];
    const { body } = await ask<Semaphore>('PATCH', path(Semaphore, 'db'), operations, JSON_PATCH);
    expect(body.spec.allowedNamespaces).toEqual(['a', 'b', 'c']);
  });

  promises<[operation: object, status: number, message: string]>(
    {
      'json: a test that fails is refused': [
        { op: 'test', path: '/spec/permits', value: 4 },
        422,
        'the server rejected our request due to an error in our request',
      ],
      'json: what is not there cannot be removed': [
        { op: 'remove', path: '/spec/maxTTL' },
        422,
        'the server rejected our request due to an error in our request',
      ],
      'json: what is below nothing cannot be added': [
        { op: 'add', path: '/status/inUse', value: 1 },
        422,
        'the server rejected our request due to an error in our request',
      ],
    },
    async ({ ask, path, semaphores }, [operation, status, message]) => {
      const made = await semaphores.create(semaphore('db'));
      const operations = [{ op: 'replace', path: '/spec/permits', value: 3 }, operation];
      const answer = await ask<Refused>('PATCH', path(Semaphore, 'db'), operations, JSON_PATCH);
      expect(answer).toMatchObject({ status, body: { reason: 'Invalid', message } });
      expect(await semaphores.get('db')).toEqual(made);
    },
  );

  promise('json: what is no list of operations is refused', async ({ ask, path, semaphores }) => {
    await semaphores.create(semaphore('db'));
    expect((await ask('PATCH', path(Semaphore, 'db'), { spec: {} }, JSON_PATCH)).status).toBe(400);
  });

  promise('json: it works on the status', async ({ ask, path, semaphores }) => {
    await semaphores.create(semaphore('db'));
    const operations = [{ op: 'add', path: '/status', value: { inUse: 2 } }];
    const { body } = await ask<Semaphore>('PATCH', `${path(Semaphore, 'db')}/status`, operations, JSON_PATCH);
    expect(body.status).toEqual({ inUse: 2 });
  });

  promise('strategic: a pod has its containers merged by name', async ({ ask, core, pods }) => {
    await pods.create(
      pod('one', {
        containers: [
          { name: 'main', image: 'a' },
          { name: 'side', image: 'b' },
        ],
      }),
    );
    const patch = { spec: { containers: [{ name: 'side', image: 'c' }] } };
    const { status, body } = await ask<{ spec: { containers: readonly object[] } }>(
      'PATCH',
      core('pods', 'one'),
      patch,
      STRATEGIC,
    );
    expect(status).toBe(200);
    expect(body.spec.containers).toMatchObject([
      { name: 'main', image: 'a' },
      { name: 'side', image: 'c' },
    ]);
  });

  promise('strategic: a finalizer is added to those there, and taken away by name', async ({ ask, core, maps }) => {
    await maps.create(configMap('settings', {}, { finalizers: ['konductor.test/a'] }));
    const add = { metadata: { finalizers: ['konductor.test/b'] } };
    await ask('PATCH', core('configmaps', 'settings'), add, STRATEGIC);
    expect((await maps.get('settings')).metadata.finalizers?.toSorted()).toEqual([
      'konductor.test/a',
      'konductor.test/b',
    ]);
    const remove = { metadata: { '$deleteFromPrimitiveList/finalizers': ['konductor.test/a'] } };
    await ask('PATCH', core('configmaps', 'settings'), remove, STRATEGIC);
    expect((await maps.get('settings')).metadata.finalizers).toEqual(['konductor.test/b']);
  });

  promise('strategic: a map is merged, null takes away, $patch replaces', async ({ ask, core, maps }) => {
    await maps.create(configMap('settings', { a: '1', b: '2' }));
    const patch = (data: object) => ask<{ data: object }>('PATCH', core('configmaps', 'settings'), { data }, STRATEGIC);
    expect((await patch({ a: null, c: '3' })).body.data).toEqual({ b: '2', c: '3' });
    expect((await patch({ $patch: 'replace', d: '4' })).body.data).toEqual({ d: '4' });
  });

  promise('strategic: a custom resource does not take it', async ({ ask, path, semaphores }) => {
    await semaphores.create(semaphore('db'));
    expect(await ask('PATCH', path(Semaphore, 'db'), { spec: { permits: 4 } }, STRATEGIC)).toMatchObject({
      status: 415,
      body: {
        reason: 'UnsupportedMediaType',
        message:
          'the body of the request was in an unknown format - accepted media types include: application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml',
      },
    });
  });

  promise('a patch of no known type is refused', async ({ ask, core, maps }) => {
    await maps.create(configMap('settings'));
    const { status } = await ask<Refused>(
      'PATCH',
      core('configmaps', 'settings'),
      {},
      { 'content-type': 'text/plain' },
    );
    expect(status).toBe(415);
  });
};
