import { describe, expect, test } from 'vitest';
import { settled } from '../../test/support/kube.ts';
import { virtualClock } from '../dev/virtual-clock.ts';
import { type WorkQueueOptions, workQueue } from './work-queue.ts';

/** A queue whose work begins and ends as the test says. */
function working(options: Partial<WorkQueueOptions> = {}) {
  const clock = virtualClock();
  const begun: string[] = [];
  const errors: string[] = [];
  const times: string[] = [];
  const ends = new Map<string, { resolve: () => void; reject: (error: unknown) => void }>();
  const queue = workQueue({
    work: (key) => {
      begun.push(key);
      return new Promise((resolve, reject) => ends.set(key, { resolve, reject }));
    },
    concurrency: 1,
    clock,
    random: () => 1,
    onError: (key, error) => errors.push(`${key}: ${(error as Error).message}`),
    onDone: (key, { waited, worked }) => times.push(`${key} ${waited} ${worked}`),
    ...options,
  });
  const end = async (key: string, error?: Error) => {
    if (error) ends.get(key)?.reject(error);
    else ends.get(key)?.resolve();
    await settled();
  };
  return { clock, queue, begun, errors, times, end };
}

describe('a work queue', () => {
  test('runs a key once however often it was added', async () => {
    const { queue, begun, end } = working();
    for (const key of ['a', 'a', 'b', 'a', 'b']) queue.add(key);
    await settled();
    await end('a');
    await end('b');
    expect(begun).toEqual(['a', 'b']);
    expect(queue.numbers()).toEqual({ ready: 0, delayed: 0, working: 0, failing: 0, oldest: 0 });
  });

  test('runs a key again that was added while it was worked on, and never twice at once', async () => {
    const { queue, begun, end } = working({ concurrency: 5 });
    queue.add('a');
    await settled();
    queue.add('a');
    queue.add('a');
    await settled();
    expect(begun).toEqual(['a']);
    await end('a');
    expect(begun).toEqual(['a', 'a']);
    await end('a');
    expect(begun).toEqual(['a', 'a']);
  });

  test('lets every other key go first before one has its next turn', async () => {
    const { queue, begun, end } = working();
    for (const key of ['busy', 'b', 'c']) queue.add(key);
    for (const key of ['busy', 'b', 'c', 'busy']) {
      await settled();
      queue.add('busy');
      await end(key);
    }
    expect(begun).toEqual(['busy', 'b', 'c', 'busy', 'busy']);
  });

  test('works on no more keys at once than it may', async () => {
    const { queue, begun, end } = working({ concurrency: 2 });
    for (const key of ['a', 'b', 'c']) queue.add(key);
    await settled();
    expect(queue.numbers()).toMatchObject({ ready: 1, working: 2 });
    await end('b');
    expect(begun).toEqual(['a', 'b', 'c']);
  });

  test('adds later, at the earliest of several times', async () => {
    const { clock, queue, begun } = working();
    queue.addAfter('a', 500);
    queue.addAfter('a', 200);
    queue.addAfter('a', 900);
    await clock.advance(199);
    expect(begun).toEqual([]);
    await clock.advance(1);
    expect(begun).toEqual(['a']);
    expect(clock.nextTimer()).toBeUndefined();
  });

  test('keeps what is planned when a key is added before', async () => {
    const { clock, queue, begun, end } = working();
    queue.addAfter('a', 500);
    queue.add('a');
    await settled();
    await end('a');
    await clock.advance(500);
    expect(begun).toEqual(['a', 'a']);
  });

  test('tries a failing key later and later, apart from the others, and soon again once it worked', async () => {
    const { clock, queue, errors, end } = working({ concurrency: 2 });
    queue.add('bad');
    queue.add('good');
    await settled();
    await end('good');
    const waits: number[] = [];
    for (let failure = 0; failure < 4; failure++) {
      await end('bad', new Error('no'));
      const wait = (clock.nextTimer() ?? 0) - clock.monotonic();
      waits.push(wait);
      await clock.advance(wait);
    }
    expect(waits).toEqual([10, 20, 40, 80]);
    expect(queue.numbers()).toMatchObject({ failing: 1 });
    await end('bad');
    expect(queue.numbers()).toMatchObject({ failing: 0 });
    queue.add('bad');
    await settled();
    await end('bad', new Error('again'));
    expect((clock.nextTimer() ?? 0) - clock.monotonic()).toBe(10);
    expect(errors).toEqual(['bad: no', 'bad: no', 'bad: no', 'bad: no', 'bad: again']);
  });

  test('survives a reporter that throws', async () => {
    const { queue, begun, end } = working({
      onError: () => {
        throw new Error('reporter');
      },
    });
    queue.add('a');
    queue.add('b');
    await settled();
    await end('a', new Error('no'));
    expect(begun).toEqual(['a', 'b']);
  });

  test('says how long keys wait and are worked on', async () => {
    const { clock, queue, times, end } = working();
    queue.add('a');
    queue.add('b');
    await settled();
    await clock.advance(30);
    expect(queue.numbers()).toMatchObject({ ready: 1, oldest: 30 });
    await end('a');
    await clock.advance(5);
    await end('b');
    expect(times).toEqual(['a 0 30', 'b 30 5']);
  });

  test('forgets a key that is no more', async () => {
    const { clock, queue, begun } = working();
    queue.addAfter('a', 10);
    queue.add('a');
    queue.forget('a');
    await clock.advance(100);
    expect(begun).toEqual([]);
  });

  test('drains: does what is ready, drops what is planned, takes nothing new', async () => {
    const { clock, queue, begun, end } = working();
    queue.add('a');
    queue.add('b');
    queue.addAfter('c', 10);
    await settled();
    let drained = false;
    const draining = queue.drain().then(() => (drained = true));
    queue.add('d');
    await end('a');
    expect(drained).toBe(false);
    await end('b');
    await draining;
    expect(begun).toEqual(['a', 'b']);
    expect(clock.nextTimer()).toBeUndefined();
  });

  test('stops: tells running work, and waits for it alone', async () => {
    let told: AbortSignal | undefined;
    const { queue } = working({
      work: (_, signal) => {
        told = signal;
        return new Promise((resolve) => signal.addEventListener('abort', () => resolve()));
      },
    });
    queue.add('a');
    queue.add('b');
    await settled();
    await queue.stop();
    expect(told?.aborted).toBe(true);
    expect(queue.numbers()).toMatchObject({ ready: 0, working: 0 });
  });

  test('stops at once when there is nothing to do', async () => {
    const { queue } = working();
    await Promise.all([queue.stop(), queue.drain()]);
  });
});
