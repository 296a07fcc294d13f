import { DEFAULT_TTL } from '../api/claim.ts';
import type { Permit } from '../api/permit.ts';
import type { Semaphore } from '../api/semaphore.ts';
import { answer, holdsAfter, refusalNotes, untold } from './answer.ts';
import { type ClaimFacts, claimOf, firstSaid } from './claim.ts';
import { conditionsOf, type Finding, readiness } from './conditions.ts';
import type { Decision } from './decision.ts';
import { highestToken, holdsOf, weightOf } from './hold.ts';
import type { Moment } from './moment.ts';
import { PATIENCE } from './order.ts';
import { arbitrate, fences, type Outcome } from './queue.ts';
import { swapTo } from './swap.ts';
import { type GoneBy, watermarkAfter } from './watermark.ts';

type Status = NonNullable<Semaphore['status']>;

/** Everything the rule looks at. The claims are all that name the semaphore, as new as its watermark asks for. */
export interface SemaphoreView {
  readonly semaphore: Semaphore;
  readonly permits: readonly Permit[];
  readonly facts: (permit: Permit) => ClaimFacts;
  /** Not said: of none. */
  readonly goneBy?: GoneBy | undefined;
  readonly now: Moment;
}

/** What must happen to a semaphore and its permits now, and when to look again. */
export function decideSemaphore({ semaphore, permits, facts, goneBy, now }: SemaphoreView): Decision<Status> {
  const { metadata, spec, status: before } = semaphore;
  const claims = permits.map((permit) => claimOf(permit, facts(permit), termsOf(permit, semaphore)));
  const intents = before?.intents ?? [];
  const closing = metadata.deletionTimestamp !== undefined;
  const outcome = arbitrate({
    capacity: spec.permits,
    ordering: spec.ordering,
    maxWaiters: spec.maxWaiters,
    patience: PATIENCE,
    closing,
    token: highestToken(before, holdsOf(claims, intents), Number(metadata.resourceVersion)),
    intents,
    refusals: before?.refusals ?? [],
    claims,
    now,
  });
  const watermark = watermarkAfter(semaphore, claims, goneBy);
  const status = statusOf(semaphore, outcome, watermark, now);
  const swap = swapTo(status, before, { urgent: false, fences: fences(outcome) });
  return answer({ metadata, claims, outcome, swap, now });
}

/** What a claim asks for, with defaults filled in. */
export function termsOf({ spec }: Permit, { spec: { ttl, maxTTL } }: Semaphore) {
  const asked = firstSaid(spec.ttl, ttl, DEFAULT_TTL) ?? 0;
  const longest = firstSaid(maxTTL) ?? Number.POSITIVE_INFINITY;
  return { weight: spec.weight, priority: spec.priority, ttl: Math.min(asked, longest) };
}

function statusOf(semaphore: Semaphore, outcome: Outcome, watermark: string | undefined, now: Moment): Status {
  const { waiting, token } = outcome;
  const holds = holdsAfter(outcome);
  const { metadata, spec, status: before } = semaphore;
  const inUse = weightOf(holds);
  const available = Math.max(0, spec.permits - inUse);
  const closing = metadata.deletionTimestamp !== undefined;
  const intents = untold(holds).flatMap(({ intent, claim }) => (intent ? [{ ...intent, weight: claim.weight }] : []));
  return {
    inUse,
    available,
    waiting: waiting.length,
    phase: closing ? 'Terminating' : available > 0 ? 'Ready' : 'Full',
    token,
    intents,
    ...refusalNotes(outcome),
    ...(watermark && { watermark }),
    ...(metadata.generation !== undefined && { observedGeneration: metadata.generation }),
    conditions: conditionsOf(findings(inUse, semaphore), before?.conditions, metadata.generation, now),
  };
}

function findings(inUse: number, { metadata, spec: { permits }, status }: Semaphore): Finding[] {
  const ready = readiness(metadata);
  if (inUse > permits) {
    const message = `${inUse} are held of ${permits}: nothing is granted until enough has been released`;
    return [ready, { type: 'OverCommitted', status: 'True', reason: 'Shrunk', message }];
  }
  // said only of who has been so: that it is over is news to whoever waits for it
  const wasOver = status?.conditions?.some(({ type }) => type === 'OverCommitted');
  const message = 'no more is held than there is';
  return wasOver ? [ready, { type: 'OverCommitted', status: 'False', reason: 'Fits', message }] : [ready];
}
