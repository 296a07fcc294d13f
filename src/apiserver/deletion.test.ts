import { describe, expect, it } from 'vitest';
import {
  aServer,
  CONFIG_MAPS,
  CRDS,
  configMap,
  crd,
  MERGE,
  PERMITS,
  permit,
  SEMAPHORES,
  semaphore,
} from '../../test/support/apiserver.ts';

describe('a deletion', () => {
  it('is at once when nobody holds it back, and says what is gone', async () => {
    const { send } = aServer();
    const { body } = await send('POST', SEMAPHORES, semaphore('a'));
    const gone = await send('DELETE', `${SEMAPHORES}/a`);
    expect(gone.body).toMatchObject({
      status: 'Success',
      details: { name: 'a', kind: 'semaphores', uid: body.metadata.uid },
    });
    expect((await send('GET', `${SEMAPHORES}/a`)).status).toBe(404);
  });

  it('waits for the last finalizer, and takes no new one', async () => {
    const { send } = aServer();
    await send('POST', SEMAPHORES, semaphore('a', {}, { finalizers: ['a.io/b'] }));
    const marked = await send('DELETE', `${SEMAPHORES}/a`);
    expect(marked.body.metadata).toMatchObject({
      deletionTimestamp: '2026-01-01T00:00:00Z',
      deletionGracePeriodSeconds: 0,
      generation: 2,
    });
    expect((await send('POST', SEMAPHORES, semaphore('a'))).body.message).toBe(
      'object is being deleted: semaphores.sync.konductor.io "a" already exists',
    );
    const added = await send('PATCH', `${SEMAPHORES}/a`, { metadata: { finalizers: ['a.io/b', 'a.io/c'] } }, MERGE);
    expect(added.body.message).toContain(
      'no new finalizers can be added if the object is being deleted, found new finalizers []string{"a.io/c"}',
    );
    await send('PATCH', `${SEMAPHORES}/a`, { metadata: { finalizers: null } }, MERGE);
    expect((await send('GET', `${SEMAPHORES}/a`)).status).toBe(404);
  });

  it('happens only to the object and the version that is meant', async () => {
    const { send } = aServer();
    await send('POST', SEMAPHORES, semaphore('a'));
    for (const preconditions of [{ uid: 'other' }, { resourceVersion: '1' }]) {
      expect((await send('DELETE', `${SEMAPHORES}/a`, { preconditions })).status).toBe(409);
    }
    expect((await send('GET', `${SEMAPHORES}/a`)).status).toBe(200);
  });

  it('of a collection takes those that are selected', async () => {
    const { send } = aServer();
    await send('POST', PERMITS, permit('a', { labels: { app: 'x' } }));
    await send('POST', PERMITS, permit('b'));
    await send('DELETE', `${PERMITS}?labelSelector=app%3Dx`);
    expect((await send('GET', PERMITS)).body.items).toMatchObject([{ metadata: { name: 'b' } }]);
  });
});

describe('what has lost its owner', () => {
  const ownedBy = (...owners: { name: string; uid: string }[]) => ({
    ownerReferences: owners.map(({ name, uid }) => ({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      name,
      uid,
      blockOwnerDeletion: true,
    })),
  });
  const owner = async ({ send }: ReturnType<typeof aServer>, name: string) =>
    (await send('POST', CONFIG_MAPS, configMap(name))).body.metadata;

  it('is collected when every owner is gone, not before', async () => {
    const test = aServer({ collectorDelay: 100 });
    const { send, clock } = test;
    const [a, b] = [await owner(test, 'a'), await owner(test, 'b')];
    await send('POST', PERMITS, permit('p', ownedBy(a, b)));
    await send('DELETE', `${CONFIG_MAPS}/a`);
    await clock.advance(200);
    expect((await send('GET', `${PERMITS}/p`)).body.metadata.ownerReferences).toMatchObject([{ name: 'b' }]);
    await send('DELETE', `${CONFIG_MAPS}/b`);
    expect((await send('GET', `${PERMITS}/p`)).status).toBe(200);
    await clock.advance(200);
    expect((await send('GET', `${PERMITS}/p`)).status).toBe(404);
  });

  it('is collected when the owner never was, by uid or by namespace', async () => {
    const test = aServer();
    const { send, clock } = test;
    const a = await owner(test, 'a');
    await send('POST', '/api/v1/namespaces', { metadata: { name: 'other' } });
    await send('POST', PERMITS, permit('p', ownedBy({ name: 'a', uid: 'another' })));
    await send('POST', PERMITS.replace('default', 'other'), permit('q', ownedBy(a)));
    await clock.advance(0);
    expect((await send('GET', '/apis/sync.konductor.io/v1/permits')).body.items).toEqual([]);
  });

  it('is kept, without the owner, when its owner is deleted as Orphan', async () => {
    const test = aServer();
    const { send, clock } = test;
    await send('POST', PERMITS, permit('p', ownedBy(await owner(test, 'a'))));
    await send('DELETE', `${CONFIG_MAPS}/a`, { propagationPolicy: 'Orphan' });
    await clock.advance(0);
    expect((await send('GET', `${CONFIG_MAPS}/a`)).status).toBe(404);
    expect((await send('GET', `${PERMITS}/p`)).body.metadata.ownerReferences).toBeUndefined();
  });

  it('goes first when its owner is deleted in the foreground', async () => {
    const test = aServer();
    const { server, send, clock } = test;
    await send('POST', PERMITS, permit('p', { ...ownedBy(await owner(test, 'a')), finalizers: ['a.io/b'] }));
    await send('DELETE', `${CONFIG_MAPS}/a`, { propagationPolicy: 'Foreground' });
    await clock.advance(0);
    expect((await send('GET', `${CONFIG_MAPS}/a`)).body.metadata.finalizers).toEqual(['foregroundDeletion']);
    expect((await send('GET', `${PERMITS}/p`)).body.metadata.deletionTimestamp).toBeDefined();
    await send('PATCH', `${PERMITS}/p`, { metadata: { finalizers: null } }, MERGE);
    await clock.advance(0);
    expect(server.history.filter(({ type }) => type === 'DELETED').map(({ key }) => key)).toEqual([
      'default/p',
      'default/a',
    ]);
  });
});

