import { expect } from 'vitest';
import type { KubeObject, OwnerReference } from '../../../../src/api/metadata.ts';
import { refusal, takeUntil } from '../../expected.ts';
import type { Suite } from '../../ground.ts';
import { configMap, permit, semaphore } from '../../objects.ts';
import type { Place } from '../../place.ts';

const ownedBy = ({ apiVersion, kind, metadata: { name, uid } }: KubeObject, more: Partial<OwnerReference> = {}) => ({
  ownerReferences: [{ apiVersion, kind, name, uid, ...more }],
});

/** What becomes of an object when its owner goes. */
export const garbage: Suite = ({ promise }) => {
  promise('what is owned goes after its owner', async ({ semaphores, permits }) => {
    const owner = await semaphores.create(semaphore('db'));
    const owned = await permits.create(permit('worker', {}, ownedBy(owner)));
    await semaphores.delete('db');
    await gone(permits, owned);
  });

  promise('what is owned by a kind of others goes, too', async ({ maps, permits }) => {
    const owner = await maps.create(configMap('owner'));
    const owned = await permits.create(permit('worker', {}, ownedBy(owner)));
    await maps.delete('owner', { propagation: 'Background' });
    await gone(permits, owned);
  });

  promise('what is owned by what is owned goes, too', async ({ maps, semaphores, permits }) => {
    const top = await maps.create(configMap('top'));
    const middle = await semaphores.create(semaphore('middle', {}, ownedBy(top)));
    const bottom = await permits.create(permit('bottom', {}, ownedBy(middle)));
    await maps.delete('top');
    await gone(permits, bottom);
    expect(await refusal(semaphores.get('middle'))).toMatchObject({ code: 404 });
  });

  promise('what has another owner left stays, without the one that went', async ({ maps, permits }) => {
    const one = await maps.create(configMap('one'));
    const two = await maps.create(configMap('two'));
    const [first] = ownedBy(one).ownerReferences;
    const [second] = ownedBy(two).ownerReferences;
    if (!first || !second) throw new Error('two owners');
    const owned = await permits.create(permit('worker', {}, { ownerReferences: [first, second] }));
    await maps.delete('one');
    const events = permits.watch({ resourceVersion: owned.metadata.resourceVersion });
    const [change] = await takeUntil(events, ({ type }) => type !== 'BOOKMARK');
    expect(change).toMatchObject({ type: 'MODIFIED', object: { metadata: ownedBy(two) } });
  });

  promise('orphans stay, and name their owner no more', async ({ maps, permits }) => {
    const owner = await maps.create(configMap('owner'));
    const owned = await permits.create(permit('worker', {}, ownedBy(owner)));
    await maps.delete('owner', { propagation: 'Orphan' });
    const events = permits.watch({ resourceVersion: owned.metadata.resourceVersion });
    const [change] = await takeUntil(events, ({ type }) => type !== 'BOOKMARK');
    expect(change).toMatchObject({ type: 'MODIFIED' });
    expect((await permits.get('worker')).metadata).not.toHaveProperty('ownerReferences');
    await absent(maps, 'owner');
  });

  promise('an owner deleted in the foreground waits for those that block it', async ({ maps, permits }) => {
    const owner = await maps.create(configMap('owner'));
    const owned = await permits.create(
      permit('worker', {}, { ...ownedBy(owner, { blockOwnerDeletion: true }), finalizers: ['konductor.test/hold'] }),
    );
    const going = await maps.delete('owner', { propagation: 'Foreground' });
    expect(going?.metadata).toMatchObject({
      finalizers: ['foregroundDeletion'],
      deletionTimestamp: expect.any(String),
    });
    const events = permits.watch({ resourceVersion: owned.metadata.resourceVersion });
    await takeUntil(
      events,
      (event) => event.type === 'MODIFIED' && event.object.metadata.deletionTimestamp !== undefined,
    );
    expect((await maps.get('owner')).metadata.finalizers).toEqual(['foregroundDeletion']);
    const watched = maps.watch({ resourceVersion: going?.metadata.resourceVersion ?? '' });
    await permits.mergePatch('worker', { metadata: { finalizers: [] } });
    await takeUntil(watched, ({ type }) => type === 'DELETED');
  });

  promise('an owner of the right name and another uid is no owner', async ({ maps, permits }) => {
    const real = await maps.create(configMap('owner'));
    const uid = '00000000-0000-0000-0000-000000000001';
    const owned = await permits.create(permit('worker', {}, ownedBy(real, { uid })));
    await gone(permits, owned);
    expect(await maps.get('owner')).toMatchObject({ metadata: { uid: real.metadata.uid } });
  });

  promise('an owner that is not there, and never was, is no owner', async ({ permits }) => {
    const ghost = { apiVersion: 'v1', kind: 'ConfigMap', name: 'ghost', uid: '00000000-0000-0000-0000-000000000002' };
    await gone(permits, await permits.create(permit('worker', {}, { ownerReferences: [ghost] })));
  });

  promise('an owner in another namespace is no owner', async (place) => {
    const { server, maps, client, permits } = place;
    const elsewhere = client.of(maps.type, await server.namespace());
    const owner = await elsewhere.create(configMap('owner'));
    const owned = await permits.create(permit('worker', {}, ownedBy(owner)));
    await gone(permits, owned);
    expect(await elsewhere.get('owner')).toMatchObject({ metadata: { uid: owner.metadata.uid } });
  });

  promise('two controllers cannot own one object', async ({ maps, permits }) => {
    const one = ownedBy(await maps.create(configMap('one')), { controller: true });
    const two = ownedBy(await maps.create(configMap('two')), { controller: true });
    const ownerReferences = [...one.ownerReferences, ...two.ownerReferences];
    const { code, message } = await refusal(permits.create(permit('worker', {}, { ownerReferences })));
    expect(code).toBe(422);
    expect(message).toContain('metadata.ownerReferences: Invalid value:');
    expect(message).toContain('Only one reference can have Controller set to true');
  });

  promise('a reference without a uid is refused', async ({ permits }) => {
    const ownerReferences = [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'a', uid: '' }];
    expect(await refusal(permits.create(permit('worker', {}, { ownerReferences })))).toMatchObject({
      code: 422,
      message: expect.stringContaining('metadata.ownerReferences.uid: Invalid value: "": must not be empty'),
    });
  });
};

/** Waits until an object has been removed. */
async function gone(permits: Place['permits'], { metadata }: KubeObject): Promise<void> {
  const events = permits.watch({ resourceVersion: metadata.resourceVersion });
  await takeUntil(events, (event) => event.type === 'DELETED' && event.object.metadata.uid === metadata.uid);
}

async function absent(maps: Place['maps'], name: string): Promise<void> {
  const { items, resourceVersion } = await maps.list({ fieldSelector: `metadata.name=${name}` });
  if (items.length > 0) await takeUntil(maps.watch({ resourceVersion }), ({ type }) => type === 'DELETED');
}
