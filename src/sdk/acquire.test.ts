import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { aSemaphore, hands, NAMESPACE } from '../../test/support/operator-world.ts';
import { type SdkWorld, sdkWorld, type WiredClient } from '../../test/support/sdk-world.ts';
import { Lease } from '../api/lease.ts';
import { Permit } from '../api/permit.ts';
import { DeniedError } from './errors.ts';
import type { SemaphoreOptions, WaitingProgress } from './options.ts';

let place: SdkWorld;
let client: WiredClient;

beforeEach(async () => {
  place = sdkWorld();
  client = place.client();
  await hands(place).semaphores.create(aSemaphore('db', { permits: 2 }));
});
afterEach(() => place.close());

const claims = async () => (await place.user.of(Permit, NAMESPACE).listAll()).items;
const acquire = (options?: SemaphoreOptions) => client.acquireSemaphore('db', options);
const fill = () => Promise.all([acquire(), acquire()]);
const writesOf = ({ wire }: WiredClient) =>
  wire.calls.filter(({ method }) => method !== 'GET').map(({ method }) => method);

describe('acquiring', () => {
  beforeEach(() => place.operator());

  it('answers with a hold that says who, what, until when and with which token', async () => {
    const hold = await acquire({ ttl: 300 });
    await place.rest();
    const [claim] = await claims();
    expect(hold).toMatchObject({
      kind: 'Semaphore',
      name: 'db',
      namespace: NAMESPACE,
      claim: claim?.metadata.name,
      holder: 'me',
      token: claim?.status?.token,
    });
    expect(claim?.spec).toMatchObject({ ttl: '5m', confirmWithin: '30s', renewal: 'Client' });
    expect(hold.expiresAt.getTime() - hold.acquiredAt.getTime()).toBe(300_000);
    hold.assertHeld();
  });

  it('costs two writes when it is free, and hears of the grant by the swap', async () => {
    const hold = await acquire();
    await hold.release();
    expect(writesOf(client)).toEqual(['POST', 'DELETE']);
    expect(await claims()).toEqual([]);
  });

  it('waits for its turn, and gets it when somebody lets go', async () => {
    const [first] = await fill();
    const waiting = acquire();
    await place.rest();
    await first?.release();
    const hold = await waiting;
    expect(hold.token).toBeGreaterThan(first?.token ?? 0);
  });

  it('takes as many permits as its weight', async () => {
    await acquire({ weight: 2 });
    await expect(client.tryAcquireSemaphore('db')).rejects.toMatchObject({ code: 'HELD' });
  });

  it('gives 1 000 callers of one program their turns over one watch of claims', { timeout: 60_000 }, async () => {
    await client.createSemaphore('many', { permits: 50 });
    let most = 0;
    let held = 0;
    let watches = 0;
    const look = () => {
      watches = Math.max(watches, [...client.wire.watches].filter((path) => path.includes('/permits?')).length);
    };
    const work = Promise.all(
      Array.from({ length: 1_000 }, () =>
        client.withSemaphore('many', async (hold) => {
          most = Math.max(most, ++held);
          look();
          await Promise.resolve();
          hold.assertHeld();
          held--;
        }),
      ),
    );
    await place.until(work);
    expect({ most, watches }).toEqual({ most: 50, watches: 1 });
    await place.rest();
    expect(await claims()).toEqual([]);
    expect(client.wire.watches.size).toBe(0);
  });

  it('watches a lone claim by its name', async () => {
    const hold = await acquire();
    await place.rest();
    const watched = [...client.wire.watches].map((path) => new URL(path, 'http://x').searchParams.get('fieldSelector'));
    expect(watched).toEqual([`metadata.name=${hold.claim}`]);
  });

  it('asks for nothing again and again while it waits', async () => {
    await fill();
    void acquire().catch(() => {});
    await place.pass(5_000);
    const before = client.wire.calls.length;
    await place.pass(4_000);
    expect(client.wire.calls.length).toBe(before);
  });

  it('hears of its grant by its claim where it may not read the semaphore', async () => {
    client.wire.forbid(/\/semaphores/);
    const [first] = await fill();
    const waiting = acquire();
    await place.pass(2_000);
    await first?.release();
    await expect(waiting).resolves.toMatchObject({ name: 'db' });
  });

  it('is not missed when it comes before the answer to the request, and another watch has begun meanwhile', async () => {
    let isFirst = true;
    place.server.faults.add(({ method, headers }) => {
      if (method !== 'POST' || headers['user-agent'] !== 'sdk' || !isFirst) return undefined;
      isFirst = false;
      return { delayAnswer: 5_000 };
    });
    const slow = acquire();
    await place.pass(2_000);
    await acquire();
    await place.pass(3_000);
    await expect(slow).resolves.toMatchObject({ name: 'db' });
  });

  it('leaves the semaphore alone when many wait', async () => {
    await fill();
    const waiting = Array.from({ length: 20 }, () => acquire());
    await place.pass(1_500);
    expect([...client.wire.watches].filter((path) => path.includes('/semaphores?'))).toEqual([]);
    for (const one of waiting) one.catch(() => {});
  });
});

