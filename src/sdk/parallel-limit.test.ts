import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startKonductor, type VirtualKonductor } from '../dev/testing.ts';
import { parallelLimit } from './parallel-limit.ts';

describe('parallelLimit', () => {
  let konductor: VirtualKonductor;
  beforeEach(async () => {
    konductor = await startKonductor({ clock: 'virtual' });
    await konductor.client.createSemaphore('api', { permits: 3 });
  });
  afterEach(() => konductor.stop());

  const inUse = async () => (await konductor.client.getSemaphore('api')).status?.inUse ?? 0;

  /** Work that ends when the test says so, and counts itself. */
  function work() {
    let running = 0;
    let most = 0;
    const gate = Promise.withResolvers<void>();
    const run = async (item: number): Promise<number> => {
      most = Math.max(most, ++running);
      await gate.promise;
      running--;
      return item * 2;
    };
    return { run, open: gate.resolve, most: () => most, running: () => running };
  }

  it('runs as many as there are permits, and answers in the order of the items', async () => {
    const { run, open, most, running } = work();
    const all = parallelLimit(konductor.client, 'api', [1, 2, 3, 4, 5, 6, 7], run);
    await konductor.clock.settle();
    expect(running()).toBe(3);
    // it queues no more than may run: others get their turn
    expect((await konductor.client.getSemaphore('api')).status?.waiting ?? 0).toBe(0);
    open();
    // the operator spaces the writes of a busy semaphore
    await konductor.clock.advance('1s');
    expect(await all).toEqual([2, 4, 6, 8, 10, 12, 14]);
    expect(most()).toBe(3);
    await konductor.clock.advance('1s');
    expect(await inUse()).toBe(0);
  });

  it('shares the limit with whoever else names the semaphore', async () => {
    const first = work();
    const second = work();
    const other = konductor.connect({ holder: 'other' });
    const all = [
      parallelLimit(konductor.client, 'api', [1, 2, 3], first.run),
      parallelLimit(other, 'api', [1, 2, 3], second.run),
    ];
    await konductor.clock.settle();
    expect(first.running() + second.running()).toBe(3);
    first.open();
    second.open();
    await Promise.all(all);
  });

  it('begins nothing more after a failure, waits for what is under way, and throws it', async () => {
    const slow = Promise.withResolvers<void>();
    const begun: number[] = [];
    const ended: number[] = [];
    const all = parallelLimit(konductor.client, 'api', [1, 2, 3, 4, 5], async (item) => {
      begun.push(item);
      if (item === 2) throw new Error('no luck with 2');
      await slow.promise;
      ended.push(item);
    });
    const failure = expect(all).rejects.toThrow('no luck with 2');
    await konductor.clock.settle();
    expect(begun.toSorted()).toEqual([1, 2, 3]);
    slow.resolve();
    await failure;
    expect(ended.toSorted()).toEqual([1, 3]);
    expect(begun.length).toBe(3);
    await konductor.clock.advance('1s');
    expect(await inUse()).toBe(0);
  });

  it('ends when the caller aborts', async () => {
    const { run, open } = work();
    const stop = new AbortController();
    const all = parallelLimit(konductor.client, 'api', [1, 2, 3, 4], run, { signal: stop.signal });
    const failure = expect(all).rejects.toMatchObject({ code: 'ABORTED' });
    await konductor.clock.settle();
    stop.abort();
    open();
    await failure;
  });

  it('has nothing to do with an empty list', async () => {
    expect(await parallelLimit(konductor.client, 'api', [], () => 1)).toEqual([]);
  });
});
