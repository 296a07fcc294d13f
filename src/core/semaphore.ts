import { DEFAULT_TTL } from '../api/claim.ts';
import type { Permit } from '../api/permit.ts';
import type { Semaphore } from '../api/semaphore.ts';
import { type Claim, type ClaimFacts, claimOf, firstSaid, milliseconds } from './claim.ts';
import { endPatch, grantPatch, nextToTell, refusalPatch, renewalPatches, waitingPatches } from './claim-patches.ts';
import { collectAt, isCollectable } from './collect.ts';
import { conditionsOf, type Finding } from './conditions.ts';
import type { Decision } from './decision.ts';
import { finalizerFor } from './finalizer.ts';
import { type Hold, highestToken, holdsOf, weightOf } from './hold.ts';
import { earliest, type Moment } from './moment.ts';
import { arbitrate, type Outcome } from './queue.ts';
import { swapTo } from './swap.ts';
import { newestVersion } from './version.ts';

type Status = NonNullable<Semaphore['status']>;

/** Everything the rule looks at. The claims are all that name the semaphore, as new as its watermark asks for. */
export interface SemaphoreView {
  readonly semaphore: Semaphore;
  readonly permits: readonly Permit[];
  readonly facts: (permit: Permit) => ClaimFacts;
  readonly now: Moment;
}

/** What must happen to a semaphore and its permits now, and when to look again. */
export function decideSemaphore({ semaphore, permits, facts, now }: SemaphoreView): Decision<Status> {
  const { metadata, spec, status: before } = semaphore;
  const claims = permits.map((permit) => claimOf(permit, facts(permit), termsOf(permit, semaphore)));
  const intents = before?.intents ?? [];
  const closing = metadata.deletionTimestamp !== undefined;
  const outcome = arbitrate({
    capacity: spec.permits,
    ordering: spec.ordering,
    maxWaiters: spec.maxWaiters,
    closing,
    token: highestToken(before, holdsOf(claims, intents), Number(metadata.resourceVersion)),
    intents,
    claims,
    now,
  });
  const holds = [...outcome.holds, ...outcome.granted];
  const terminal = claims.filter(isCollectable);

  return {
    revoke: outcome.ended.map((ended) => endPatch(ended, now)),
    swap: swapTo(statusOf(semaphore, holds, outcome, claims, now), before, { urgent: outcome.granted.length > 0 }),
    announce: [
      ...untold(holds).map((hold) => grantPatch(hold, now)),
      ...outcome.refused.map((refused) => refusalPatch(refused, now)),
      ...waitingPatches(outcome.waiting, now),
      ...renewalPatches(outcome.holds),
    ],
    finalizer: finalizerFor(metadata, { needed: holds.length > 0 }),
    collect: terminal.filter((claim) => now.elapsed >= collectAt(claim)).map((claim) => claim.metadata),
    wakeAt: earliest(
      outcome.wakeAt,
      nextToTell(outcome.waiting),
      ...terminal.map(collectAt).filter((time) => time > now.elapsed),
    ),
  };
}

function termsOf({ spec }: Permit, { spec: { ttl, maxTTL } }: Semaphore) {
  const asked = firstSaid(spec.ttl, ttl, DEFAULT_TTL) ?? 0;
  const longest = milliseconds(maxTTL) || Number.POSITIVE_INFINITY;
  return { weight: spec.weight, priority: spec.priority, ttl: Math.min(asked, longest) };
}

const untold = (holds: readonly Hold[]): Hold[] => holds.filter(({ intent }) => intent);

function statusOf(
  semaphore: Semaphore,
  holds: readonly Hold[],
  { waiting, token }: Outcome,
  claims: readonly Claim[],
  now: Moment,
): Status {
  const { metadata, spec, status: before } = semaphore;
  const inUse = weightOf(holds);
  const available = Math.max(0, spec.permits - inUse);
  const closing = metadata.deletionTimestamp !== undefined;
  const intents = untold(holds).flatMap(({ intent, claim }) => (intent ? [{ ...intent, weight: claim.weight }] : []));
  const watermark = newestVersion([before?.watermark, ...claims.map((claim) => claim.metadata.resourceVersion)]);
  return {
    inUse,
    available,
    waiting: waiting.length,
    phase: closing ? 'Terminating' : available > 0 ? 'Ready' : 'Full',
    token,
    intents,
    ...(watermark && { watermark }),
    ...(metadata.generation !== undefined && { observedGeneration: metadata.generation }),
    conditions: conditionsOf(findings(inUse, spec.permits, closing), before?.conditions, metadata.generation, now),
  };
}

function findings(inUse: number, permits: number, closing: boolean): Finding[] {
  const ready: Finding = closing
    ? {
        type: 'Ready',
        status: 'False',
        reason: 'Terminating',
        message: 'grants nothing more; goes when its holders have',
      }
    : { type: 'Ready', status: 'True', reason: 'Arbitrating', message: 'claims are answered' };
  if (inUse <= permits) return [ready];
  const message = `${inUse} are held of ${permits}: nothing is granted until enough has been released`;
  return [ready, { type: 'OverCommitted', status: 'True', reason: 'Shrunk', message }];
}
