import type { Condition } from '../api/condition.ts';
import type { Claim } from './claim.ts';
import type { Finding } from './conditions.ts';
import type { Hold } from './hold.ts';
import { type Moment, writtenAt } from './moment.ts';

/** A holder gives way to a strictly higher priority: an equal one waits, so nobody takes in turns. */
export interface Preemption {
  /** How long a holder that was asked has to let go by itself. */
  readonly gracePeriod: number;
}

/** Asks the holder to let go. It stands on the holder's claim, so it outlives the operator that asked. */
export const REVOCATION = 'RevocationRequested';

export const isRevoked = (status: { readonly conditions?: readonly Condition[] | undefined } | undefined): boolean =>
  status?.conditions?.some(({ type, status }) => type === REVOCATION && status === 'True') ?? false;

export const outranks = (claim: Claim, hold: Hold): boolean => claim.priority > hold.claim.priority;

/**
 * When a hold that somebody outranks is taken; undefined as long as its holder has not been asked. A new operator counts
 * the grace anew, from when it first saw the request: extended, never shortened.
 */
export function takenAt({ claim }: Hold, { gracePeriod }: Preemption, now: Moment): number | undefined {
  if (claim.unwritableUntil !== undefined) return undefined;
  if (gracePeriod === 0) return Number.NEGATIVE_INFINITY;
  return isRevoked(claim.status) ? (claim.seen.revoked ?? now).elapsed + gracePeriod : undefined;
}

/**
 * What the holder is to be told, if that is news. A request is withdrawn when nobody is left to make room for: the
 * holder may go on, and a later request starts a grace of its own.
 */
export function revocationOf(
  hold: Hold,
  preemptor: Claim | undefined,
  gracePeriod: number,
  now: Moment,
): Finding | undefined {
  const wanted = preemptor !== undefined && outranks(preemptor, hold);
  if (wanted === isRevoked(hold.claim.status)) return undefined;
  if (!wanted) {
    const message = 'nobody of higher priority waits any more: the hold goes on';
    return { type: REVOCATION, status: 'False', reason: 'Withdrawn', message };
  }
  const deadline = writtenAt(now, now.elapsed + gracePeriod);
  const message = `a request of priority ${preemptor.priority} waits: release before ${deadline}, when the hold is taken`;
  return { type: REVOCATION, status: 'True', reason: 'Preempted', message };
}
