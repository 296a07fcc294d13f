import { formatDuration, parseDuration } from '../api/duration.ts';
import type { Problem } from '../api/problem.ts';
import type { Duration } from './options.ts';

/** As it is written in a spec; a number is seconds. What cannot be one is a problem of that field. */
export function durationText(duration: Duration, field: string, problems: Problem[]): string {
  if (typeof duration === 'string') {
    if (parseDuration(duration) !== undefined) return duration;
    problems.push({ field, message: 'must be a duration such as "30s", "10m" or "1h30m", or a number of seconds' });
  } else if (Number.isFinite(duration) && duration >= 0 && duration <= MOST_SECONDS) {
    return formatDuration(duration * 1_000);
  } else {
    problems.push({
      field,
      message: `must be a number of seconds from 0 to ${MOST_SECONDS}, or a duration such as "30s"`,
    });
  }
  return '0s';
}

/** As many hours as a duration can say in one part. */
const MOST_SECONDS = 99_999 * 3_600;

/** In seconds. */
export function secondsOf(duration: Duration): number {
  const seconds = typeof duration === 'number' ? duration : (parseDuration(duration) ?? Number.NaN) / 1_000;
  if (seconds >= 0) return seconds;
  throw new TypeError(`${JSON.stringify(duration)} is no duration: write "90s", "5m", or seconds as a number`);
}
