import { describe, expect, it } from 'vitest';
import { virtualClock } from '../../dev/virtual-clock.ts';
import { stopInTime } from './stop-in-time.ts';

const S = 1_000;

describe('whoever relies on a hold is told to stop', () => {
  it.each([
    { ttl: 60 * S, grace: 10 * S, at: 50 * S },
    { ttl: 60 * S, grace: 0, at: 60 * S },
    { ttl: 9 * S, grace: 10 * S, at: 6 * S },
  ])('with $grace ms to go, but no more than a third of $ttl ms', async ({ ttl, grace, at }) => {
    const clock = virtualClock();
    const from = clock.monotonic();
    const hold = {
      signal: new AbortController().signal,
      get remaining() {
        return Math.max(0, from + ttl - clock.monotonic());
      },
    };
    const { stop } = stopInTime(hold, grace, clock);
    await clock.advance(at - 1);
    expect(stop.aborted).toBe(false);
    await clock.advance(1);
    expect(stop.aborted).toBe(true);
  });

  it('at once when it is lost', () => {
    const lost = new AbortController();
    const { stop } = stopInTime({ signal: lost.signal, remaining: Number.POSITIVE_INFINITY }, S, virtualClock());
    lost.abort();
    expect(stop.aborted).toBe(true);
  });

  it('never while it is renewed', async () => {
    const clock = virtualClock();
    let renewed = clock.monotonic();
    const hold = {
      signal: new AbortController().signal,
      get remaining() {
        return renewed + 9 * S - clock.monotonic();
      },
    };
    const { stop, end } = stopInTime(hold, 10 * S, clock);
    for (let third = 0; third < 10; third++) {
      // as late as a renewal gets
      await clock.advance(3.6 * S);
      renewed = clock.monotonic();
    }
    expect(stop.aborted).toBe(false);
    end();
  });
});