describe('a semaphore that is not there', () => {
  beforeEach(() => place.operator());

  it('is said at once, and nothing is left behind', async () => {
    await expect(client.acquireSemaphore('other')).rejects.toMatchObject({
      code: 'NOT_FOUND',
      message:
        'semaphore "other" does not exist in namespace "default": create it first, or say permits to have it created',
    });
    expect(await claims()).toEqual([]);
  });

  it.each(['tryAcquireSemaphore', 'tryAcquireLease'] as const)('is not said to be held: %s', async (method) => {
    await expect(client[method]('other')).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it('is said by the claim where the semaphore may not be read', async () => {
    client.wire.forbid(/\/semaphores/);
    const failed = expect(client.acquireSemaphore('other')).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await place.pass(2_000);
    await failed;
    expect(await claims()).toEqual([]);
  });

  it('is created with the limit that was said, once, whoever is first', async () => {
    const others = [place.client(), place.client(), client];
    const holds = await Promise.all(others.map((one) => one.acquireSemaphore('other', { permits: 3 })));
    expect(holds).toHaveLength(3);
    expect((await client.getSemaphore('other')).spec.permits).toBe(3);
  });

  it('is created for a try as well', async () => {
    await expect(client.tryAcquireSemaphore('other', { permits: 1 })).resolves.toMatchObject({ name: 'other' });
  });

  it('never has its limit changed by a caller', async () => {
    await acquire({ permits: 7 });
    expect((await client.getSemaphore('db')).spec.permits).toBe(2);
  });
});

describe('not wanting to wait', () => {
  beforeEach(() => place.operator());

  it('says that it is held, at once', async () => {
    await fill();
    await expect(client.tryAcquireSemaphore('db')).rejects.toMatchObject({
      name: 'HeldError',
      code: 'HELD',
      message: 'no room at semaphore "db" now: 2 of 2 permits are held',
    });
    expect(await claims()).toHaveLength(2);
  });

  it('says who has a lease', async () => {
    await client.createLease('main');
    await place.client({ holder: 'other' }).acquireLease('main');
    await expect(client.tryAcquireLease('main')).rejects.toMatchObject({
      name: 'LeaseHeldError',
      code: 'LEASE_HELD',
      message: expect.stringContaining('held by "other"'),
    });
  });

  it('is a time-out of nothing when it is said so', async () => {
    await fill();
    await expect(acquire({ timeout: 0 })).rejects.toMatchObject({ code: 'TIMEOUT' });
  });
});

describe('giving up', () => {
  it('happens when the time is over, says how things stood, and leaves nothing behind', async () => {
    await place.operator();
    await fill();
    const failed = expect(acquire({ timeout: '30s' })).rejects.toMatchObject({
      code: 'TIMEOUT',
      message: 'timed out after 30s waiting for semaphore "db": 2 of 2 permits are held, 1 waiting',
    });
    await place.pass(31_000);
    await failed;
    await place.rest();
    expect(await claims()).toHaveLength(2);
  });

  it('happens when the caller aborts, with the reason', async () => {
    await place.operator();
    await fill();
    const controller = new AbortController();
    const failed = expect(acquire({ signal: controller.signal })).rejects.toMatchObject({
      code: 'ABORTED',
      cause: 'enough',
      message: 'stopped waiting for semaphore "db": the caller aborted',
    });
    await place.rest();
    controller.abort('enough');
    await failed;
    expect(await claims()).toHaveLength(2);
  });

  it('happens when the client is closed', async () => {
    await place.operator();
    await fill();
    const other = place.client();
    const failed = expect(other.acquireSemaphore('db')).rejects.toMatchObject({ code: 'CLOSED' });
    await place.rest();
    await other.close();
    await failed;
    expect(await claims()).toHaveLength(2);
    await expect(other.acquireSemaphore('db')).rejects.toMatchObject({ code: 'CLOSED' });
  });

  // whichever call is under way, or just answered
  it.each([...Array(8).keys()])('leaves no claim behind when it is aborted around call %i', async (index) => {
    await place.operator();
    for (const moment of ['before', 'after'] as const) {
      const one = place.client();
      const controller = new AbortController();
      let count = 0;
      const remove = place.server.faults.add((request) => {
        if (request.headers['user-agent'] !== 'sdk' || count++ !== index) return undefined;
        if (moment === 'before') controller.abort();
        else setImmediate(() => controller.abort());
        return undefined;
      });
      const outcome = await one.acquireSemaphore('db', { signal: controller.signal }).catch((error) => error);
      remove();
      // it may have been too late to abort
      if ('release' in outcome) await outcome.release();
      else expect(outcome).toMatchObject({ code: 'ABORTED' });
      await place.rest();
      expect(await claims()).toEqual([]);
    }
  });

  it('happens when the caller aborts while a late grant is made sure of', async () => {
    await place.operator();
    const [first] = await fill();
    const controller = new AbortController();
    const other = place.client();
    const failed = expect(other.acquireSemaphore('db', { signal: controller.signal })).rejects.toMatchObject({
      code: 'ABORTED',
    });
    await place.pass(60_000);
    const remove = place.server.faults.add(({ method }) => {
      if (method !== 'PATCH') return undefined;
      controller.abort();
      return undefined;
    });
    await first?.release();
    await failed;
    remove();
    expect(await claims()).toHaveLength(1);
  });

  it('happens when claims may not be watched', async () => {
    await place.operator();
    await fill();
    const other = place.client();
    other.wire.forbid(/permits\?watch=true/);
    await expect(other.acquireSemaphore('db')).rejects.toMatchObject({
      code: 'FORBIDDEN',
      message: 'could not watch the claim on semaphore "db": it is forbidden; ask for a role that allows it',
    });
    expect(await claims()).toHaveLength(2);
  });

  it('says so when the claim could not be deleted, which then ends by itself', async () => {
    await place.operator();
    const [first] = await fill();
    const waiting = acquire({ timeout: '10s' });
    const failed = expect(waiting).rejects.toMatchObject({
      code: 'TIMEOUT',
      message: expect.stringMatching(
        /timed out after 10s.* its claim "db-.*" could not be deleted .* ends by itself soon/,
      ),
    });
    await place.pass(5_000);
    client.wire.cut();
    await place.pass(60_000);
    await failed;
    client.wire.mend();
    await first?.release();
    await place.pass(60_000);
    const granted = (await claims()).filter(({ status }) => status?.phase === 'Granted');
    expect(granted.length).toBeLessThanOrEqual(1);
  });
});

describe('an answer that is lost', () => {
  beforeEach(() => place.operator());

  const lose = (method: string, times = 1) => {
    let left = times;
    place.server.faults.add((request) =>
      request.method === method && request.headers['user-agent'] === 'sdk' && left-- > 0
        ? { fail: 'connection', applied: true }
        : undefined,
    );
  };

  it('to the request is made good by its name', async () => {
    lose('POST', 2);
    const waiting = acquire();
    await place.pass(2_000);
    await waiting;
    expect(await claims()).toHaveLength(1);
  });

  it('to a try leaves its refusal the answer', async () => {
    await fill();
    lose('POST');
    const failed = expect(client.tryAcquireSemaphore('db')).rejects.toMatchObject({ code: 'HELD' });
    await place.pass(2_000);
    await failed;
  });

  it('to the last try leaves no claim behind', async () => {
    lose('POST', 100);
    const failed = expect(acquire()).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      message: expect.stringMatching(
        /^could not ask for semaphore "db": .*; try again when the API server can be reached$/,
      ),
    });
    await place.pass(10_000);
    await failed;
    expect(await claims()).toEqual([]);
  });

  it('to a release is made good', async () => {
    const hold = await acquire();
    lose('DELETE');
    const released = hold.release();
    await place.pass(2_000);
    await released;
    expect(await claims()).toEqual([]);
  });
});

