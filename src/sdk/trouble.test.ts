import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { aSemaphore, hands, NAMESPACE } from '../../test/support/operator-world.ts';
import { type SdkWorld, sdkWorld, type WiredClient } from '../../test/support/sdk-world.ts';
import { Permit } from '../api/permit.ts';
import { isWatchPath } from '../kube/transport.ts';
import type { SemaphoreOptions } from './options.ts';

let place: SdkWorld;
let client: WiredClient;

beforeEach(async () => {
  place = sdkWorld();
  client = place.client();
  await hands(place).semaphores.create(aSemaphore('db', { permits: 1 }));
  await place.operator();
});
afterEach(() => place.close());

const claims = async () => (await place.user.of(Permit, NAMESPACE).listAll()).items;
const acquire = (options?: SemaphoreOptions) => client.acquireSemaphore('db', options);
const errorOf = (work: Promise<unknown>) =>
  work.then(
    () => undefined,
    (error: unknown) => error,
  );

/** What has become of it after that many milliseconds. */
async function outcomeAfter<T>(milliseconds: number, work: Promise<T>): Promise<T | 'nothing'> {
  let outcome: T | 'nothing' = 'nothing';
  void work.then((answer) => {
    outcome = answer;
  });
  await place.pass(milliseconds);
  return outcome;
}

/** The ways in which a caller may have had enough. */
const ENDS: Readonly<
  Record<
    string,
    { readonly options?: SemaphoreOptions; readonly end?: (c: AbortController) => void; readonly code: string }
  >
> = {
  'the time is over': { options: { timeout: '5s' }, code: 'TIMEOUT' },
  'the caller aborts': { end: (controller) => controller.abort(), code: 'ABORTED' },
  'the client is closed': { end: () => void client.close(), code: 'CLOSED' },
};

describe('an API server that stops to answer', () => {
  it.each(Object.entries(ENDS))('keeps nobody waiting when %s', async (_, { options, end, code }) => {
    // it goes by what it would be told, were there a word
    await (await acquire()).release();
    client.wire.cut();
    const controller = new AbortController();
    const failed = errorOf(acquire({ ...options, signal: controller.signal }));
    await place.rest();
    end?.(controller);
    expect(await outcomeAfter(20_000, failed)).toMatchObject({
      code,
      message: expect.stringMatching(/claim "db-.*" could not be deleted .* and ends by itself/),
    });
  });

  it('keeps nobody who arrives at a barrier', async () => {
    await client.createBarrier('round', { expected: 2 });
    client.wire.cut();
    const controller = new AbortController();
    const failed = errorOf(client.arriveAndWaitBarrier('round', { signal: controller.signal }));
    await place.rest();
    controller.abort();
    expect(await outcomeAfter(1_000, failed)).toMatchObject({ code: 'ABORTED' });
  });

  it('leaves nothing behind of a claim whose making nobody waited for', async () => {
    const remove = place.server.faults.add(({ method, headers }) =>
      method === 'POST' && headers['user-agent'] === 'sdk' ? { delayAnswer: 3_600_000 } : undefined,
    );
    const controller = new AbortController();
    const failed = errorOf(acquire({ signal: controller.signal }));
    await place.pass(1_000);
    expect(await claims()).toHaveLength(1);
    controller.abort();
    expect(await outcomeAfter(20_000, failed)).toMatchObject({
      message: 'stopped waiting for semaphore "db": the caller aborted',
    });
    expect(await claims()).toEqual([]);
    remove();
  });
});

describe('an API server that asks for patience', () => {
  it('is left alone for as long, and asked again', async () => {
    const busy = place.server.faults.add(({ headers, path }) =>
      headers['user-agent'] === 'sdk' && !isWatchPath(path) ? { fail: 429, retryAfter: 3 } : undefined,
    );
    const waiting = acquire();
    await place.pass(20_000);
    expect(client.wire.calls.filter(({ method }) => method === 'POST').length).toBeLessThanOrEqual(7);
    busy();
    expect(await outcomeAfter(5_000, waiting)).toMatchObject({ name: 'db' });
  });
});

describe('a storm of failures', () => {
  /** Every call and every watch of ours, two seconds of three. */
  const storm = () =>
    place.server.faults.add(({ headers }) =>
      headers['user-agent'] === 'sdk' && place.clock.monotonic() % 3_000 < 2_000 ? { fail: 500 } : undefined,
    );

  it('ends no wait, and no hold', async () => {
    const first = await acquire({ ttl: '30s' });
    const waiting = client.acquireSemaphore('db', { ttl: '30s' });
    await place.rest();
    const over = storm();
    await place.pass(120_000);
    first.assertHeld();
    const released = first.release();
    const second = await place.until(waiting);
    await released;
    await place.pass(120_000);
    second.assertHeld();
    over();
    await second.release();
    expect(await claims()).toEqual([]);
  });
});

describe('a release that meets a conflict', () => {
  it('is tried again while the claim is still the same', async () => {
    const hold = await acquire();
    let conflicts = 2;
    place.server.faults.add(({ method, headers }) =>
      method === 'DELETE' && headers['user-agent'] === 'sdk' && conflicts-- > 0 ? { fail: 409 } : undefined,
    );
    await place.until(hold.release());
    expect(await claims()).toEqual([]);
  });
});

describe('a watch that says nothing more', () => {
  it('does not keep a loss from being known within a third of the ttl', async () => {
    const hold = await acquire({ ttl: '30s' });
    await place.rest();
    client.wire.hush();
    await place.user.of(Permit, NAMESPACE).delete(hold.claim);
    await place.pass(13_000);
    expect(hold.signal.reason).toMatchObject({ code: 'HOLD_LOST' });
  });

  it('makes nobody hold what was taken back before the grant was heard of', async () => {
    const first = await acquire();
    const other = place.client();
    const waiting = errorOf(other.acquireSemaphore('db', { ttl: '5m' }));
    await place.pass(5_000);
    other.wire.hush();
    await first.release();
    expect(await place.until(waiting)).toMatchObject({
      code: 'HOLD_LOST',
      message: expect.stringMatching(/was granted, and taken back before that was heard of .*: ask again/),
    });
    expect(await claims()).toEqual([]);
  });
});

describe('work whose permit cannot be given back', () => {
  const failing = (end: () => string) =>
    client.withSemaphore('db', () => {
      client.wire.cut();
      return end();
    });

  it('has its answer all the same', async () => {
    expect(
      await outcomeAfter(
        60_000,
        failing(() => 'done'),
      ),
    ).toBe('done');
  });

  it('has its own error', async () => {
    const failed = errorOf(
      failing(() => {
        throw new Error('mine');
      }),
    );
    expect(await outcomeAfter(60_000, failed)).toEqual(new Error('mine'));
  });
});
