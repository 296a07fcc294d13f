import { expect } from 'vitest';
import { systemClock } from '../../../../src/api/clock.ts';
import type { WatchEvent } from '../../../../src/kube/resource.ts';
import { type Change, keepWatching } from '../../../../src/kube/watch.ts';
import { take } from '../../expected.ts';
import type { Suite } from '../../ground.ts';
import { configMap, permit, semaphore } from '../../objects.ts';
import type { Place } from '../../place.ts';

const said = (events: readonly WatchEvent<{ metadata: { name: string } }>[]) =>
  events.map((event) => (event.type === 'BOOKMARK' ? event.type : `${event.type} ${event.object.metadata.name}`));

const now = async ({ semaphores }: Place) => (await semaphores.list()).resourceVersion;

/** What a watch tells, in which order, from where. */
export const watches: Suite = ({ promise }) => {
  promise('a watch from a version tells what came after it, in order', async (place) => {
    const { semaphores } = place;
    await semaphores.create(semaphore('before'));
    const resourceVersion = await now(place);
    const writes = [
      await semaphores.create(semaphore('a')),
      await semaphores.create(semaphore('b')),
      await semaphores.mergePatch('a', { spec: { permits: 9 } }),
      await semaphores.patchStatus('b', { inUse: 1 }),
    ];
    await semaphores.delete('a');
    const events = await take(semaphores.watch({ resourceVersion }), 5);
    expect(said(events)).toEqual(['ADDED a', 'ADDED b', 'MODIFIED a', 'MODIFIED b', 'DELETED a']);
    expect(events.slice(0, 4).map((event) => 'object' in event && event.object)).toEqual(writes);
  });

  promise('a deletion tells the last state, under the version of the deletion', async (place) => {
    const { semaphores } = place;
    const { metadata } = await semaphores.create(semaphore('db', { permits: 7 }));
    await semaphores.delete('db');
    const [event] = await take(semaphores.watch({ resourceVersion: metadata.resourceVersion }), 1);
    expect(event).toMatchObject({ type: 'DELETED', object: { spec: { permits: 7 }, metadata: { uid: metadata.uid } } });
    const version = event && 'object' in event ? event.object.metadata.resourceVersion : '';
    expect(BigInt(version)).toBeGreaterThan(BigInt(metadata.resourceVersion));
  });

  promise('a watch tells what happens while it is open', async (place) => {
    const { semaphores } = place;
    const events = semaphores.watch({ resourceVersion: await now(place) });
    const first = events.next();
    await semaphores.create(semaphore('a'));
    expect((await first).value).toMatchObject({ type: 'ADDED', object: { metadata: { name: 'a' } } });
    const second = events.next();
    await semaphores.delete('a');
    expect((await second).value).toMatchObject({ type: 'DELETED' });
    await events.return();
  });

  promise('a write that changes nothing is not told', async (place) => {
    const { semaphores } = place;
    const { metadata } = await semaphores.create(semaphore('a'));
    await semaphores.mergePatch('a', { spec: { permits: 3 } });
    await semaphores.mergePatch('a', { spec: { permits: 4 } });
    const [event] = await take(semaphores.watch({ resourceVersion: metadata.resourceVersion }), 1);
    expect(event).toMatchObject({ type: 'MODIFIED', object: { spec: { permits: 4 } } });
  });

  promise('the same name again is another object', async (place) => {
    const { semaphores } = place;
    const resourceVersion = await now(place);
    const one = await semaphores.create(semaphore('db'));
    await semaphores.delete('db');
    const two = await semaphores.create(semaphore('db'));
    const events = await take(semaphores.watch({ resourceVersion }), 3);
    expect(said(events)).toEqual(['ADDED db', 'DELETED db', 'ADDED db']);
    expect(events.map((event) => 'object' in event && event.object.metadata.uid)).toEqual([
      one.metadata.uid,
      one.metadata.uid,
      two.metadata.uid,
    ]);
  });

  promise('what comes into a selection is ADDED, what leaves it DELETED', async ({ semaphores }) => {
    const { metadata } = await semaphores.create(semaphore('db'));
    const label = (x: string | null) => semaphores.mergePatch('db', { metadata: { labels: { x } } as never });
    await label('in');
    await semaphores.mergePatch('db', { spec: { permits: 4 } });
    const out = await label('out');
    await label('in');
    const events = await take(
      semaphores.watch({ resourceVersion: metadata.resourceVersion, labelSelector: 'x=in' }),
      4,
    );
    expect(said(events)).toEqual(['ADDED db', 'MODIFIED db', 'DELETED db', 'ADDED db']);
    // as it was when it was last in, under the version it left with
    expect(events[2]).toMatchObject({
      object: { metadata: { labels: { x: 'in' }, resourceVersion: out.metadata.resourceVersion } },
    });
  });

  promise('a selection by a field is turned in the same way', async ({ permits }) => {
    const { metadata } = await permits.create(permit('worker'));
    await permits.patchStatus('worker', { phase: 'Pending' });
    await permits.patchStatus('worker', { phase: 'Granted', token: 1 });
    const { resourceVersion } = metadata;
    const events = await take(permits.watch({ resourceVersion, fieldSelector: 'status.phase=Pending' }), 2);
    expect(said(events)).toEqual(['ADDED worker', 'DELETED worker']);
  });

  promise('one object is watched by its name', async ({ semaphores }) => {
    const { metadata } = await semaphores.create(semaphore('a'));
    await semaphores.create(semaphore('b'));
    await semaphores.mergePatch('a', { spec: { permits: 5 } });
    const { resourceVersion } = metadata;
    const [event] = await take(semaphores.watch({ resourceVersion, fieldSelector: 'metadata.name=a' }), 1);
    expect(event).toMatchObject({ type: 'MODIFIED', object: { metadata: { name: 'a' } } });
  });

  promise('a watch of all namespaces tells of each', async ({ client, semaphores, server, ns }) => {
    const elsewhere = client.of(semaphores.type, await server.namespace());
    const labels = { watch: ns };
    const { resourceVersion } = await semaphores.list();
    await semaphores.create(semaphore('here', {}, { labels }));
    await elsewhere.create(semaphore('there', {}, { labels }));
    const all = client.of(semaphores.type).watch({ resourceVersion, labelSelector: `watch=${ns}` });
    expect(said(await take(all, 2))).toEqual(['ADDED here', 'ADDED there']);
  });

  promise('built-in objects in a watch carry their kind', async ({ maps, watched, core }) => {
    const { resourceVersion } = await maps.list();
    await maps.create(configMap('settings'));
    const [line] = await watched<Line>(`${core('configmaps')}?timeoutSeconds=1&resourceVersion=${resourceVersion}`);
    expect(line).toMatchObject({ type: 'ADDED', object: { kind: 'ConfigMap', apiVersion: 'v1' } });
  });

  promise('a watch from the past of another kind is no trouble', async (place) => {
    const { maps, semaphores } = place;
    const { metadata } = await maps.create(configMap('settings'));
    await semaphores.create(semaphore('a'));
    const [event] = await take(semaphores.watch({ resourceVersion: metadata.resourceVersion }), 1);
    expect(event).toMatchObject({ type: 'ADDED' });
  });

  promise('our watch goes on over ends of the server, and misses nothing', async (place) => {
    const { semaphores } = place;
    const changes: string[] = [];
    let ends = 0;
    const stop = new AbortController();
    const seen = Promise.withResolvers<void>();
    const resource: Pick<typeof semaphores, 'listAll' | 'watch'> = {
      listAll: (options) => semaphores.listAll(options),
      async *watch(options) {
        yield* semaphores.watch({ ...options, timeoutSeconds: 1 });
        ends++;
      },
    };
    const onChange = (change: Change<{ metadata: { name: string } }>) => {
      if (change.type === 'replaced') changes.push(...change.objects.map(({ metadata }) => metadata.name));
      if (change.type === 'added') changes.push(change.object.metadata.name);
      if (changes.length === 4) seen.resolve();
    };
    const watching = keepWatching({
      resource,
      onChange,
      onError: (error) => seen.reject(error),
      clock: systemClock,
      random: () => 0,
      signal: stop.signal,
    });
    for (const name of 'abcd') {
      await semaphores.create(semaphore(name));
      // until the server has ended the watch once more: each object then comes by another one
      await takeAll(semaphores.watch({ resourceVersion: await now(place), timeoutSeconds: 1 }));
    }
    await seen.promise;
    stop.abort();
    await watching;
    expect(changes).toEqual([...'abcd']);
    expect(ends).toBeGreaterThanOrEqual(2);
  });
};

interface Line {
  readonly type: string;
  readonly object: {
    readonly kind: string;
    readonly metadata: { readonly name: string; readonly resourceVersion: string };
  };
}

async function takeAll<T>(stream: AsyncIterable<T>): Promise<void> {
  for await (const _ of stream);
}
