import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { NAMESPACE } from '../../test/support/operator-world.ts';
import { type SdkWorld, sdkWorld, type WiredClient } from '../../test/support/sdk-world.ts';
import { Arrival } from '../api/arrival.ts';

let place: SdkWorld;
let client: WiredClient;

beforeEach(async () => {
  place = sdkWorld();
  client = place.client();
  await place.operator();
});
afterEach(() => place.close());

const arrivals = async () => (await place.user.of(Arrival, NAMESPACE).listAll()).items;
const workers = (count: number) =>
  Array.from({ length: count }, (_, index) => place.client({ holder: `worker-${index}` }));

describe('a barrier', () => {
  it('lets everybody pass once the last has arrived', async () => {
    await client.createBarrier('stage', { expected: 3 });
    const passed: number[] = [];
    const [last, ...others] = workers(3);
    const waiting = others.map(async (worker, index) => {
      await worker.arriveAndWaitBarrier('stage');
      passed.push(index);
    });
    await place.pass(10_000);
    expect(passed).toEqual([]);
    await last?.arriveBarrier('stage');
    await Promise.all(waiting);
    // who comes late passes as well
    await client.waitBarrier('stage');
    expect((await client.getBarrier('stage')).status?.arrived).toBe(3);
  });

  it('counts a holder once, however often it arrives, and from however many programs', async () => {
    await client.createBarrier('stage', { expected: 2 });
    await Promise.all([
      client.arriveBarrier('stage'),
      client.arriveBarrier('stage'),
      place.client().arriveBarrier('stage'),
    ]);
    await place.pass(1_000);
    expect(await arrivals()).toHaveLength(1);
    expect((await client.getBarrier('stage')).status).toMatchObject({ arrived: 1, phase: 'Waiting' });
  });

  it('is arrived at once when the answer is lost', async () => {
    await client.createBarrier('stage', { expected: 2 });
    let left = 1;
    place.server.faults.add(({ method, path }) =>
      method === 'POST' && path.includes('/arrivals') && left-- > 0 ? { fail: 'connection', applied: true } : undefined,
    );
    await place.until(client.arriveBarrier('stage', { holder: 'a' }));
    expect(await arrivals()).toHaveLength(1);
  });

  it('is told of in one watch, by its name, however many wait', async () => {
    await client.createBarrier('stage', { expected: 2 });
    const waiting = Array.from({ length: 50 }, () => client.waitBarrier('stage'));
    await place.rest();
    expect(client.wire.watches.size).toBe(1);
    await Promise.all(workers(2).map((worker) => worker.arriveBarrier('stage')));
    await Promise.all(waiting);
    await place.rest();
    expect(client.wire.watches.size).toBe(0);
  });

  it('that is made anew is arrived at anew', async () => {
    await client.createBarrier('stage', { expected: 1 });
    await client.arriveAndWaitBarrier('stage');
    await client.deleteBarrier('stage');
    await client.createBarrier('stage', { expected: 1 });
    await place.until(client.arriveAndWaitBarrier('stage'));
  });

  it('times out as a whole', async () => {
    await client.createBarrier('stage', { expected: 3, timeout: '1m' });
    const failed = expect(client.arriveAndWaitBarrier('stage')).rejects.toMatchObject({
      code: 'BARRIER_TIMEOUT',
      message: 'barrier "stage" timed out after 1m: 1 of 3 have arrived; delete it and make it anew to meet again',
    });
    await place.pass(65_000);
    await failed;
    await expect(client.arriveBarrier('stage', { holder: 'late' })).rejects.toMatchObject({ code: 'BARRIER_TIMEOUT' });
  });

  it('is waited for no longer than the caller wants', async () => {
    await client.createBarrier('stage', { expected: 3 });
    const failed = expect(client.waitBarrier('stage', { timeout: 30 })).rejects.toMatchObject({
      code: 'TIMEOUT',
      message: 'timed out after 30s waiting for barrier "stage": 0 of 3 have arrived',
    });
    await place.pass(30_000);
    await failed;
    const controller = new AbortController();
    const aborted = expect(client.waitBarrier('stage', { signal: controller.signal })).rejects.toMatchObject({
      code: 'ABORTED',
      cause: 'why',
    });
    controller.abort('why');
    await aborted;
  });

  it('that is not there is said at once', async () => {
    const error = { code: 'NOT_FOUND', message: expect.stringContaining('barrier "none"') };
    await expect(client.waitBarrier('none')).rejects.toMatchObject(error);
    await expect(client.arriveBarrier('none')).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it('that is deleted fails those who wait', async () => {
    await client.createBarrier('stage', { expected: 3 });
    const failed = expect(client.waitBarrier('stage')).rejects.toMatchObject({
      code: expect.stringMatching(/^(BARRIER_FAILED|NOT_FOUND)$/),
    });
    await place.rest();
    await client.deleteBarrier('stage');
    await place.pass(2_000);
    await failed;
  });

  it('comes after the work that was given to do before', async () => {
    await client.createBarrier('stage', { expected: 1 });
    const order: string[] = [];
    const answer = await client.withBarrier('stage', { holder: 'w' }, async () => {
      expect((await client.getBarrier('stage')).status?.arrived ?? 0).toBe(0);
      order.push('work');
      return 42;
    });
    expect(answer).toBe(42);
    expect((await client.getBarrier('stage')).status?.phase).toBe('Open');
  });
});

describe('a cyclic barrier', () => {
  it('keeps everybody in step, round after round', async () => {
    await client.createBarrier('round', { expected: 3, cyclic: true });
    const rounds = [0, 0, 0];
    let apart = 0;
    const work = Promise.all(
      workers(3).map(async (worker, index) => {
        for (let round = 1; round <= 10; round++) {
          await worker.arriveAndWaitBarrier('round');
          rounds[index] = round;
          apart = Math.max(apart, Math.max(...rounds) - Math.min(...rounds));
        }
      }),
    );
    await place.until(work);
    expect(rounds).toEqual([10, 10, 10]);
    expect(apart).toBe(1);
  });

  it('is waited for in the generation that is named', async () => {
    await client.createBarrier('round', { expected: 1, cyclic: true });
    const second = client.waitBarrier('round', { generation: 2 });
    await place.until(client.arriveAndWaitBarrier('round', { generation: 1 }));
    const outcome = await Promise.race([second.then(() => 'open'), place.pass(5_000).then(() => 'waiting')]);
    expect(outcome).toBe('waiting');
    await place.until(client.arriveAndWaitBarrier('round', { generation: 2 }));
    await place.until(second);
    // who looks late finds the next one under way
    await client.updateBarrier('round', { expected: 2 });
    await client.arriveBarrier('round', { generation: 3 });
    await place.pass(1_000);
    expect((await client.getBarrier('round')).status).toMatchObject({ generation: 3, phase: 'Waiting' });
    await client.waitBarrier('round', { generation: 2 });
  });
});
