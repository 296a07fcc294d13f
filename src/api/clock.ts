/** Time as everything here gets it: passed in, so that tests and the simulation can own it. */
export interface Clock {
  /** Wall clock, milliseconds since the epoch: for what people read and other machines compare. It may jump. */
  now(): number;
  /** Milliseconds from an arbitrary start: for durations. It never goes back. */
  monotonic(): number;
  /** Calls back once, never early, after at least that many milliseconds. A timer alone keeps no process alive. */
  after(milliseconds: number, callback: () => void): Timer;
}

export interface Timer {
  cancel(): void;
}

/** Node fires a longer timer at once. */
const LONGEST_TIMER = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after(milliseconds, callback) {
    const due = performance.now() + milliseconds;
    let handle: NodeJS.Timeout;
    const arm = () => {
      // Node may also fire a timer up to 2 ms early: look again
      const left = due - performance.now();
      if (left <= 0) return callback();
      handle = setTimeout(arm, Math.min(Math.ceil(left), LONGEST_TIMER)).unref();
    };
    handle = setTimeout(arm, Math.min(Math.max(0, Math.ceil(milliseconds)), LONGEST_TIMER)).unref();
    return { cancel: () => clearTimeout(handle) };
  },
};

/** Resolves after a while; rejects with the signal's reason as soon as that aborts. */
export function wait(clock: Clock, milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const timer = clock.after(milliseconds, () => {
      signal?.removeEventListener('abort', abort);
      resolve();
    });
    const abort = () => {
      timer.cancel();
      reject(signal?.reason);
    };
    signal?.addEventListener('abort', abort, { once: true });
  });
}
