import { DEFAULT_TTL } from '../api/claim.ts';
import type { Lease } from '../api/lease.ts';
import type { LeaseRequest } from '../api/lease-request.ts';
import { formatTime } from '../api/time.ts';
import { answer, holdsAfter, refusalNotes, untold } from './answer.ts';
import { type Claim, type ClaimFacts, claimOf, firstSaid, milliseconds } from './claim.ts';
import { isRenewed, newsPatch } from './claim-patches.ts';
import { conditionsOf, type Finding, readiness } from './conditions.ts';
import type { ClaimPatch, Decision } from './decision.ts';
import { expiryOf, type Hold, highestToken, holdsOf } from './hold.ts';
import type { Moment } from './moment.ts';
import { PATIENCE } from './order.ts';
import { revocationOf } from './preemption.ts';
import { arbitrate, fences, type Outcome } from './queue.ts';
import { swapTo } from './swap.ts';
import { type GoneBy, watermarkAfter } from './watermark.ts';

export type LeaseStatus = NonNullable<Lease['status']>;

/** Everything the rule looks at. The requests are all that name the lease, as new as its watermark asks for. */
export interface LeaseView {
  readonly lease: Lease;
  readonly requests: readonly LeaseRequest[];
  readonly facts: (request: LeaseRequest) => ClaimFacts;
  /** Not said: of none. */
  readonly goneBy?: GoneBy | undefined;
  readonly now: Moment;
}

/** What must happen to a lease and its requests now, and when to look again: a queue for one that may be taken. */
export function decideLease({ lease, requests, facts, goneBy, now }: LeaseView): Decision<LeaseStatus> {
  const { metadata, spec, status: before } = lease;
  const claims = requests.map((request) => claimOf(request, facts(request), termsOf(request, lease)));
  const intents = before?.intents ?? [];
  const gracePeriod = milliseconds(spec.gracePeriod) ?? 0;
  const preempts = spec.preemption === 'LowerPriority';
  const outcome = arbitrate({
    capacity: 1,
    ordering: 'Strict',
    maxWaiters: Number.POSITIVE_INFINITY,
    patience: patienceOf(lease),
    closing: metadata.deletionTimestamp !== undefined,
    token: highestToken(before, holdsOf(claims, intents), Number(metadata.resourceVersion)),
    intents,
    refusals: before?.refusals ?? [],
    claims,
    preemption: preempts ? { gracePeriod } : undefined,
    now,
  });
  const watermark = watermarkAfter(lease, claims, goneBy);
  const swap = swapTo(statusOf(lease, outcome, watermark, now), before, { urgent: false, fences: fences(outcome) });
  const preemptor = preempts ? outcome.waiting[0] : undefined;
  const news = [
    ...outcome.holds.flatMap((hold) => renewCountPatch(hold) ?? []),
    ...outcome.holds.flatMap((hold) => revocationPatch(hold, preemptor, gracePeriod, now) ?? []),
  ];
  return dated(answer({ metadata, claims, outcome, swap, news, now }), requests, facts);
}

/** Where a higher priority takes what it wants, whoever got it by patience would lose it at once. */
export const patienceOf = ({ spec }: Lease): number =>
  spec.preemption === 'LowerPriority' ? Number.POSITIVE_INFINITY : PATIENCE;

/** What a request asks for, with defaults filled in. */
export const termsOf = ({ spec }: LeaseRequest, { spec: { ttl, priority } }: Lease) => ({
  weight: 1,
  priority: spec.priority ?? priority,
  ttl: firstSaid(spec.ttl, ttl, DEFAULT_TTL) ?? 0,
});

function statusOf(lease: Lease, outcome: Outcome, watermark: string | undefined, now: Moment) {
  const { metadata, status: before } = lease;
  const { waiting, token } = outcome;
  const holds = holdsAfter(outcome);
  const [hold] = holds;
  const status: LeaseStatus = {
    ...(hold && holderOf(hold)),
    waiting: waiting.length,
    token,
    phase: hold ? 'Held' : 'Available',
    intents: untold(holds).flatMap(({ intent }) => intent ?? []),
    ...refusalNotes(outcome),
    ...(watermark && { watermark }),
    ...(metadata.generation !== undefined && { observedGeneration: metadata.generation }),
    conditions: conditionsOf([readiness(metadata), heldBy(hold)], before?.conditions, metadata.generation, now),
  };
  return status;
}

/** What a lease shows of its holder. */
function holderOf(hold: Hold) {
  const { claim, intent } = hold;
  const acquiredAt = intent?.acquiredAt ?? claim.status?.acquiredAt;
  const expiresAt = expiryOf(hold);
  return {
    holder: claim.holder,
    ...(acquiredAt && { acquiredAt, acquired: acquiredAt }),
    ...(expiresAt && { expiresAt }),
    renewCount: renewCountOf(hold),
  };
}

const heldBy = (hold: Hold | undefined): Finding =>
  hold
    ? { type: 'Held', status: 'True', reason: 'Granted', message: `held by ${hold.claim.holder}` }
    : { type: 'Held', status: 'False', reason: 'Available', message: 'nobody holds it' };

const renewCountOf = (hold: Hold): number => {
  const { status } = hold.claim;
  const before = status && 'renewCount' in status ? (status.renewCount ?? 0) : 0;
  return before + (isRenewed(hold) ? 1 : 0);
};

const renewCountPatch = (hold: Hold): ClaimPatch | undefined =>
  isRenewed(hold)
    ? {
        claim: hold.claim.metadata,
        status: { renewCount: renewCountOf(hold) },
        reason: 'Renewed',
        message: `held until ${expiryOf(hold)}`,
      }
    : undefined;

/** A hold that its claim does not know of yet is told of that first. */
function revocationPatch(hold: Hold, preemptor: Claim | undefined, gracePeriod: number, now: Moment) {
  const finding = hold.intent ? undefined : revocationOf(hold, preemptor, gracePeriod, now);
  return finding && newsPatch(hold.claim, finding, now);
}

/** The first thing a request is told carries the time when it was first seen. */
function dated(
  decision: Decision<LeaseStatus>,
  requests: readonly LeaseRequest[],
  facts: LeaseView['facts'],
): Decision<LeaseStatus> {
  const undated = new Map(
    requests.filter(({ status }) => !status?.requestedAt).map((request) => [request.metadata.uid, request]),
  );
  const date = (patch: ClaimPatch): ClaimPatch => {
    const request = undated.get(patch.claim.uid);
    if (!request) return patch;
    return { ...patch, status: { ...patch.status, requestedAt: formatTime(facts(request).seen.first.wall) } };
  };
  return { ...decision, revoke: decision.revoke.map(date), announce: decision.announce.map(date) };
}
