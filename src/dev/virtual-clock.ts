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

export interface VirtualClockOptions {
  /** What the wall clock says at first, milliseconds since the epoch. */
  readonly start?: number;
  /** Kept once whatever a timer set off has gone as far as it goes without time. */
  readonly settled?: () => Promise<void>;
}

export function virtualClock(options: VirtualClockOptions = {}): VirtualClock {
  const { start = Date.parse('2026-01-01T00:00:00Z'), settled = turnOver } = options;
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
const turnOver = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** The same where nothing waits for the event loop: a tick comes when no promise is left to go on, and costs less. */
export const promisesSettled = (): Promise<void> => new Promise((resolve) => process.nextTick(resolve));
