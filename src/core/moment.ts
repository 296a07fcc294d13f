import { formatTime } from '../api/time.ts';

/** Now, twice: a wall clock for what people read, and a monotonic one for every duration that a rule depends on. */
export interface Moment {
  /** Milliseconds since the epoch. May jump. */
  readonly wall: number;
  /** Milliseconds on the operator's monotonic clock. Never goes back. */
  readonly elapsed: number;
}

/** What the wall clock will say, or said, at another point of the monotonic one. */
export const writtenAt = (now: Moment, elapsed: number): string => formatTime(now.wall + (elapsed - now.elapsed));

export const later = (moment: Moment, milliseconds: number): Moment => ({
  wall: moment.wall + milliseconds,
  elapsed: moment.elapsed + milliseconds,
});

/** The first of some points in time; undefined when there is none. */
export function earliest(...times: readonly (number | undefined)[]): number | undefined {
  const known = times.filter((time) => time !== undefined);
  return known.length > 0 ? Math.min(...known) : undefined;
}