describe('asking again with the same requestId', () => {
  beforeEach(() => place.operator());

  it('adopts the claim of an earlier life, with its place and token', async () => {
    const before = await place.client().acquireSemaphore('db', { requestId: 'step-1' });
    const after = await acquire({ requestId: 'step-1' });
    expect(after).toMatchObject({ claim: before.claim, token: before.token });
    // it is counted from a sign of life of now
    expect((await claims())[0]?.spec.renewTime).toBeDefined();
  });

  it('keeps the place of one that waits', async () => {
    const [first] = await fill();
    const gone = place.client();
    void gone.acquireSemaphore('db', { requestId: 'early' }).catch(() => {});
    await place.rest();
    const late = acquire({ requestId: 'late' });
    const early = acquire({ requestId: 'early' });
    await place.rest();
    await first?.release();
    await expect(early).resolves.toMatchObject({ name: 'db' });
    late.catch(() => {});
  });

  it('is a mistake while this client has it', async () => {
    await acquire({ requestId: 'one' });
    await expect(acquire({ requestId: 'one' })).rejects.toMatchObject({
      code: 'ALREADY_HELD',
      message: expect.stringContaining('use that hold, or another requestId'),
    });
  });

  it('is refused for something else', async () => {
    await place.client().acquireSemaphore('db', { requestId: 'one' });
    await expect(acquire({ requestId: 'one', weight: 2 })).rejects.toMatchObject({
      code: 'CONFLICT',
      message: expect.stringContaining('weight differs'),
    });
    expect(await claims()).toHaveLength(1);
  });

  it('is a new request when the earlier one is over', async () => {
    const hold = await acquire({ requestId: 'one', ttl: '30s' });
    client.wire.cut();
    await place.pass(40_000);
    client.wire.mend();
    expect((await claims())[0]?.status?.phase).toBe('Expired');
    const again = await place.client().acquireSemaphore('db', { requestId: 'one' });
    expect(again.token).toBeGreaterThan(hold.token);
  });
});

