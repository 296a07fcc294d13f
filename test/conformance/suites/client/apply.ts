import { expect } from 'vitest';
import { Semaphore } from '../../../../src/api/semaphore.ts';
import { refusal } from '../../expected.ts';
import type { Suite } from '../../ground.ts';
import { configMap, pod, semaphore } from '../../objects.ts';

interface Managed {
  readonly metadata: { readonly managedFields?: readonly ManagedFields[] };
}

interface ManagedFields {
  readonly manager: string;
  readonly operation: string;
  readonly subresource?: string;
  readonly apiVersion: string;
  readonly fieldsType: string;
  readonly fieldsV1: object;
}

/** Server-side apply: who owns a field, and what happens when two want it. */
export const apply: Suite = ({ promise }) => {
  promise('what is not there is made', async ({ semaphores }) => {
    const made = await semaphores.apply(semaphore('db', { permits: 5 }));
    expect(made).toMatchObject({ spec: { permits: 5, ttl: '10m' }, metadata: { generation: 1 } });
  });

  promise('the first apply is 201, the next 200', async ({ ask, path }) => {
    const target = `${path(Semaphore, 'db')}?fieldManager=a`;
    const headers = { 'content-type': 'application/apply-patch+yaml' };
    expect((await ask('PATCH', target, semaphore('db'), headers)).status).toBe(201);
    expect((await ask('PATCH', target, semaphore('db'), headers)).status).toBe(200);
  });

  promise('yaml will do', async ({ ask, path }) => {
    const yaml = 'apiVersion: sync.konductor.io/v1\nkind: Semaphore\nmetadata:\n  name: db\nspec:\n  permits: 4\n';
    const headers = { 'content-type': 'application/apply-patch+yaml' };
    const { body } = await ask('PATCH', `${path(Semaphore, 'db')}?fieldManager=a`, yaml, headers);
    expect(body).toMatchObject({ spec: { permits: 4 } });
  });

  promise('the same again changes nothing', async ({ semaphores }) => {
    const made = await semaphores.apply(semaphore('db'));
    expect(await semaphores.apply(semaphore('db'))).toEqual(made);
  });

  promise('a field that is not applied any more goes, with nobody else to want it', async ({ semaphores }) => {
    await semaphores.apply(semaphore('db', { maxTTL: '1h', ttl: '5m' }, { labels: { a: '1', b: '2' } }));
    const now = await semaphores.apply(semaphore('db', {}, { labels: { b: '2' } }));
    expect(now.metadata.labels).toEqual({ b: '2' });
    expect(now.spec).toEqual({ permits: 3, ttl: '10m', ordering: 'Strict', maxWaiters: 10_000 });
  });

  promise('the zero values of a status that a Go program sends along are nobody’s', async ({ ask, path }) => {
    const headers = { 'content-type': 'application/apply-patch+yaml' };
    const target = `${path(Semaphore, 'db')}?fieldManager=go`;
    const status = { inUse: 0, available: 0, phase: '' };
    expect((await ask('PATCH', target, { ...semaphore('db'), status }, headers)).status).toBe(201);
    const told = { status: { inUse: 1, available: 2, phase: 'Ready' } };
    const merge = { 'content-type': 'application/merge-patch+json' };
    const operators = `${path(Semaphore, 'db')}/status?fieldManager=operator`;
    expect((await ask('PATCH', operators, told, merge)).status).toBe(200);
    const again = await ask('PATCH', target, { ...semaphore('db'), status }, headers);
    expect([again.status, again.body]).toMatchObject([200, told]);
  });

  promise('a field that another owns, too, stays', async ({ semaphores }) => {
    await semaphores.apply(semaphore('db', { maxTTL: '1h' }), { fieldManager: 'one' });
    await semaphores.apply(semaphore('db', { maxTTL: '1h' }), { fieldManager: 'two' });
    const now = await semaphores.apply(semaphore('db'), { fieldManager: 'one' });
    expect(now.spec.maxTTL).toBe('1h');
    expect((await semaphores.apply(semaphore('db'), { fieldManager: 'two' })).spec).not.toHaveProperty('maxTTL');
  });

  promise('another value for what another owns is a Conflict that names both', async ({ semaphores }) => {
    await semaphores.apply(semaphore('db', { permits: 3 }), { fieldManager: 'one' });
    expect(await refusal(semaphores.apply(semaphore('db', { permits: 4 }), { fieldManager: 'two' }))).toEqual({
      code: 409,
      reason: 'Conflict',
      message: 'Apply failed with 1 conflict: conflict with "one": .spec.permits',
      details: {
        causes: [{ reason: 'FieldManagerConflict', message: 'conflict with "one"', field: '.spec.permits' }],
      },
    });
  });

  promise('several conflicts are told one by one', async ({ semaphores }) => {
    await semaphores.apply(semaphore('db', { permits: 3, ttl: '1m' }), { fieldManager: 'one' });
    const { message, details } = await refusal(
      semaphores.apply(semaphore('db', { permits: 4, ttl: '2m' }), { fieldManager: 'two' }),
    );
    expect(message).toMatch(/^Apply failed with 2 conflicts: conflicts with "one":\n- \.spec\.permits\n- \.spec\.ttl$/);
    expect(details.causes?.map(({ field }) => field)).toEqual(['.spec.permits', '.spec.ttl']);
  });

  promise('a conflict with an update says when and through which version', async ({ semaphores }) => {
    await semaphores.create(semaphore('db', { permits: 3 }), { fieldManager: 'hand' });
    const { message } = await refusal(semaphores.apply(semaphore('db', { permits: 4 }), { fieldManager: 'two' }));
    expect(message).toMatch(
      /^Apply failed with 1 conflict: conflict with "hand" using sync\.konductor\.io\/v1( at .*)?: \.spec\.permits$/,
    );
  });

  promise('by force, the field changes hands', async ({ semaphores }) => {
    await semaphores.apply(semaphore('db', { permits: 3 }), { fieldManager: 'one' });
    const now = await semaphores.apply(semaphore('db', { permits: 4 }), { fieldManager: 'two', force: true });
    expect(now.spec.permits).toBe(4);
    expect(await refusal(semaphores.apply(semaphore('db', { permits: 3 }), { fieldManager: 'one' }))).toMatchObject({
      message: 'Apply failed with 1 conflict: conflict with "two": .spec.permits',
    });
  });

  promise('the same value is owned by both, without conflict', async ({ semaphores }) => {
    await semaphores.apply(semaphore('db', { permits: 3 }), { fieldManager: 'one' });
    await semaphores.apply(semaphore('db', { permits: 3 }), { fieldManager: 'two' });
    expect(await refusal(semaphores.apply(semaphore('db', { permits: 4 }), { fieldManager: 'two' }))).toMatchObject({
      message: 'Apply failed with 1 conflict: conflict with "one": .spec.permits',
    });
  });

  promise('what somebody updates is theirs from then on', async ({ semaphores }) => {
    await semaphores.apply(semaphore('db', { permits: 3 }), { fieldManager: 'one' });
    await semaphores.mergePatch('db', { spec: { permits: 5 } }, { fieldManager: 'hand' });
    const { message } = await refusal(semaphores.apply(semaphore('db', { permits: 3 }), { fieldManager: 'one' }));
    expect(message).toContain('conflict with "hand" using sync.konductor.io/v1');
  });

  promise('the status is applied by itself', async ({ semaphores }) => {
    await semaphores.create(semaphore('db'));
    const status = { ...semaphore('db'), status: { inUse: 2, waiting: 1 } };
    const told = await semaphores.apply(status, { subresource: 'status', fieldManager: 'operator', force: true });
    expect(told).toMatchObject({ status: { inUse: 2, waiting: 1 }, spec: { permits: 3 } });
    const less = { apiVersion: status.apiVersion, kind: status.kind, metadata: { name: 'db' }, status: { inUse: 2 } };
    const now = await semaphores.apply(less as never, { subresource: 'status', fieldManager: 'operator' });
    expect(now.status).toEqual({ inUse: 2 });
  });

  promise('owners are listed in metadata.managedFields', async ({ semaphores, ask, path }) => {
    await semaphores.apply(semaphore('db', { permits: 3 }, { labels: { a: '1' } }), { fieldManager: 'one' });
    await semaphores.mergePatch('db', { spec: { ttl: '1m' } }, { fieldManager: 'hand' });
    await semaphores.patchStatus('db', { inUse: 1 }, { fieldManager: 'operator' });
    const { body } = await ask<Managed>('GET', path(Semaphore, 'db'));
    const found = body.metadata.managedFields?.map(({ manager, operation, subresource, fieldsV1 }) => ({
      manager,
      operation,
      ...(subresource && { subresource }),
      fieldsV1,
    }));
    expect(found).toEqual([
      {
        manager: 'one',
        operation: 'Apply',
        fieldsV1: { 'f:metadata': { 'f:labels': { 'f:a': {} } }, 'f:spec': { 'f:permits': {} } },
      },
      { manager: 'hand', operation: 'Update', fieldsV1: { 'f:spec': { 'f:ttl': {} } } },
      {
        manager: 'operator',
        operation: 'Update',
        subresource: 'status',
        fieldsV1: { 'f:status': { '.': {}, 'f:inUse': {} } },
      },
    ]);
  });

  promise('a list that is atomic is owned as a whole', async ({ semaphores }) => {
    await semaphores.apply(semaphore('db', { allowedNamespaces: ['a'] }), { fieldManager: 'one' });
    const { message } = await refusal(
      semaphores.apply(semaphore('db', { allowedNamespaces: ['a', 'b'] }), { fieldManager: 'two' }),
    );
    expect(message).toBe('Apply failed with 1 conflict: conflict with "one": .spec.allowedNamespaces');
  });

  promise('a list with keys is owned item by item', async ({ pods }) => {
    const containers = (...names: readonly string[]) => names.map((name) => ({ name, image: 'none' }));
    await pods.create(pod('one', { containers: containers('main', 'side') }), { fieldManager: 'hand' });
    const one = { ...pod('one'), spec: { containers: [{ name: 'side', image: 'newer' }] } };
    const { message } = await refusal(pods.apply(one as never, { fieldManager: 'two' }));
    expect(message).toMatch(/conflict with "hand" using v1.*: \.spec\.containers\[name="side"\]\.image/);
    const forced = await pods.apply(one as never, { fieldManager: 'two', force: true });
    expect(forced.spec.containers).toMatchObject([
      { name: 'main', image: 'none' },
      { name: 'side', image: 'newer' },
    ]);
  });

  promise('a ConfigMap is applied, key by key', async ({ maps }) => {
    await maps.apply(configMap('settings', { a: '1' }), { fieldManager: 'one' });
    await maps.apply(configMap('settings', { b: '2' }), { fieldManager: 'two' });
    expect((await maps.apply(configMap('settings', {}), { fieldManager: 'one' })).data).toEqual({ b: '2' });
  });

  promise('nobody applies without a name of their own', async ({ ask, path }) => {
    const headers = { 'content-type': 'application/apply-patch+yaml' };
    const { status, body } = await ask<{ message: string }>('PATCH', path(Semaphore, 'db'), semaphore('db'), headers);
    expect(status).toBe(422);
    expect(body.message).toContain('fieldManager: Required value: is required for apply patch');
  });

  promise('managedFields are not for applying', async ({ ask, path }) => {
    const object = { ...semaphore('db'), metadata: { name: 'db', managedFields: [{ manager: 'x' }] } };
    const headers = { 'content-type': 'application/apply-patch+yaml' };
    const { status, body } = await ask<{ message: string }>(
      'PATCH',
      `${path(Semaphore, 'db')}?fieldManager=a`,
      object,
      headers,
    );
    expect(status).toBe(400);
    expect(body.message).toContain('metadata.managedFields must be nil');
  });

  promise('an apply is judged like any other write', async ({ semaphores }) => {
    expect(await refusal(semaphores.apply(semaphore('db', { permits: 0 })))).toMatchObject({
      code: 422,
      message: expect.stringContaining('spec.permits'),
    });
  });

  promise('an apply with an old version is a Conflict', async ({ ask, path, semaphores }) => {
    const { metadata } = await semaphores.apply(semaphore('db'));
    await semaphores.apply(semaphore('db', { permits: 4 }));
    const old = {
      ...semaphore('db', { permits: 5 }),
      metadata: { name: 'db', resourceVersion: metadata.resourceVersion },
    };
    const headers = { 'content-type': 'application/apply-patch+yaml' };
    const { status, body } = await ask('PATCH', `${path(Semaphore, 'db')}?fieldManager=konductor`, old, headers);
    expect({ status, body }).toMatchObject({ status: 409, body: { reason: 'Conflict' } });
  });
};
