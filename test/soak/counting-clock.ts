import type { Clock } from '../../src/api/clock.ts';
import { systemClock } from '../../src/api/clock.ts';

/** The system's clock, which knows how many of its timers are pending: Node does not count those that are unreferenced. */
export interface CountingClock extends Clock {
  readonly pending: () => number;
}

export function countingClock(): CountingClock {
  const pending = new Set<object>();
  return {
    now: systemClock.now,
    monotonic: systemClock.monotonic,
    after(milliseconds, callback) {
      const timer = systemClock.after(milliseconds, () => {
        pending.delete(timer);
        callback();
      });
      pending.add(timer);
      return {
        cancel() {
          pending.delete(timer);
          timer.cancel();
        },
      };
    },
    pending: () => pending.size,
  };
}
