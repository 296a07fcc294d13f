import { expect } from 'vitest';
import type { KubeObject } from '../../../../src/api/metadata.ts';
import { Semaphore } from '../../../../src/api/semaphore.ts';
import { NO_RETRY } from '../../../../src/kube/retry.ts';
import { until } from '../../../cluster/until.ts';
import { refusal } from '../../expected.ts';
import type { Suite } from '../../ground.ts';
import { configMap, semaphore } from '../../objects.ts';
import type { Place } from '../../place.ts';

interface List {
  readonly kind: string;
  readonly apiVersion: string;
  readonly metadata: {
    readonly resourceVersion: string;
    readonly continue?: string;
    readonly remainingItemCount?: number;
  };
  readonly items: readonly KubeObject[];
  readonly message: string;
}

const names = (items: readonly KubeObject[]) => items.map(({ metadata }) => metadata.name).join('');
const make = async ({ semaphores }: Place, all: string) => {
  for (const name of all) await semaphores.create(semaphore(name));
};
const listed = (place: Place, query: string) => place.ask<List>('GET', `${place.path(Semaphore)}?${query}`);

/** Lists, in pages, and at a moment in the past. */
export const lists: Suite = ({ promise, promises }) => {
  promise('a list has a kind, a version, and its items in order of name', async (place) => {
    await make(place, 'bca');
    const { body } = await listed(place, '');
    expect(body).toMatchObject({ kind: 'SemaphoreList', apiVersion: 'sync.konductor.io/v1' });
    expect(names(body.items)).toBe('abc');
    expect(body.items[0]).toMatchObject({ kind: 'Semaphore', apiVersion: 'sync.konductor.io/v1' });
    expect(body.metadata).toEqual({ resourceVersion: expect.stringMatching(/^\d+$/), continue: '' });
  });

  promise('the items of a built-in list carry no kind', async ({ ask, core, maps }) => {
    await maps.create(configMap('settings'));
    const { body } = await ask<List>('GET', `${core('configmaps')}?fieldSelector=metadata.name=settings`);
    expect(body).toMatchObject({ kind: 'ConfigMapList', apiVersion: 'v1' });
    expect(body.items).toHaveLength(1);
    expect(body.items[0]).not.toHaveProperty('kind');
    expect(body.metadata).not.toHaveProperty('continue');
  });

  promise('an empty list has a version, too', async (place) => {
    expect((await listed(place, '')).body).toMatchObject({
      items: [],
      metadata: { resourceVersion: expect.stringMatching(/^\d+$/) },
    });
  });

  promise('pages follow each other, and each says how many are left', async (place) => {
    await make(place, 'abcde');
    const first = (await listed(place, 'limit=2')).body;
    expect([names(first.items), first.metadata.remainingItemCount]).toEqual(['ab', 3]);
    const next = (token?: string) => listed(place, `limit=2&continue=${encodeURIComponent(token ?? '')}`);
    const second = (await next(first.metadata.continue)).body;
    expect([names(second.items), second.metadata.remainingItemCount]).toEqual(['cd', 1]);
    const third = (await next(second.metadata.continue)).body;
    expect([names(third.items), third.metadata.continue]).toEqual(['e', '']);
    expect(third.metadata.resourceVersion).toBe(first.metadata.resourceVersion);
  });

  promise('a selection is not told how many are left', async (place) => {
    const { semaphores } = place;
    for (const name of 'abc') await semaphores.create(semaphore(name, {}, { labels: { x: '1' } }));
    const { body } = await listed(place, 'limit=1&labelSelector=x%3D1');
    expect(body.metadata.continue).not.toBe('');
    expect(body.metadata).not.toHaveProperty('remainingItemCount');
  });

  promise('pages are of one moment, whatever is written meanwhile', async (place) => {
    const { semaphores } = place;
    await make(place, 'bcdf');
    const first = (await listed(place, 'limit=1')).body;
    await make(place, 'ae');
    await semaphores.delete('d');
    await semaphores.mergePatch('c', { spec: { permits: 9 } });
    const rest = (await listed(place, `continue=${encodeURIComponent(first.metadata.continue ?? '')}`)).body;
    expect(names(rest.items)).toBe('cdf');
    expect(rest.items[0]).toMatchObject({ spec: { permits: 3 } });
  });

  promise('our client reads all pages as one list', async (place) => {
    await make(place, 'abcdefg');
    const { items, resourceVersion } = await place.semaphores.listAll({ limit: 3 });
    expect(names(items)).toBe('abcdefg');
    expect(resourceVersion).toBe((await place.semaphores.list({ resourceVersion })).resourceVersion);
  });

  promise('a token that is none is refused', async (place) => {
    const { status, body } = await listed(place, 'limit=1&continue=broken');
    expect(status).toBe(400);
    expect(body).toMatchObject({ reason: 'BadRequest', message: expect.stringContaining('continue key is not valid') });
  });

  promise('a token goes without a version', async (place) => {
    await make(place, 'ab');
    const first = (await listed(place, 'limit=1')).body;
    const { status, body } = await listed(
      place,
      `resourceVersion=5&continue=${encodeURIComponent(first.metadata.continue ?? '')}`,
    );
    expect(status).toBe(400);
    expect(body.message).toContain('specifying resource version is not allowed when using continue');
  });

  promises<[query: (version: string) => string, found: string]>(
    {
      'version 0: whatever is at hand': [() => 'resourceVersion=0', 'abc'],
      'a version: at least as new': [(version) => `resourceVersion=${version}`, 'abc'],
      'a version, not older than': [(version) => `resourceVersion=${version}&resourceVersionMatch=NotOlderThan`, 'abc'],
      'a version, exactly: as it was then': [
        (version) => `resourceVersion=${version}&resourceVersionMatch=Exact`,
        'ab',
      ],
    },
    async (place, [query, found]) => {
      await make(place, 'ab');
      const { resourceVersion } = await place.semaphores.list();
      await make(place, 'c');
      // "at hand" may be older than what was written just now: a consistent list brings the server's cache up
      await place.semaphores.list();
      expect(names((await listed(place, query(resourceVersion))).body.items)).toBe(found);
    },
  );

  promise('a version in a page is exact', async (place) => {
    await make(place, 'ab');
    const { resourceVersion } = await place.semaphores.list();
    await make(place, 'c');
    const { body } = await listed(place, `resourceVersion=${resourceVersion}&limit=5`);
    expect(names(body.items)).toBe('ab');
  });

  promise('pages and versions from before what is forgotten are Expired', async (place) => {
    await make(place, 'abc');
    const { resourceVersion } = await place.semaphores.list();
    const token = encodeURIComponent((await listed(place, 'limit=1')).body.metadata.continue ?? '');
    await make(place, 'd');
    await place.compact();
    const then = () => listed(place, `resourceVersion=${resourceVersion}&resourceVersionMatch=Exact`);
    // a real server's cache looks every 15 s only whether its database has forgotten something
    await until(async () => (await then()).status !== 200, { within: 30_000, what: 'the server has forgotten' });
    expect(await then()).toMatchObject({ status: 410, body: { reason: 'Expired' } });
    const answer = await listed(place, `limit=1&continue=${token}`);
    expect(answer).toMatchObject({ status: 410, body: { reason: 'Expired' } });
    expect(answer.body.message).toMatch(/^The provided continue parameter is too old/);
    // and one that goes on from where the page ended, over what is there now
    const fresh = (answer.body.metadata.continue ?? '').toString();
    expect(names((await listed(place, `continue=${encodeURIComponent(fresh)}`)).body.items)).toBe('bcd');
  });

  promise('a version of the future is a time-out that says what was asked', async ({ semaphores }) => {
    const late = semaphores.list({ resourceVersion: '999999999', retry: NO_RETRY });
    expect(await refusal(late)).toMatchObject({
      code: 504,
      reason: 'Timeout',
      message: expect.stringMatching(/^Timeout: Too large resource version: 999999999, current: \d+$/),
    });
  });

  promise('a version that is no number is refused', async ({ semaphores }) => {
    expect(await refusal(semaphores.list({ resourceVersion: 'new' }))).toMatchObject({
      code: 400,
      message: expect.stringContaining('Invalid value: "new"'),
    });
  });

  promise('a match without a version is refused', async (place) => {
    const { status, body } = await listed(place, 'resourceVersionMatch=Exact');
    expect(status).toBe(422);
    expect(body.message).toContain(
      'resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden unless resourceVersion is provided',
    );
  });
};
