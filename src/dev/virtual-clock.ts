import type { Clock, Timer } from '../api/clock.ts';

/** A clock that stands still until somebody moves it. */
export interface VirtualClock extends Clock {
  /** Moves on, firing every timer that falls due, in order, and letting promises settle after each. */
  advance(milliseconds: number): Promise<void>;
  /** Makes the wall clock jump, as a machine's may; durations do not notice. */
  jump(milliseconds: number): void;
  /** When the next timer is due, on the monotonic clock; undefined when there is none. */
  nextTimer(): number | undefined;
}

interface Pending {
  readonly due: number;
  readonly order: number;
  readonly callback: () => void;
}

export function virtualClock(start = Date.parse('2026-01-01T00:00:00Z')): VirtualClock {
  let elapsed = 0;
  let offset = start;
  let order = 0;
  const timers = new Set<Pending>();

  const next = (): Pending | undefined => {
    let first: Pending | undefined;
    for (const timer of timers) {
      if (!first || timer.due < first.due || (timer.due === first.due && timer.order < first.order)) first = timer;
    }
    return first;
  };

  return {
    now: () => offset + elapsed,
    monotonic: () => elapsed,
    after(milliseconds, callback): Timer {
      const timer = { due: elapsed + Math.max(0, milliseconds), order: order++, callback };
      timers.add(timer);
      return { cancel: () => timers.delete(timer) };
    },
    async advance(milliseconds) {
      const end = elapsed + milliseconds;
      for (let timer = next(); timer && timer.due <= end; timer = next()) {
        timers.delete(timer);
        elapsed = Math.max(elapsed, timer.due);
        timer.callback();
        await settled();
      }
      elapsed = end;
      await settled();
    },
    jump(milliseconds) {
      offset += milliseconds;
    },
    nextTimer: () => next()?.due,
  };
}

/** Every promise that can go on without time or I/O has gone on. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
