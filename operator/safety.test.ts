import { afterEach, describe, expect, it } from 'vitest';
import { Arrival } from '../src/api/arrival.ts';
import { Barrier } from '../src/api/barrier.ts';
import { NO_RETRY } from '../src/kube/retry.ts';
import { recordHolds } from '../test/support/holds.ts';
import { aPermit, aSemaphore, hands, NAMESPACE, type World, world } from '../test/support/operator-world.ts';
import { seededRandom } from '../test/support/seeded-random.ts';

let bed: World;
afterEach(() => bed.close());

const watchesOf =
  (who: string, plural: string) => (watch: { readonly resource: string; readonly actor: { readonly agent: string } }) =>
    watch.resource.startsWith(`${plural}.`) && watch.actor.agent.includes(who);

describe('a limit holds', () => {
  /** Two operators know that x holds the only permit, and b waits. */
  const quickAndSlow = async () => {
    bed = world();
    const { semaphores, permits, phases } = hands(bed);
    const record = recordHolds(bed.server, 'db');
    const quick = await bed.operator({ identity: 'quick' });
    await bed.operator({ identity: 'slow' });
    await semaphores.create(aSemaphore('db'));
    for (const name of ['x', 'b']) await permits.create(aPermit(name));
    await bed.pass(3_000);
    return { semaphores, permits, phases, record, quick };
  };

  it('for an operator that sees a swap and not yet the claims it was about', async () => {
    const { semaphores, permits, phases, record } = await quickAndSlow();
    // one alone learns of a, which goes first, grants it, tells it, and, with the next news, drops the intent
    const thaw = bed.server.watches.freeze(watchesOf('slow', 'semaphores'));
    bed.server.watches.freeze(watchesOf('slow', 'permits'));
    await permits.create(aPermit('a', { priority: 1 }));
    await bed.rest();
    await semaphores.mergePatch('db', { spec: { permits: 2 } });
    await bed.pass(3_000);
    await permits.create(aPermit('c'));
    await bed.pass(3_000);
    expect((await semaphores.get('db')).status).toMatchObject({ inUse: 2, waiting: 2, intents: [] });

    thaw();
    await bed.pass(10_000);
    expect(await phases()).toEqual({ x: 'Granted', a: 'Granted', b: 'Pending', c: 'Pending' });
    expect(record.most).toBe(2);
  });

  it('for an operator whose claims stand still', async () => {
    bed = world();
    const { semaphores, permits, phases } = hands(bed);
    const record = recordHolds(bed.server, 'db');
    await semaphores.create(aSemaphore('db'));
    await bed.operator({ identity: 'slow' });
    bed.server.watches.freeze(watchesOf('slow', 'permits'));
    await bed.operator({ identity: 'quick' });
    for (const name of ['a', 'b', 'c']) await permits.create(aPermit(name));
    await bed.pass(5_000);
    await permits.delete('a');
    await bed.pass(5_000);
    expect(await phases()).toEqual({ b: 'Granted', c: 'Pending' });
    expect(record.most).toBe(1);
  });

  it('for an operator that has not heard what became of claims before their resource was made anew', async () => {
    const { semaphores, permits, phases, record, quick } = await quickAndSlow();
    bed.server.watches.freeze(watchesOf('slow', 'permits'));
    bed.server.watches.freeze(watchesOf('slow', 'semaphores'));
    await semaphores.delete('db');
    await bed.pass(3_000);
    await permits.delete('x');
    await bed.pass(3_000);
    expect(await phases()).toEqual({ b: 'Denied' });
    await quick.stop();
    await semaphores.create(aSemaphore('db', { permits: 2 }));
    // it lists semaphores anew, and knows nothing of the one before
    bed.server.faults.add(({ headers }, { verb, resource }) =>
      verb === 'watch' && resource?.plural === 'semaphores' && headers['user-agent']?.includes('slow') && expired-- > 0
        ? { fail: 410 }
        : undefined,
    );
    let expired = 1;
    bed.server.watches.cut(watchesOf('slow', 'semaphores'));
    await bed.pass(3_000);
    bed.server.watches.thaw();
    for (const name of ['c', 'd']) await permits.create(aPermit(name));
    await bed.pass(3_000);
    expect(await phases()).toEqual({ b: 'Denied', c: 'Granted', d: 'Granted' });
    expect(record.most).toBe(2);
  });

  it('for two operators that swap at once, for different claims', async () => {
    const { semaphores, permits, phases, record } = await quickAndSlow();
    bed.server.watches.freeze(watchesOf('slow', 'permits'));
    await permits.create(aPermit('a', { priority: 1 }));
    await bed.rest();
    // both swaps are under way before either lands
    bed.server.faults.add(({ method, headers }) =>
      method === 'PATCH' && headers['user-agent'] !== 'user' ? { delay: 20 } : undefined,
    );
    await semaphores.mergePatch('db', { spec: { permits: 2 } });
    await bed.pass(10_000);
    expect(Object.values(await phases()).toSorted()).toEqual(['Granted', 'Granted', 'Pending']);
    expect(record.most).toBe(2);
  });

  it.each(Array.from({ length: 12 }, (_, count) => count))('over a crash after %i writes', async (count) => {
    bed = world();
    const { semaphores, permits, phases } = hands(bed);
    const record = recordHolds(bed.server, 'db');
    await semaphores.create(aSemaphore('db', { permits: 2 }));
    for (const name of ['a', 'b', 'c', 'd']) await permits.create(aPermit(name));
    let writes = 0;
    bed.server.faults.add(({ headers, method }) => {
      if (!headers['user-agent']?.includes('first')) return undefined;
      if (method !== 'GET' && writes++ < count) return undefined;
      return method === 'GET' && writes <= count ? undefined : { fail: 'connection' };
    });
    await bed.operator({ identity: 'first' });
    await bed.pass(2_000);
    await permits.delete('a').catch(() => {});
    await bed.pass(2_000);
    bed.server.watches.cut(({ actor }) => actor.agent.includes('first'));

    await bed.operator({ identity: 'second' });
    await bed.pass(2_000);
    expect(Object.values(await phases()).toSorted()).toEqual(['Granted', 'Granted', 'Pending']);
    for (const name of ['b', 'c']) await permits.delete(name);
    await bed.pass(2_000);
    expect(await phases()).toEqual({ d: 'Granted' });
    expect((await semaphores.get('db')).status).toMatchObject({ inUse: 1, available: 1, intents: [] });
    expect(record.most).toBe(2);
    expect(new Set(record.tokens).size).toBe(record.tokens.length);
  });

  it.each(Array.from({ length: 12 }, (_, seed) => seed))(
    'with two operators that both act, faults and restarts: seed %i',
    async (seed) => {
      bed = world({ seed });
      const random = seededRandom(seed + 1_000);
      const chance = (share: number) => random() < share;
      const { semaphores, permits } = hands(bed);
      const record = recordHolds(bed.server, 'db');
      const limit = 1 + Math.floor(random() * 3);
      await semaphores.create(aSemaphore('db', { permits: limit, ttl: '5s' }));
      const operators = [await bed.operator(), await bed.operator()];
      bed.server.faults.add(({ headers, method }) => {
        if (!headers['user-agent']?.startsWith('konductor-operator')) return undefined;
        const delays = { delay: Math.floor(random() * 40), delayAnswer: Math.floor(random() * 40) };
        if (method === 'GET') return chance(0.03) ? { ...delays, fail: 500 } : delays;
        if (chance(0.05)) return { ...delays, fail: 'connection', ...(chance(0.5) && { applied: true }) };
        if (chance(0.03)) return { ...delays, fail: 500 };
        return chance(0.03) ? { ...delays, fail: 429, retryAfter: 1 } : delays;
      });
      let made = 0;
      for (let step = 0; step < 40; step++) {
        if (chance(0.6)) await permits.create(aPermit(`p${made++}`, { priority: Math.floor(random() * 3) }));
        if (chance(0.3)) await permits.delete(`p${Math.floor(random() * made)}`, { retry: NO_RETRY }).catch(() => {});
        if (chance(0.3)) {
          const who = `operator-${1 + Math.floor(random() * 2)}`;
          bed.server.watches.freeze(watchesOf(who, chance(0.5) ? 'semaphores' : 'permits'));
        }
        if (chance(0.2)) bed.server.watches.thaw();
        if (chance(0.1)) bed.server.watches.cut();
        if (chance(0.05)) {
          const index = Math.floor(random() * 2);
          void operators[index]?.stop();
          operators[index] = await bed.operator();
        }
        await bed.pass(Math.floor(random() * 300));
      }
      bed.server.faults.clear();
      bed.server.watches.thaw();
      // every hold lives 5 s, so everybody gets a turn
      await bed.pass((made / limit + 4) * 6_000);
      expect(record.most).toBeLessThanOrEqual(limit);
      expect(new Set(record.tokens).size).toBe(record.tokens.length);
      const { items } = await permits.listAll();
      expect(items.filter(({ status }) => (status?.phase ?? 'Pending') === 'Pending')).toEqual([]);
    },
  );
});

