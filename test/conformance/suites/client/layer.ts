import { expect } from 'vitest';
import { systemClock } from '../../../../src/api/clock.ts';
import type { Permit } from '../../../../src/api/permit.ts';
import { ObjectCache } from '../../../../src/kube/cache.ts';
import { type Election, runElection } from '../../../../src/kube/election.ts';
import {
  isAlreadyExists,
  isConflict,
  isForbidden,
  isGone,
  isInvalid,
  isNotFound,
} from '../../../../src/kube/errors.ts';
import { keepWatching } from '../../../../src/kube/watch.ts';
import type { Suite } from '../../ground.ts';
import { permit, semaphore } from '../../objects.ts';
import type { Place } from '../../place.ts';

/** What stands on our client: cache, election, errors to decide by. */
export const layer: Suite = ({ promise }) => {
  promise('a cache converges on what is there while many write', async (place) => {
    const { permits } = place;
    await using kept = keepCache(place);
    const { cache } = kept;
    const names = Array.from({ length: 30 }, (_, index) => `worker-${index}`);
    await Promise.all(
      names.map(async (name, index) => {
        await permits.create(permit(name, { semaphore: index % 2 ? 'odd' : 'even' }));
        await permits.patchStatus(name, { phase: 'Pending', sequence: index });
        if (index % 3 === 0) await permits.delete(name);
        if (index % 3 === 1) await permits.patchStatus(name, { phase: 'Granted', token: index });
        if (index % 6 === 0) await permits.create(permit(name, { semaphore: 'again' }));
      }),
    );
    const { items } = await permits.listAll();
    await cache.waitFor(
      items.reduce(
        (newest, { metadata }) =>
          BigInt(metadata.resourceVersion) > BigInt(newest) ? metadata.resourceVersion : newest,
        '0',
      ),
    );
    // a deletion is newer than anything that is left: one more write stands after all of them
    const last = await permits.create(permit('last'));
    await cache.waitFor(last.metadata.resourceVersion);
    expect(byName(cache.all())).toEqual(byName([...items, last]));
    expect(
      cache
        .by('semaphore', 'again')
        .map(({ metadata }) => metadata.name)
        .sort(),
    ).toEqual(names.filter((_, index) => index % 6 === 0).sort());
    expect(kept.errors).toEqual([]);
  });

  promise('a cache shows an own write at once, and the watch takes nothing back', async (place) => {
    const { permits } = place;
    await using kept = keepCache(place);
    await kept.cache.synced;
    const made = await permits.create(permit('worker'));
    kept.cache.apply(made);
    const told = await permits.patchStatus('worker', { phase: 'Granted', token: 1 });
    kept.cache.apply(told);
    expect(kept.cache.get('worker', place.ns)).toEqual(told);
    await kept.cache.waitFor(told.metadata.resourceVersion);
    expect(kept.cache.get('worker', place.ns)).toEqual(told);
    expect(kept.phases).toEqual([undefined, 'Granted']);
  });

  promise('of two candidates one leads, and hands over when it stops', async ({ leases }) => {
    const terms: string[] = [];
    const errors: unknown[] = [];
    const candidate = (identity: string): { election: Election; started: Promise<void> } => {
      const { promise: started, resolve } = Promise.withResolvers<void>();
      const election = runElection({
        leases,
        name: 'election',
        identity,
        onStarted: (signal) => {
          terms.push(identity);
          resolve();
          return new Promise((end) => signal.addEventListener('abort', () => end(), { once: true }));
        },
        onError: (error) => errors.push(error),
        clock: systemClock,
        random: Math.random,
        timing: { leaseDuration: 20_000, renewDeadline: 15_000, retryPeriod: 50 },
      });
      return { election, started };
    };
    const one = candidate('one');
    await one.started;
    const two = candidate('two');
    expect([one.election.isLeader(), two.election.isLeader()]).toEqual([true, false]);
    const asked = performance.now();
    await one.election.stop();
    await two.started;
    // far less than the time after which a silent leader would be given up
    expect(performance.now() - asked).toBeLessThan(10_000);
    expect(terms).toEqual(['one', 'two']);
    expect((await leases.get('election')).spec).toMatchObject({
      holderIdentity: 'two',
      leaseTransitions: expect.any(Number),
    });
    await two.election.stop();
    expect((await leases.get('election')).spec?.holderIdentity).toBe('');
    expect(errors).toEqual([]);
  });

  promise('a refusal is told apart by what it is', async ({ semaphores, as, ns }) => {
    const caught = (call: Promise<unknown>) =>
      call.then(
        () => undefined,
        (error: unknown) => error,
      );
    const { metadata } = await semaphores.create(semaphore('db'));
    await semaphores.mergePatch('db', { spec: { permits: 4 } });
    const ann = (await as({ user: 'nobody' })).client.of(semaphores.type, ns);
    const { resourceVersion } = metadata;
    expect(isNotFound(await caught(semaphores.get('none')))).toBe(true);
    expect(isAlreadyExists(await caught(semaphores.create(semaphore('db'))))).toBe(true);
    expect(isConflict(await caught(semaphores.create(semaphore('db'))))).toBe(false);
    expect(isConflict(await caught(semaphores.mergePatch('db', { spec: { permits: 5 } }, { resourceVersion })))).toBe(
      true,
    );
    expect(isConflict(await caught(semaphores.delete('db', { resourceVersion })))).toBe(true);
    expect(isInvalid(await caught(semaphores.mergePatch('db', { spec: { permits: 0 } })))).toBe(true);
    expect(isForbidden(await caught(ann.get('db')))).toBe(true);
    expect(isGone(await caught(semaphores.watch({ resourceVersion: '1' }).next()))).toBe(true);
  });
};

const byName = (permits: readonly Permit[]) => permits.toSorted((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));

/** A cache of the place's permits that a watch keeps up, until it is disposed of. */
function keepCache({ permits }: Place) {
  const stop = new AbortController();
  const errors: unknown[] = [];
  const phases: (string | undefined)[] = [];
  const cache = new ObjectCache<Permit, 'semaphore'>({
    indexes: { semaphore: ({ spec }) => [spec.semaphore] },
    onError: (error) => errors.push(error),
  });
  cache.onChange((_, now) => phases.push(now?.status?.phase));
  const watching = keepWatching({
    resource: permits,
    onChange: (change) => cache.feed(change),
    onError: (error) => errors.push(error),
    clock: systemClock,
    random: Math.random,
    signal: stop.signal,
  });
  return {
    cache,
    errors,
    phases,
    async [Symbol.asyncDispose]() {
      stop.abort();
      await watching;
    },
  };
}
