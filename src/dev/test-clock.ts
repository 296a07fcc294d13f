import type { Clock } from '../api/clock.ts';
import { parseDuration } from '../api/duration.ts';
import { virtualClock } from './virtual-clock.ts';

/** Time in a test: it stands still until the test moves it. Whatever takes a `clock` takes this one. */
export interface TestClock extends Clock {
  /** Lets that much time pass, `"5m"` or in seconds: whatever falls due happens in its order, with all its consequences. */
  advance(duration: string | number): Promise<void>;
  /** Lets everything happen that needs no time. Grants in a row may need some: the operator spaces its writes. */
  settle(): Promise<void>;
}

export interface DrivenClock {
  readonly clock: Clock;
  readonly forTests: TestClock;
  /** Moves time on until that is kept: an end may wait for timers, and nobody else moves them. */
  drive(ending: Promise<void>): Promise<void>;
}

/** A virtual clock for a system whose every step is a write that moves `revision`. */
export function drivenClock(revision: () => number): DrivenClock {
  const clock = virtualClock();

  const settle = async (): Promise<void> => {
    for (let quiet = 0, before = -1; quiet < QUIET_ROUNDS; ) {
      await new Promise<void>((resolve) => setImmediate(resolve));
      quiet = revision() === before ? quiet + 1 : 0;
      before = revision();
    }
  };
  const toNextTimer = async (next: number): Promise<void> => {
    await clock.advance(Math.max(0, next - clock.monotonic()));
    await settle();
  };

  return {
    clock,
    forTests: {
      now: () => clock.now(),
      monotonic: () => clock.monotonic(),
      after: (milliseconds, callback) => clock.after(milliseconds, callback),
      settle,
      async advance(duration) {
        const milliseconds = millisecondsOf(duration);
        await settle();
        const end = clock.monotonic() + milliseconds;
        for (let next = clock.nextTimer(); next !== undefined && next <= end; next = clock.nextTimer())
          await toNextTimer(next);
        await clock.advance(end - clock.monotonic());
        await settle();
      },
    },
    async drive(ending) {
      let over = false;
      const watched = ending.finally(() => {
        over = true;
      });
      await settle();
      for (let next = clock.nextTimer(); !over && next !== undefined; next = clock.nextTimer()) await toNextTimer(next);
      await watched;
    },
  };
}

/** Rounds of the event loop without a write after which nothing more will come of its own accord. */
const QUIET_ROUNDS = 6;

function millisecondsOf(duration: string | number): number {
  const milliseconds = typeof duration === 'number' ? duration * 1_000 : parseDuration(duration);
  if (milliseconds === undefined || !(milliseconds >= 0))
    throw new TypeError(
      `advance: ${JSON.stringify(duration)} is no duration: write "90s", "5m", or seconds as a number`,
    );
  return milliseconds;
}
