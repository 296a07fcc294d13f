import { describe, expect, test } from 'vitest';
import { type Thing, thing } from '../../test/support/kube.ts';
import { ObjectCache } from './cache.ts';

function cacheOf(...things: Thing[]) {
  const errors: unknown[] = [];
  const cache = new ObjectCache<Thing, 'semaphore'>({
    indexes: { semaphore: ({ spec }) => (spec?.semaphore ? [spec.semaphore] : []) },
    onError: (error) => errors.push(error),
  });
  const changes: string[] = [];
  cache.onChange((old, object) => {
    changes.push(`${old?.metadata.resourceVersion ?? '-'} → ${object?.metadata.resourceVersion ?? '-'}`);
  });
  if (things.length) cache.feed({ type: 'replaced', objects: things, resourceVersion: '10' });
  changes.length = 0;
  return { cache, changes, errors };
}

const names = (things: readonly Thing[]) => things.map(({ metadata }) => metadata.name);
const waiting = (name: string, version: number, semaphore = 'db') => thing(name, version, { spec: { semaphore } });

describe('a cache', () => {
  test('finds by name and by index', () => {
    const { cache } = cacheOf(waiting('a', 1), waiting('b', 2), waiting('c', 3, 'mail'));
    expect(cache.get('a', 'team')?.metadata.resourceVersion).toBe('1');
    expect(names(cache.by('semaphore', 'db'))).toEqual(['a', 'b']);
    cache.feed({ type: 'modified', object: waiting('a', 11, 'mail') });
    expect(names(cache.by('semaphore', 'db'))).toEqual(['b']);
    expect(names(cache.by('semaphore', 'mail'))).toEqual(['c', 'a']);
    cache.feed({ type: 'deleted', object: waiting('c', 12, 'mail') });
    expect(names(cache.by('semaphore', 'mail'))).toEqual(['a']);
  });

  test('knows by which version what is not there was gone', () => {
    const { cache } = cacheOf(waiting('a', 1), waiting('b', 2), waiting('c', 3));
    const [a, b, c] = ['a', 'b', 'c'].map((name) => waiting(name, 1).metadata.uid) as [string, string, string];
    expect(cache.goneBy('never-heard-of')).toBe('10');
    cache.feed({ type: 'deleted', object: waiting('a', 12) });
    cache.remove(waiting('b', 2));
    expect([a, b].map((uid) => cache.goneBy(uid))).toEqual(['12', undefined]);
    cache.feed({ type: 'replaced', objects: [], resourceVersion: '20' });
    expect([a, c, 'never-heard-of'].map((uid) => cache.goneBy(uid))).toEqual(['12', '20', '20']);
  });

  test('keeps the order in an index when an object changes', () => {
    const { cache } = cacheOf(waiting('a', 1), waiting('b', 2));
    cache.apply(waiting('a', 11));
    expect(cache.by('semaphore', 'db').map(({ metadata }) => metadata.resourceVersion)).toEqual(['11', '2']);
  });

  test('is synced with the first list', async () => {
    const { cache } = cacheOf();
    cache.feed({ type: 'replaced', objects: [], resourceVersion: '3' });
    await cache.synced;
    expect(cache.resourceVersion).toBe('3');
  });

  test('shows an own write at once, and ignores the older events that come after it', () => {
    const { cache, changes } = cacheOf(thing('a', 1));
    expect(cache.apply(thing('a', 15))).toBe(true);
    cache.feed({ type: 'modified', object: thing('a', 12) });
    cache.feed({ type: 'modified', object: thing('a', 15) });
    expect(cache.get('a', 'team')?.metadata.resourceVersion).toBe('15');
    expect(changes).toEqual(['1 → 15']);
  });

  test('ignores the answer to an own write when the watch was faster and further', () => {
    const { cache } = cacheOf();
    cache.feed({ type: 'modified', object: thing('a', 20) });
    expect(cache.apply(thing('a', 15))).toBe(false);
  });

  test('compares versions as numbers of any length', () => {
    const { cache } = cacheOf(thing('a', '9007199254740993'));
    expect(cache.apply(thing('a', '9007199254740992'))).toBe(false);
    expect(cache.apply(thing('a', '10000000000000000'))).toBe(true);
    // as floats these two are the same
    expect(cache.apply(thing('a', '10000000000000001'))).toBe(true);
  });

  test('does not bring back what an own delete removed', () => {
    const { cache, changes } = cacheOf(thing('a', 1));
    cache.remove(thing('a', 1));
    cache.feed({ type: 'modified', object: thing('a', 12) });
    cache.feed({ type: 'replaced', objects: [thing('a', 12)], resourceVersion: '12' });
    cache.feed({ type: 'deleted', object: thing('a', 13) });
    expect(cache.size).toBe(0);
    expect(changes).toEqual(['1 → -']);
  });

  test('does not bring back what the watch saw go, when a slow answer to an own write comes in', () => {
    const { cache } = cacheOf();
    cache.feed({ type: 'added', object: thing('a', 11) });
    cache.feed({ type: 'deleted', object: thing('a', 13) });
    expect(cache.apply(thing('a', 12))).toBe(false);
    expect(cache.size).toBe(0);
  });

  test('does not show what came and went before a list that was made elsewhere, when the watch brings it late', () => {
    const { cache, changes } = cacheOf(thing('a', 1));
    cache.feed({ type: 'replaced', objects: [thing('a', 1)], resourceVersion: '30' });
    cache.feed({ type: 'added', object: thing('brief', 12) });
    expect(cache.apply(thing('brief', 13))).toBe(false);
    cache.feed({ type: 'deleted', object: thing('brief', 14) });
    expect(changes).toEqual([]);
  });

  test('ignores a list that was made elsewhere and is older than what the watch has brought', () => {
    const { cache } = cacheOf(thing('a', 1), thing('b', 2));
    cache.feed({ type: 'added', object: thing('c', 20) });
    cache.feed({ type: 'replaced', objects: [thing('gone', 3)], resourceVersion: '15' });
    expect(names(cache.all())).toEqual(['a', 'b', 'c']);
    expect(cache.resourceVersion).toBe('20');
  });

  test('takes a new object under the name of a deleted one, and keeps it when the old one is deleted late', () => {
    const { cache } = cacheOf(thing('a', 1));
    cache.apply(thing('a', 15, { uid: 'another' }));
    expect(cache.remove(thing('a', 1))).toBe(false);
    cache.feed({ type: 'deleted', object: thing('a', 14) });
    expect(cache.get('a', 'team')?.metadata.uid).toBe('another');
  });

  test('takes an object again that left its selection and came back', () => {
    const { cache } = cacheOf(thing('a', 1));
    cache.feed({ type: 'deleted', object: thing('a', 12) });
    cache.feed({ type: 'added', object: thing('a', 13) });
    expect(cache.size).toBe(1);
  });

  test('tells the difference a list makes, and keeps own writes that are newer than it', () => {
    const { cache, changes } = cacheOf(thing('gone', 1), thing('same', 2), thing('changed', 3));
    cache.apply(thing('mine', 25));
    changes.length = 0;
    cache.feed({
      type: 'replaced',
      objects: [thing('same', 2), thing('changed', 14), thing('new', 15)],
      resourceVersion: '20',
    });
    expect(changes).toEqual(['1 → -', '3 → 14', '- → 15']);
    expect(names(cache.all())).toEqual(['same', 'changed', 'mine', 'new']);
  });

  test('waits until it has seen a version, which own writes do not prove', async () => {
    const { cache } = cacheOf(thing('a', 1));
    await cache.waitFor('10');
    let seen = false;
    const waiting = cache.waitFor('30').then(() => (seen = true));
    cache.apply(thing('a', 31));
    await Promise.resolve();
    expect(seen).toBe(false);
    cache.feed({ type: 'reached', resourceVersion: '30' });
    await waiting;
  });

  test('stops waiting when told', async () => {
    const { cache } = cacheOf(thing('a', 1));
    const stop = new AbortController();
    const waiting = cache.waitFor('30', stop.signal);
    stop.abort();
    await expect(waiting).rejects.toMatchObject({ failure: 'aborted' });
  });

  test('tells the other listeners when one throws', () => {
    const { cache, errors } = cacheOf();
    const told: string[] = [];
    cache.onChange(() => {
      throw new Error('listener');
    });
    const end = cache.onChange((_, object) => told.push(object?.metadata.name ?? '-'));
    cache.apply(thing('a', 1));
    end();
    cache.apply(thing('a', 2));
    expect(told).toEqual(['a']);
    expect(errors).toHaveLength(2);
  });
});
