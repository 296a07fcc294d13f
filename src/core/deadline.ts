import { formatTime, parseTime } from '../api/time.ts';
import { later, type Moment } from './moment.ts';

/** How far apart the clocks of two machines may be before a wait that changes operators could end early. */
export const SKEW_ALLOWANCE = 60_000;

/** Something that is waited for, and for how long. */
export interface Wait {
  /** Undefined: for ever. */
  readonly timeout: number | undefined;
  /** When it began, as it is written on the object. */
  readonly startedAt: string;
  /** When this operator first saw it. */
  readonly since: Moment;
}

/**
 * When the wait is over. Counted on this operator's monotonic clock from when it first saw it; of what went before, as
 * the wall clocks have it, all but the allowance: a restart or a clock that jumps can make it longer, never shorter.
 */
export function deadlineOf({ timeout, startedAt, since }: Wait): Moment | undefined {
  if (timeout === undefined) return undefined;
  const before = since.wall - parseTime(startedAt) - SKEW_ALLOWANCE;
  return later(since, timeout - Math.min(Math.max(before, 0), timeout));
}

/** A wait begins with its object, unless the clock that wrote so was ahead of ours when we first saw it. */
export const startOf = (creationTimestamp: string, since: Moment): string =>
  parseTime(creationTimestamp) <= since.wall ? creationTimestamp : formatTime(since.wall);
