import type { ClaimRecord, GrantRecord, Step } from '../ledger.ts';
import { phaseOf, priorityOf, reasonOf, span } from '../objects.ts';
import type { Check } from './queue.ts';

/** No hold ends before its time by the true clock, nor while whoever keeps it runs. */
export const neverEndsEarly: Check = (step) => {
  const { claim, at } = step;
  if (!claim?.grant || claim.isGone || claim.phaseBefore === phaseOf(claim.object)) return undefined;
  const phase = phaseOf(claim.object);
  if (phase !== 'Expired' && phase !== 'Lost') return undefined;
  const reason = reasonOf(claim.object);
  const why = REASONS[reason ?? '']?.(claim, claim.grant, step);
  return (
    why && `${claim.object.metadata.name} ended (${reason}) ${at - claim.grant.alive} ms after its last sign: ${why}`
  );
};

const ownersOf = ({ object }: ClaimRecord): readonly string[] =>
  object.metadata.ownerReferences?.map(({ uid }) => uid) ?? [];

const isOwnerOver = (claim: ClaimRecord, { owners }: Step): boolean => {
  const uids = ownersOf(claim);
  return uids.length > 0 && uids.every((uid) => owners.has(uid));
};

const REASONS: Readonly<Record<string, (claim: ClaimRecord, grant: GrantRecord, step: Step) => string | undefined>> = {
  NotRenewed(claim, { alive, life }, step) {
    const { spec } = claim.object;
    if (spec.renewal === 'Owner' && ownersOf(claim).length > 0 && !isOwnerOver(claim, step)) return 'its owner runs';
    return step.at - alive < life ? `it lives ${life} ms` : undefined;
  },
  NotConfirmed(claim, { alive, isRenewed }, { at }) {
    if (isRenewed) return 'it was confirmed';
    const within = span(claim.object.spec.confirmWithin);
    return within && at - alive >= within ? undefined : `it may be confirmed within ${within} ms`;
  },
  OwnerFinished: (claim, _, step) => (isOwnerOver(claim, step) ? undefined : 'its owner runs'),
  Preempted(claim, { revokedAt, shortestGrace }, { at, queue }) {
    const { resource } = queue;
    const own = priorityOf(claim.object, resource);
    const others = [...queue.claims.values()].filter((other) => priorityOf(other.object, resource) > own);
    if (others.length === 0) return 'nobody of a higher priority ever asked';
    if (shortestGrace === 0) return undefined;
    if (revokedAt === undefined) return 'its holder was not asked to let go';
    return at - revokedAt < shortestGrace ? `its grace is ${shortestGrace} ms` : undefined;
  },
};

/** A waiter is sent away no sooner than it said. */
export const neverSentAwayEarly: Check = ({ claim, at }) => {
  if (!claim || claim.isGone || claim.phaseBefore === 'Denied' || phaseOf(claim.object) !== 'Denied') return undefined;
  if (reasonOf(claim.object) !== 'TimedOut') return undefined;
  const timeout = span(claim.object.spec.timeout);
  const waited = at - claim.bornAt;
  if (timeout !== undefined && waited >= timeout) return undefined;
  return `${claim.object.metadata.name} was sent away after ${waited} ms, and would have waited ${timeout}`;
};