describe('an operator that is behind', () => {
  it('ends no hold that was renewed', async () => {
    bed = world();
    const { semaphores, permits, phases } = hands(bed);
    await semaphores.create(aSemaphore('db', { ttl: '5s' }));
    await bed.operator({ identity: 'slow' });
    await permits.create(aPermit('a'));
    await bed.pass(4_000);
    bed.server.watches.freeze(watchesOf('slow', 'permits'));
    await permits.mergePatch('a', { spec: { renewTime: '2026-01-01T00:00:04.000000Z' } });
    await bed.pass(3_000);
    expect(await phases()).toEqual({ a: 'Granted' });
  });

  it('refuses no claim whose semaphore it has not heard of', async () => {
    bed = world();
    const { semaphores, permits, phases } = hands(bed);
    await bed.operator({ identity: 'slow' });
    bed.server.watches.freeze(watchesOf('slow', 'semaphores'));
    await bed.user.of(semaphores.type, 'kube-public').create(aSemaphore('db', { allowedNamespaces: [NAMESPACE] }));
    await permits.create(aPermit('a', { semaphoreNamespace: 'kube-public' }));
    await bed.pass(1_000);
    expect(await phases()).toEqual({ a: 'Granted' });
  });

  it('fails no barrier whose last arrival it has not heard of', async () => {
    bed = world();
    const barriers = bed.user.of(Barrier, NAMESPACE);
    const arrive = (holder: string) =>
      bed.user.of(Arrival, NAMESPACE).create({
        apiVersion: 'sync.konductor.io/v1',
        kind: 'Arrival',
        metadata: { name: `start-${holder}` },
        spec: { barrier: 'start', holder },
      });
    await bed.operator({ identity: 'slow' });
    await barriers.create({
      apiVersion: 'sync.konductor.io/v1',
      kind: 'Barrier',
      metadata: { name: 'start' },
      spec: { expected: 2, timeout: '10s' },
    });
    await arrive('a');
    await bed.pass(5_000);
    bed.server.watches.freeze(watchesOf('slow', 'arrivals'));
    await arrive('b');
    await bed.pass(10_000);
    expect((await barriers.get('start')).status?.phase).toBe('Open');
  });
});

