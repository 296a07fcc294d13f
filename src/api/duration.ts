import { text } from './text.ts';

/**
 * Go's durations as people and Go's own serialiser write them: `90s`, `10m0s`, `1h30m`, `500ms`, `1.5s`.
 * Only seconds may have a fraction: Go writes no other, and `1.5h` is refused as Kubernetes' GEP-2257 has it.
 * One pattern serves the schema (RE2 on the server) and the client.
 */
const PATTERN = /^([0-9]{1,5}(h|m|s|ms|\.[0-9]{1,9}s)){1,4}$/;
const PART = /([0-9]+(?:\.[0-9]+)?)(ms|h|m|s)/g;
const MILLISECONDS: Readonly<Record<string, number>> = { h: 3_600_000, m: 60_000, s: 1_000, ms: 1 };

const MOST_IN_A_PART = 99_999;

/** The longest that is written. */
export const LONGEST_DURATION = 2 * MOST_IN_A_PART * 3_600_000;

/** Four parts of five digits and nine decimals. */
const MAX_LENGTH = 64;

export const duration = () =>
  text(MAX_LENGTH, { pattern: PATTERN, says: 'must be a duration such as "30s", "10m" or "1h30m"' });

/** Milliseconds, or undefined when the text is no duration. A fraction of a millisecond counts as a whole one. */
export function parseDuration(value: string): number | undefined {
  if (!PATTERN.test(value)) return undefined;
  let total = 0;
  for (const [, amount, unit] of value.matchAll(PART))
    total += Number(amount) * (MILLISECONDS[unit ?? ''] ?? Number.NaN);
  return Math.ceil(Number(total.toFixed(6)));
}

/** How Go writes it, without the parts that are zero: `90000` gives `1m30s`, `1500` gives `1.5s`, `0` gives `0s`. */
export function formatDuration(milliseconds: number): string {
  const total = Math.max(0, Math.ceil(milliseconds));
  if (total < 1_000) return total === 0 ? '0s' : `${total}ms`;
  const hours = Math.floor(total / 3_600_000);
  const minutes = Math.floor(total / 60_000) % 60;
  const seconds = (total % 60_000) / 1_000;
  if (total > LONGEST_DURATION) throw new RangeError(`a duration of ${hours} hours cannot be written`);
  // a part has at most five digits: more hours than that are written as two
  const overflow = Math.max(0, hours - MOST_IN_A_PART);
  return [
    overflow > 0 && `${MOST_IN_A_PART}h`,
    hours > 0 && `${hours - (overflow > 0 ? MOST_IN_A_PART : 0)}h`,
    minutes > 0 && `${minutes}m`,
    seconds > 0 && `${seconds}s`,
  ]
    .filter((part) => part !== false)
    .join('');
}
