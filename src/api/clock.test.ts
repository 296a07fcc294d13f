import { describe, expect, it } from 'vitest';
import { virtualClock } from '../dev/virtual-clock.ts';
import { systemClock, wait } from './clock.ts';

describe('the system clock', () => {
  it('never calls back early', async () => {
    const started = performance.now();
    await new Promise<void>((resolve) => {
      // the process has to live until then; the clock alone does not keep it
      const alive = setInterval(() => {}, 1_000);
      systemClock.after(20, () => {
        clearInterval(alive);
        resolve();
      });
    });
    expect(performance.now() - started).toBeGreaterThanOrEqual(20);
  });

  it('does not call back at once when the time is longer than a Node timer can be', async () => {
    let called = false;
    const timer = systemClock.after(2 ** 31 + 1_000, () => {
      called = true;
    });
    await new Promise((resolve) => setTimeout(resolve, 20));
    timer.cancel();
    expect(called).toBe(false);
  });
});

describe('waiting', () => {
  it('ends when the time has passed', async () => {
    const clock = virtualClock();
    let over = false;
    const waiting = wait(clock, 1_000).then(() => {
      over = true;
    });
    await clock.advance(999);
    expect(over).toBe(false);
    await clock.advance(1);
    await waiting;
    expect(over).toBe(true);
  });

  it('ends with the reason of its signal, and leaves no timer behind', async () => {
    const clock = virtualClock();
    const controller = new AbortController();
    const waiting = wait(clock, 1_000, controller.signal);
    controller.abort(new Error('enough'));
    await expect(waiting).rejects.toThrow('enough');
    expect(clock.nextTimer()).toBeUndefined();
  });
});