describe('a claim that the server refuses to have written', () => {
  /** Somebody's policy; the answer takes it away again. */
  const policy = (onTry = () => {}) =>
    bed.server.faults.add(({ method }, { resource }) => {
      if (method !== 'PATCH' || resource?.name !== 'bad' || resource.subresource !== 'status') return undefined;
      onTry();
      return { fail: 403 };
    });

  it('keeps what it holds, and nobody else from theirs', async () => {
    bed = world();
    const { semaphores, permits, phases } = hands(bed);
    await semaphores.create(aSemaphore('db', { permits: 2 }));
    await bed.operator();
    await permits.create(aPermit('bad', { ttl: '2s' }));
    await bed.pass(1_000);
    const lift = policy();
    await bed.pass(5_000);
    await permits.create(aPermit('a'));
    await permits.create(aPermit('b'));
    await bed.pass(2_000);
    expect(await phases()).toEqual({ bad: 'Granted', a: 'Granted', b: 'Pending' });
    lift();
    await bed.pass(31_000);
    expect(await phases()).toEqual({ bad: 'Expired', a: 'Granted', b: 'Granted' });
  });

  it('and hundreds of the kind do not keep the others from theirs', async () => {
    bed = world();
    const { semaphores, permits, phases } = hands(bed);
    await semaphores.create(aSemaphore('db', { permits: 1_000 }));
    await bed.operator();
    bed.server.faults.add(({ method }, { resource }) =>
      method === 'PATCH' && resource?.name?.startsWith('bad') ? { fail: 403 } : undefined,
    );
    for (let index = 0; index < 300; index++) await permits.create(aPermit(`bad-${index}`));
    await bed.pass(5_000);
    for (const name of ['a', 'b', 'c']) await permits.create(aPermit(name));
    await bed.pass(5_000);
    const { a, b, c } = await phases();
    expect({ a, b, c }).toEqual({ a: 'Granted', b: 'Granted', c: 'Granted' });
  });

  it('is tried now and then, not all the time', async () => {
    bed = world();
    const { semaphores, permits } = hands(bed);
    await semaphores.create(aSemaphore('db'));
    await bed.operator();
    await permits.create(aPermit('bad', { ttl: '2s' }));
    await bed.pass(1_000);
    let tries = 0;
    policy(() => tries++);
    await bed.pass(300_000);
    expect(tries).toBe(10);
  });
});

