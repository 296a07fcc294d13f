import type { Clock, Timer } from '../api/clock.ts';
import { type Backoff, fullJitter } from './backoff.ts';
import { report } from './report.ts';

export interface WorkQueueOptions {
  /** Done for one key at a time; a throw means again, later. */
  readonly work: (key: string, signal: AbortSignal) => Promise<void>;
  /** How many keys are worked on at once. */
  readonly concurrency: number;
  readonly clock: Clock;
  readonly random: () => number;
  readonly onError: (key: string, error: unknown) => void;
  /** How long a key waited for its turn, and how long its work took, in milliseconds. */
  readonly onDone?: (key: string, times: WorkTimes) => void;
  /** Milliseconds a key waits after its first failure in a row, and at most. */
  readonly base?: number;
  readonly longest?: number;
}

export interface WorkTimes {
  readonly waited: number;
  readonly worked: number;
}

export interface WorkQueueNumbers {
  /** Keys whose turn it is, none of them started. */
  readonly ready: number;
  /** Keys whose time has not come. */
  readonly delayed: number;
  readonly working: number;
  /** Keys that failed the last time. */
  readonly failing: number;
  /** Milliseconds the first ready key has waited. */
  readonly oldest: number;
}

/** Keys that need work: each once however often it is added, one run of it at a time, in the order of asking. */
export interface WorkQueue {
  add(key: string): void;
  /** Added when the time has come; of several times the earliest counts, until it has come. */
  addAfter(key: string, milliseconds: number): void;
  /** Drops what was planned for a key that is no more. */
  forget(key: string): void;
  numbers(): WorkQueueNumbers;
  /** Takes nothing new, does what is ready, and ends. */
  drain(): Promise<void>;
  /** Takes nothing new, tells running work to stop, and ends with it. */
  stop(): Promise<void>;
}

const BASE = 10;
const LONGEST = 30_000;

export function workQueue(options: WorkQueueOptions): WorkQueue {
  const { work, concurrency, clock, random, onError, onDone, base = BASE, longest = LONGEST } = options;
  const ready = new Map<string, Turn>();
  const working = new Map<string, Turn | undefined>();
  const delayed = new Map<string, Delay>();
  const failing = new Map<string, Backoff>();
  const stopping = new AbortController();
  let open = true;
  let pumping = false;
  let idle = () => {};

  const add = (key: string): void => {
    if (!open) return;
    const turn = { since: clock.monotonic() };
    // added while it is worked on: that run may have looked before the news, so once more after it
    if (working.has(key)) return void (working.get(key) ?? working.set(key, turn));
    if (!ready.has(key)) ready.set(key, turn);
    pump();
  };

  const addAfter = (key: string, milliseconds: number): void => {
    if (!open) return;
    const due = clock.monotonic() + milliseconds;
    const planned = delayed.get(key);
    if (planned && planned.due <= due) return;
    planned?.timer.cancel();
    const timer = clock.after(milliseconds, () => {
      delayed.delete(key);
      add(key);
    });
    delayed.set(key, { due, timer });
  };

  /** Starts what may start, but in a microtask: no work begins inside a call of `add`. */
  const pump = (): void => {
    if (pumping) return;
    pumping = true;
    queueMicrotask(() => {
      pumping = false;
      for (const [key, turn] of ready) {
        if (working.size >= concurrency) break;
        ready.delete(key);
        working.set(key, undefined);
        void run(key, turn);
      }
      if (!open && ready.size === 0 && working.size === 0) idle();
    });
  };

  const run = async (key: string, { since }: Turn): Promise<void> => {
    const started = clock.monotonic();
    try {
      await work(key, stopping.signal);
      failing.delete(key);
    } catch (error) {
      const backoff = failing.get(key) ?? fullJitter({ base, longest }, random);
      failing.set(key, backoff);
      addAfter(key, backoff.next());
      report(onError, key, error);
    }
    const again = working.get(key);
    working.delete(key);
    if (again && !stopping.signal.aborted) ready.set(key, again);
    pump();
    try {
      onDone?.(key, { waited: started - since, worked: clock.monotonic() - started });
    } catch (error) {
      report(onError, key, error);
    }
  };

  const close = (): Promise<void> => {
    open = false;
    for (const { timer } of delayed.values()) timer.cancel();
    delayed.clear();
    const ended = new Promise<void>((resolve) => {
      const before = idle;
      idle = () => {
        before();
        resolve();
      };
    });
    pump();
    return ended;
  };

  return {
    add,
    addAfter,
    forget(key) {
      delayed.get(key)?.timer.cancel();
      delayed.delete(key);
      ready.delete(key);
      failing.delete(key);
      if (working.has(key)) working.set(key, undefined);
    },
    numbers() {
      const [first] = ready.values();
      const oldest = first ? clock.monotonic() - first.since : 0;
      return { ready: ready.size, delayed: delayed.size, working: working.size, failing: failing.size, oldest };
    },
    drain: close,
    stop() {
      ready.clear();
      stopping.abort(new Error('the work queue was stopped'));
      return close();
    },
  };
}

interface Turn {
  readonly since: number;
}

interface Delay {
  readonly due: number;
  readonly timer: Timer;
}
