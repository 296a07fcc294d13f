import { parseDuration } from '../api/duration.ts';
import { UsageError } from './exit.ts';

/** The flags that are durations, checked before anything is asked of a server. */
export function checkDurations(flags: Readonly<Record<string, string | undefined>>): void {
  for (const [flag, value] of Object.entries(flags)) {
    if (value === undefined || parseDuration(value) !== undefined) continue;
    throw new UsageError(`${flag} must be a duration such as 30s, 10m or 1h30m, not ${JSON.stringify(value)}`);
  }
}
