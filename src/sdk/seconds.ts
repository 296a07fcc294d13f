import { parseDuration } from '../api/duration.ts';
import type { Duration } from './options.ts';

/** In seconds. */
export function secondsOf(duration: Duration): number {
  const seconds = typeof duration === 'number' ? duration : (parseDuration(duration) ?? Number.NaN) / 1_000;
  if (seconds >= 0) return seconds;
  throw new TypeError(`${JSON.stringify(duration)} is no duration: write "90s", "5m", or seconds as a number`);
}
