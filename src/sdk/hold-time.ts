import { DEFAULT_TTL } from '../api/claim.ts';
import { parseDuration } from '../api/duration.ts';
import { formatTime, parseTime } from '../api/time.ts';
import { CONFIRM_WITHIN } from './claim.ts';
import type { Claim } from './holdable.ts';

/** What was given to a claim, as its resource or the claim itself tells it. */
export interface Grant {
  readonly token: number;
  readonly acquiredAt: string;
  readonly expiresAt: string | undefined;
}

/** From its grant and from each renewal. A claim that was told says it; an intent's two times are of one moment. */
export function timeToLive({ acquiredAt, expiresAt }: Grant, { status }: Claim): number {
  if (status?.ttl !== undefined) return parseDuration(status.ttl) ?? 0;
  if (expiresAt !== undefined) return parseTime(expiresAt) - parseTime(acquiredAt);
  return parseDuration(DEFAULT_TTL) ?? 0;
}

/** Unconfirmed, a hold lives no longer than until the operator wants a sign of life. */
export const firstSpan = ({ spec }: Claim, ttl: number): number =>
  spec.renewTime === undefined ? Math.min(ttl, CONFIRM) : ttl;

/** How much before the operator may act a hold counts as lost: timers fire late in a busy program. */
export const marginOf = (span: number): number => Math.min(LONGEST_MARGIN, span / 10);

/** It may only move forward, whatever the clock of this machine does. */
export function nextTime({ spec: { renewTime } }: Claim, now: number): string {
  return formatTime(renewTime === undefined ? now : Math.max(now, Math.floor(parseTime(renewTime)) + 1));
}

const CONFIRM = parseDuration(CONFIRM_WITHIN) ?? 0;
const LONGEST_MARGIN = 1_000;
