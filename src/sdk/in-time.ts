import type { Clock } from '../api/clock.ts';
import { within } from '../kube/child-signal.ts';
import { TransportError } from '../kube/errors.ts';

export interface TimeLimit {
  readonly clock: Clock;
  readonly milliseconds: number;
  readonly signal?: AbortSignal | undefined;
}

/** A call that is not answered in time fails as one whose connection took too long: it may have been carried out. */
export async function inTime<T>(limit: TimeLimit, call: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const { clock, milliseconds, signal } = limit;
  const until = clock.monotonic() + milliseconds;
  try {
    return await within(limit, call);
  } catch (cause) {
    if (signal?.aborted || clock.monotonic() < until) throw cause;
    throw new TransportError('timeout', `no answer within ${Math.round(milliseconds)} ms`, {
      cause,
      mayHaveHappened: true,
    });
  }
}