describe('a namespace that is deleted', () => {
  it('takes nothing new, is emptied, and then goes', async () => {
    const { send, clock } = aServer({ collectorDelay: 100 });
    const inside = PERMITS.replace('default', 'team');
    await send('POST', '/api/v1/namespaces', { metadata: { name: 'team' } });
    await send('POST', inside, permit('p', { finalizers: ['a.io/b'] }));
    expect((await send('DELETE', '/api/v1/namespaces/team')).body.status.phase).toBe('Terminating');
    const late = await send('POST', inside, permit('q'));
    expect(late).toMatchObject({ status: 403, body: { details: { causes: [{ reason: 'NamespaceTerminating' }] } } });
    await clock.advance(1000);
    expect((await send('GET', '/api/v1/namespaces/team')).status).toBe(200);
    await send('PATCH', `${inside}/p`, { metadata: { finalizers: null } }, MERGE);
    await clock.advance(1000);
    expect((await send('GET', '/api/v1/namespaces/team')).status).toBe(404);
  });

  it('is not default', async () => {
    expect((await aServer().send('DELETE', '/api/v1/namespaces/default')).body.message).toBe(
      'namespaces "default" is forbidden: this namespace may not be deleted',
    );
  });
});

describe('a CustomResourceDefinition', () => {
  const FOOS = '/apis/ex.io/v1/namespaces/default/foos';
  const foo = (name: string, spec: object = {}) => ({ apiVersion: 'ex.io/v1', kind: 'Foo', metadata: { name }, spec });

  it('is served once it is Established, by its schema', async () => {
    const { send } = aServer();
    expect((await send('GET', FOOS)).status).toBe(404);
    const { body } = await send('POST', CRDS, crd());
    expect(body.status.conditions).toMatchObject([
      { type: 'NamesAccepted', status: 'True' },
      { type: 'Established', status: 'True' },
    ]);
    expect((await send('POST', FOOS, foo('a', { size: 1, other: 2 }))).body.spec).toEqual({ size: 1 });
    expect((await send('POST', FOOS, foo('b', { size: 'big' }))).status).toBe(422);
    expect((await send('GET', '/apis/ex.io/v1')).body.resources).toMatchObject([{ name: 'foos' }]);
  });

  it('that is deleted takes its objects with it', async () => {
    const { send, clock } = aServer();
    await send('POST', CRDS, crd());
    await send('POST', FOOS, foo('a'));
    await send('DELETE', `${CRDS}/foos.ex.io`);
    await clock.advance(0);
    expect((await send('GET', `${CRDS}/foos.ex.io`)).status).toBe(404);
    expect((await send('GET', FOOS)).status).toBe(404);
    await send('POST', CRDS, crd());
    expect((await send('GET', FOOS)).body.items).toEqual([]);
  });

  it('may change its schema, and serve one object in several versions', async () => {
    const { send } = aServer();
    await send('POST', CRDS, crd());
    await send('POST', FOOS, foo('a', { size: 1 }));
    const schema = {
      openAPIV3Schema: {
        type: 'object',
        properties: { spec: { type: 'object', properties: { size: { type: 'integer', minimum: 5 } } } },
      },
    };
    const versions = [
      { name: 'v1', served: true, storage: false, schema },
      { name: 'v2', served: true, storage: true, schema },
    ];
    const patched = await send('PATCH', `${CRDS}/foos.ex.io`, { spec: { versions } }, MERGE);
    expect(patched.status).toBe(200);
    expect((await send('GET', `${FOOS.replace('v1', 'v2')}/a`)).body.apiVersion).toBe('ex.io/v2');
    expect((await send('GET', `${FOOS}/a`)).body.apiVersion).toBe('ex.io/v1');
    expect((await send('POST', FOOS, foo('b', { size: 1 }))).status).toBe(422);
  });

  it('that makes no sense is refused', async () => {
    const { send } = aServer();
    const message = async (object: object) => (await send('POST', CRDS, object)).body.message;
    expect(await message({ ...crd(), metadata: { name: 'bars.ex.io' } })).toContain(
      'must be spec.names.plural+"."+spec.group',
    );
    expect(await message(crd({ storage: false }))).toContain('must have exactly one version marked as storage version');
    expect(await message(crd({ schema: { openAPIV3Schema: { type: 'object', properties: { a: {} } } } }))).toContain(
      'spec.validation.openAPIV3Schema.properties[a].type: Required value: must not be empty for specified object fields',
    );
    expect(
      await message(
        crd({
          schema: {
            openAPIV3Schema: { type: 'object', 'x-kubernetes-validations': [{ rule: 'self.', message: 'm' }] },
          },
        }),
      ),
    ).toContain('compilation failed');
  });
});
