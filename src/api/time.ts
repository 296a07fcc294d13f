import { text } from './text.ts';

const PATTERN = /^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?Z$/;

/** A moment in UTC. We write six digits of a second, older clients write none: both are read. */
export const timestamp = () =>
  text(30, { pattern: PATTERN, says: 'must be a UTC time such as "2026-01-31T12:00:00.000000Z"' })
    .refine((value) => !PATTERN.test(value) || isRealTime(value), 'must be a time that exists')
    .meta({ format: 'date-time' });

/** The form of Kubernetes' MicroTime; an API server refuses the three digits of `Date#toISOString`. */
export function formatTime(epochMilliseconds: number): string {
  return `${new Date(epochMilliseconds).toISOString().slice(0, -1)}000Z`;
}

/** Milliseconds since the epoch, with microseconds kept as the fraction; NaN when it is no time. */
export function parseTime(value: string): number {
  const fraction = /\.([0-9]+)Z$/.exec(value)?.[1] ?? '';
  const microseconds = Number(fraction.padEnd(6, '0').slice(3, 6));
  return Date.parse(value) + microseconds / 1000;
}

function isRealTime(value: string): boolean {
  const epoch = Date.parse(value);
  // Date.parse turns 30 February into 1 March; the server refuses it
  return !Number.isNaN(epoch) && new Date(epoch).toISOString().slice(0, 19) === value.slice(0, 19);
}
