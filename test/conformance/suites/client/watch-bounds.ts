import { expect } from 'vitest';
import { Semaphore } from '../../../../src/api/semaphore.ts';
import { refusal, takeUntil } from '../../expected.ts';
import type { Suite } from '../../ground.ts';
import { semaphore } from '../../objects.ts';
import type { Place } from '../../place.ts';

const now = async ({ semaphores }: Place) => (await semaphores.list()).resourceVersion;

/** Where a watch begins and ends, and how it says how far it is. */
export const watchBounds: Suite = ({ promise, promises }) => {
  promise('a watch ends when its time is over, in good order', async (place) => {
    const resourceVersion = await now(place);
    const events = place.semaphores.watch({ resourceVersion, timeoutSeconds: 1 });
    for await (const { type } of events) expect(type).toBe('BOOKMARK');
  });

  promise('a bookmark comes before the end, and is as new as what was told', async (place) => {
    const { semaphores } = place;
    const watch = semaphores.watch({ resourceVersion: await now(place), timeoutSeconds: 4 });
    const first = watch.next();
    await semaphores.create(semaphore('a'));
    await first;
    // a real server has no bookmark for a watch that was told nothing since it began
    const { metadata } = await semaphores.mergePatch('a', { spec: { permits: 4 } });
    const events = await takeUntil(watch, ({ type }) => type === 'BOOKMARK');
    const last = events.at(-1);
    if (last?.type !== 'BOOKMARK') throw new Error('a bookmark was waited for');
    expect(BigInt(last.resourceVersion)).toBeGreaterThanOrEqual(BigInt(metadata.resourceVersion));
  });

  promises<string>(
    {
      'a watch without a version begins with all there is': '',
      'a watch from version 0 begins with all there is': '&resourceVersion=0',
    },
    async (place, from) => {
      await place.semaphores.create(semaphore('b'));
      await place.semaphores.create(semaphore('a'));
      await now(place); // brings the server's cache up, which version 0 is answered from
      const lines = await place.watched<Line>(`${place.path(Semaphore)}?timeoutSeconds=1${from}`);
      expect(new Set(lines.map(({ type, object }) => `${type} ${object.metadata.name}`))).toEqual(
        new Set(['ADDED a', 'ADDED b']),
      );
    },
  );

  promise('a watch can begin with all there is, and say when that is over', async (place) => {
    const { semaphores, watched, path } = place;
    await semaphores.create(semaphore('a'));
    await semaphores.create(semaphore('b'));
    const query = 'sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true&timeoutSeconds=2';
    const [one, two, end] = await watched<Line>(`${path(Semaphore)}?${query}`);
    expect([one, two].map((line) => `${line?.type} ${line?.object.metadata.name}`).sort()).toEqual([
      'ADDED a',
      'ADDED b',
    ]);
    expect(end).toMatchObject({
      type: 'BOOKMARK',
      object: {
        kind: 'Semaphore',
        apiVersion: 'sync.konductor.io/v1',
        metadata: { annotations: { 'k8s.io/initial-events-end': 'true' } },
      },
    });
    expect(BigInt(end?.object.metadata.resourceVersion ?? '')).toBeGreaterThan(0n);
  });

  promise('initial events need the right match', async ({ ask, path }) => {
    const { status, body } = await ask<{ message: string }>(
      'GET',
      `${path(Semaphore)}?watch=true&sendInitialEvents=true`,
    );
    expect(status).toBe(422);
    expect(body.message).toContain(
      'resourceVersionMatch: Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan',
    );
  });

  promise('a watch from too long ago is Gone', async ({ semaphores }) => {
    const watch = semaphores.watch({ resourceVersion: '1' });
    expect(await refusal(watch.next())).toMatchObject({
      code: 410,
      reason: 'Expired',
      message: expect.stringMatching(/^too old resource version: 1 \(\d+\)$/),
    });
  });

  promise('a selector that is none is refused before the watch begins', async ({ semaphores }) => {
    const watch = semaphores.watch({ resourceVersion: '0', fieldSelector: 'spec.permits=1' });
    expect(await refusal(watch.next())).toMatchObject({ code: 400, reason: 'BadRequest' });
  });
};

interface Line {
  readonly type: string;
  readonly object: {
    readonly kind: string;
    readonly metadata: { readonly name: string; readonly resourceVersion: string };
  };
}
