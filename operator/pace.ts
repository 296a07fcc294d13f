import type { Decision } from '../src/core/decision.ts';

/** A swap that nobody waits for is made once its resource has been at rest this long: until then a grant may carry it. */
export const SETTLE = 500;

/** And at the latest so long after it was first put off, for a resource that never rests. */
export const LONGEST_UNSETTLED = 5_000;

/**
 * Own writes change nothing that was not decided; they are looked at once, a little later, so that a busy resource is
 * not decided on twice for every change. Deadlines do not wait for this: a decision says its own.
 */
export const LOOK_BACK = 100;

/** A decision that tells so many may have been cut short by a bound of the rules, and goes on at once. */
const LARGE = 32;

export const looksBackIn = ({ revoke, announce }: Decision<object>): number =>
  revoke.length + announce.length >= LARGE ? 0 : LOOK_BACK;

/** When something happened to a resource, and since when it has a swap to make: monotonic, in milliseconds. */
export interface Pace {
  readonly stirred: number;
  readonly postponed?: number | undefined;
}

/** When a swap that was put off is due. */
export const settlesAt = ({ stirred, postponed }: Pace): number =>
  Math.min(stirred + SETTLE, (postponed ?? Number.POSITIVE_INFINITY) + LONGEST_UNSETTLED);
