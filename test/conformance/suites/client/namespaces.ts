import { expect } from 'vitest';
import { Namespace } from '../../built-in-types.ts';
import { refusal, takeUntil } from '../../expected.ts';
import type { Suite } from '../../ground.ts';
import { configMap, permit, semaphore } from '../../objects.ts';
import type { Place } from '../../place.ts';

/** A namespace, and what goes with it. */
export const namespaces: Suite = ({ promise }) => {
  promise('a new namespace is active and carries its name as a label', async ({ client, ns }) => {
    expect(await client.of(Namespace).get(ns)).toMatchObject({
      metadata: { name: ns, labels: { 'kubernetes.io/metadata.name': ns } },
      spec: { finalizers: ['kubernetes'] },
      status: { phase: 'Active' },
    });
  });

  promise('nothing can be made in a namespace that is not there', async ({ client, semaphores }) => {
    const nowhere = client.of(semaphores.type, 'no-such-namespace');
    expect(await refusal(nowhere.create(semaphore('db')))).toMatchObject({
      code: 404,
      reason: 'NotFound',
      message: 'namespaces "no-such-namespace" not found',
      details: { name: 'no-such-namespace', kind: 'namespaces' },
    });
    expect((await nowhere.list()).items).toEqual([]);
  });

  promise('a namespace takes with it all that is in it', async (place) => {
    const { client, ns, semaphores, maps, permits } = place;
    await semaphores.create(semaphore('db'));
    await permits.create(permit('worker'));
    await maps.create(configMap('settings'));
    await end(place);
    expect((await semaphores.list()).items).toEqual([]);
    expect((await permits.list()).items).toEqual([]);
    expect((await maps.list()).items).toEqual([]);
    expect(await refusal(client.of(Namespace).get(ns))).toMatchObject({ code: 404 });
  });

  promise('a namespace waits for finalizers, and takes nothing new meanwhile', async (place) => {
    const { client, ns, semaphores } = place;
    const { metadata } = await semaphores.create(semaphore('db', {}, { finalizers: ['konductor.test/hold'] }));
    const going = await client.of(Namespace).delete(ns);
    expect(going).toMatchObject({
      metadata: { deletionTimestamp: expect.any(String) },
      status: { phase: 'Terminating' },
    });

    const changes = semaphores.watch({ resourceVersion: metadata.resourceVersion });
    await takeUntil(
      changes,
      (event) => event.type === 'MODIFIED' && event.object.metadata.deletionTimestamp !== undefined,
    );
    expect(await refusal(semaphores.create(semaphore('late')))).toMatchObject({
      code: 403,
      reason: 'Forbidden',
      message: `semaphores.sync.konductor.io "late" is forbidden: unable to create new content in namespace ${ns} because it is being terminated`,
    });

    const watched = client.of(Namespace).watch({
      resourceVersion: going?.metadata.resourceVersion ?? '',
      fieldSelector: `metadata.name=${ns}`,
    });
    await semaphores.mergePatch('db', { metadata: { finalizers: null } });
    await takeUntil(watched, ({ type }) => type === 'DELETED');
  });

  promise('an object of every namespace is found in the list of all', async ({ client, semaphores, server, ns }) => {
    const elsewhere = await server.namespace();
    const labels = { list: ns };
    await semaphores.create(semaphore('here', {}, { labels }));
    await client.of(semaphores.type, elsewhere).create(semaphore('there', {}, { labels }));
    const { items } = await client.of(semaphores.type).list({ labelSelector: `list=${ns}` });
    const found = items.map(({ metadata }) => `${metadata.namespace}/${metadata.name}`);
    expect(found.sort()).toEqual([`${ns}/here`, `${elsewhere}/there`].sort());
  });
};

/** Deletes the place's namespace and waits until it has gone. */
async function end({ client, ns }: Place): Promise<void> {
  const all = client.of(Namespace);
  const { metadata } = await all.get(ns);
  await all.delete(ns);
  const changes = all.watch({ resourceVersion: metadata.resourceVersion, fieldSelector: `metadata.name=${ns}` });
  await takeUntil(changes, ({ type }) => type === 'DELETED');
}