describe('a semaphore of another namespace', () => {
  beforeEach(async () => {
    await place.operator();
    const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shared' } };
    await place.user
      .of({ group: '', version: 'v1', kind: 'Namespace', plural: 'namespaces', namespaced: false })
      .create(namespace as never);
    const semaphore = { permits: 1, allowedNamespaces: [NAMESPACE] };
    await client.createSemaphore('db', semaphore, { namespace: 'shared' });
  });

  it('is asked for by namespace and name, with a claim here', async () => {
    const hold = await client.acquireSemaphore('shared/db', { requestId: 'one' });
    const here = await acquire({ requestId: 'one' });
    expect(hold).toMatchObject({ name: 'shared/db', namespace: NAMESPACE });
    expect(new Set((await claims()).map(({ spec }) => spec.semaphoreNamespace))).toEqual(
      new Set(['shared', undefined]),
    );
    await expect(client.tryAcquireSemaphore('shared/db')).rejects.toMatchObject({
      code: 'HELD',
      message: expect.stringContaining('semaphore "shared/db"'),
    });
    expect(await client.releaseSemaphore('db')).toBe(1);
    expect(hold.signal.aborted).toBe(false);
    hold.assertHeld();
    expect(() => here.assertHeld()).toThrow('was released');
    expect(await client.renewSemaphore('shared/db')).toBe(1);
    expect(await client.releaseSemaphore('shared/db')).toBe(1);
    expect(await claims()).toEqual([]);
  });

  it('is not found there, or made there', async () => {
    await expect(client.acquireSemaphore('shared/other')).rejects.toMatchObject({
      code: 'NOT_FOUND',
      message: expect.stringContaining('"shared/other" does not exist in namespace "shared"'),
    });
  });

  it.each(['/db', 'shared/', 'a/b/c', 'Shared/db'])('is not to be written %o', async (name) => {
    await expect(client.acquireSemaphore(name)).rejects.toMatchObject({ code: 'INVALID' });
    expect(await claims()).toEqual([]);
  });
});