describe('a watermark that comes from another cluster, far ahead', () => {
  const restored = async () => {
    bed = world();
    const { semaphores } = hands(bed);
    await semaphores.create(aSemaphore('db', { permits: 1 }));
    await bed.operator();
    await semaphores.mergePatch('db', { status: { watermark: '99999999999' } }, { subresource: 'status' });
    await bed.pass(5_000);
    return hands(bed);
  };

  it('stops nothing', async () => {
    const { permits, phases } = await restored();
    await permits.create(aPermit('a'));
    await permits.create(aPermit('b'));
    await bed.pass(5_000);
    expect(await phases()).toEqual({ a: 'Granted', b: 'Pending' });
    // nor for one that finds it
    await bed.operator();
    await permits.delete('a');
    await bed.pass(5_000);
    expect(await phases()).toEqual({ b: 'Granted' });
  });

  it('is forgotten with the next swap, and then costs no list any more', async () => {
    const { semaphores, permits } = await restored();
    await permits.create(aPermit('a'));
    await bed.pass(5_000);
    let lists = 0;
    bed.server.faults.add(
      (_, { verb, resource }) => void (verb === 'list' && resource?.plural === 'permits' && lists++),
    );
    for (const label of ['x', 'y', 'z']) {
      await semaphores.mergePatch('db', { metadata: { labels: { label } } });
      await bed.pass(5_000);
    }
    expect(Number((await semaphores.get('db')).status?.watermark)).toBeLessThan(bed.server.resourceVersion);
    expect(lists).toBe(0);
  });
});

describe('writes are few', () => {
  const writes = (plural = '') =>
    bed.server.history.filter(({ resource }) => resource !== 'events' && resource.startsWith(plural)).length;
  const slowly = () =>
    bed.server.faults.add(({ method }) => (method === 'GET' ? undefined : { delay: 2, delayAnswer: 2 }));

  it('a hundred claims at once take few swaps', async () => {
    bed = world();
    const { semaphores, permits, phases } = hands(bed);
    await bed.operator();
    await semaphores.create(aSemaphore('db', { permits: 100 }));
    await bed.pass(1_000);
    slowly();
    const before = writes('semaphores');
    const made = Promise.all(Array.from({ length: 100 }, (_, n) => permits.create(aPermit(`p${n}`))));
    await bed.pass(2_000);
    await made;
    expect(new Set(Object.values(await phases()))).toEqual(new Set(['Granted']));
    // the finalizer, the grants, and the counters once it has come to rest
    expect(writes('semaphores') - before).toBeLessThanOrEqual(5);
  });

  it('a cycle that follows another takes four', async () => {
    bed = world();
    const { semaphores, permits } = hands(bed);
    await bed.operator();
    await semaphores.create(aSemaphore('db'));
    const cycle = async (n: number) => {
      await permits.create(aPermit(`p${n}`));
      await bed.pass(50);
      expect((await permits.get(`p${n}`)).status?.phase).toBe('Granted');
      await permits.delete(`p${n}`);
      await bed.pass(50);
    };
    await cycle(0);
    const before = writes();
    for (let n = 1; n <= 10; n++) await cycle(n);
    expect((writes() - before) / 10).toBeLessThanOrEqual(4);
  });

  it('a stream of a hundred a second shares swaps', async () => {
    bed = world();
    const { semaphores, permits } = hands(bed);
    await bed.operator();
    await semaphores.create(aSemaphore('db', { permits: 500 }));
    await bed.pass(1_000);
    slowly();
    const count = 200;
    const before = writes();
    const done: Promise<unknown>[] = [];
    for (let n = 0; n < count; n++) {
      done.push(permits.create(aPermit(`p${n}`)));
      if (n >= 100) done.push(permits.delete(`p${n - 100}`));
      await bed.pass(10);
    }
    for (let n = count - 100; n < count; n++) done.push(permits.delete(`p${n}`));
    await bed.pass(2_000);
    await Promise.all(done);
    expect((writes() - before) / count).toBeLessThanOrEqual(3.25);
  });

  it('who waits is written once, whatever happens before it', async () => {
    bed = world();
    const { semaphores, permits } = hands(bed);
    await bed.operator();
    await semaphores.create(aSemaphore('db'));
    for (let n = 0; n < 20; n++) await permits.create(aPermit(`p${n}`));
    await bed.pass(5_000);
    const before = writes('permits');
    await permits.delete('p0');
    await bed.pass(5_000);
    // the release and the grant
    expect(writes('permits') - before).toBe(2);
  });
});