describe('a claim that somebody else changes', () => {
  beforeEach(() => place.operator());

  it('and deletes while it waits is an answer', async () => {
    await fill();
    const waiting = acquire({ requestId: 'x' });
    const failed = expect(waiting).rejects.toBeInstanceOf(DeniedError);
    await place.rest();
    const pending = (await claims()).find(({ status }) => status?.phase !== 'Granted');
    await place.user.of(Permit, NAMESPACE).delete(pending?.metadata.name ?? '');
    await failed;
  });

  it('and strips of its labels is not lost sight of', async () => {
    const [first] = await fill();
    const waiting = acquire({ requestId: 'x' });
    await place.rest();
    const pending = (await claims()).find(({ spec }) => spec.requestId === 'x');
    await place.user
      .of(Permit, NAMESPACE)
      .mergePatch(pending?.metadata.name ?? '', { metadata: { labels: null } } as never);
    await place.rest();
    await first?.release();
    await expect(waiting).resolves.toMatchObject({ claim: pending?.metadata.name });
  });
});

describe('a grant that the semaphore still tells of', () => {
  it('is none to a claim that says it is over', async () => {
    const remove = place.server.faults.add(({ method, path, headers }) =>
      method === 'GET' && headers['user-agent'] === 'sdk' && path.includes('/semaphores')
        ? { delay: 1_000 }
        : undefined,
    );
    const failed = expect(acquire()).rejects.toMatchObject({ code: 'DENIED', reason: 'TooHeavy' });
    await place.rest();
    const [claim] = await claims();
    const { name = '', uid = '' } = claim?.metadata ?? {};
    const condition = { type: 'Granted', status: 'False', reason: 'TooHeavy', message: 'no', lastTransitionTime: NOW };
    const grant = { holder: 'me', token: 7, acquiredAt: NOW, expiresAt: NOW, weight: 1 };
    const intents = [{ claim: name, namespace: NAMESPACE, uid, ...grant }];
    await hands(place).semaphores.mergePatch('db', { status: { intents } } as never, { subresource: 'status' });
    const status = { phase: 'Denied', conditions: [condition] };
    await hands(place).permits.mergePatch(name, { status } as never, { subresource: 'status' });
    await place.pass(2_000);
    await failed;
    remove();
  });
});

const NOW = '2026-01-01T00:00:00.000000Z';

describe('what cannot be granted', () => {
  beforeEach(() => place.operator());

  it('is denied with the reason', async () => {
    await expect(acquire({ weight: 3 })).rejects.toMatchObject({
      code: 'DENIED',
      reason: 'TooHeavy',
      message: 'semaphore "db" was refused: its weight is more than there are permits',
    });
  });

  it.each<[SemaphoreOptions, string]>([
    [{ ttl: 'soon' }, 'ttl: must be a duration such as "30s", "10m" or "1h30m", or a number of seconds'],
    [{ timeout: -1 }, 'timeout: must be a number of seconds from 0 to 359996400, or a duration such as "30s"'],
    [{ weight: 0 }, 'spec.weight: must be at least 1'],
    [{ permits: 0.5 }, 'permits: must be a whole number, at least 1'],
    [{ holder: '' }, 'spec.holder: must not be empty'],
    [{ renewal: 'Owner' }, 'renewal: must be "Client" where there is no owner: say owner, or run in a pod'],
  ])('is refused before anything is sent: %o', async (options, message) => {
    await expect(acquire(options)).rejects.toMatchObject({
      code: 'INVALID',
      message: `could not ask for semaphore "db": ${message}`,
    });
    expect(client.wire.calls).toEqual([]);
  });

  it('is refused for a name that is none', async () => {
    await expect(client.acquireLease('No Name')).rejects.toMatchObject({ code: 'INVALID' });
  });

  it('is said when the right is missing, and what to ask for', async () => {
    client.wire.forbid(/^POST .*\/permits/);
    await expect(acquire()).rejects.toMatchObject({
      code: 'FORBIDDEN',
      message: 'could not ask for semaphore "db": it is forbidden; ask for a role that allows it',
    });
  });
});

describe('news of the wait', () => {
  it('say how things stand when they change', async () => {
    await place.operator();
    await fill();
    const news: WaitingProgress[] = [];
    void acquire({ onWaiting: (progress) => news.push(progress) }).catch(() => {});
    await place.pass(3_000);
    void place
      .client()
      .acquireSemaphore('db', { priority: 5 })
      .catch(() => {});
    await place.pass(3_000);
    expect(news.map(({ message }) => message)).toEqual([
      '2 of 2 permits are held, number 1 of 1 waiting',
      '2 of 2 permits are held, number 2 of 2 waiting',
    ]);
    expect(news[0]).toMatchObject({ position: 1, waiting: 1, since: expect.any(Date) });
  });

  it('say when no operator answers, and the wait goes on', async () => {
    const news: string[] = [];
    const waiting = acquire({ onWaiting: ({ message }) => news.push(message) });
    await place.pass(6_000);
    expect(news.at(-1)).toBe('no operator has answered; is it running?');
    await place.operator();
    await expect(waiting).resolves.toMatchObject({ name: 'db' });
  });

  it('of a try without an operator are an error', async () => {
    const failed = expect(client.tryAcquireSemaphore('db')).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    await place.pass(6_000);
    await failed;
    expect(await claims()).toEqual([]);
  });

  it('fail the wait when they fail', async () => {
    await place.operator();
    await fill();
    const failed = expect(
      acquire({
        onWaiting: () => {
          throw new Error('mine');
        },
      }),
    ).rejects.toThrow('mine');
    await place.pass(2_000);
    await failed;
    expect(await claims()).toHaveLength(2);
  });
});

describe('a lease', () => {
  beforeEach(() => place.operator());

  it('has one holder, and is passed on', async () => {
    await place.user
      .of(Lease, NAMESPACE)
      .create({ apiVersion: 'sync.konductor.io/v1', kind: 'Lease', metadata: { name: 'main' }, spec: {} });
    const first = await client.acquireLease('main', { ttl: '1m' });
    expect(first.kind).toBe('Lease');
    const second = client.acquireLease('main');
    await place.rest();
    await first.release();
    expect((await second).token).toBeGreaterThan(first.token);
  });
});
