import { DEFAULT_TTL } from '../api/claim.ts';
import type { LeaseRequest } from '../api/lease-request.ts';
import type { Permit } from '../api/permit.ts';
import { type Claim, type ClaimFacts, claimOf, firstSaid } from './claim.ts';
import { endPatch, nextToTell, refusalPatch, renewalPatches, waitingPatches } from './claim-patches.ts';
import { collectables, nextToCollect } from './collect.ts';
import type { Decision } from './decision.ts';
import { earliest, type Moment } from './moment.ts';
import { arbitrate } from './queue.ts';

/** Claims on a resource that does not exist. */
export interface OrphansView {
  readonly claims: readonly (Permit | LeaseRequest)[];
  readonly facts: (claim: Permit | LeaseRequest) => ClaimFacts;
  readonly now: Moment;
}

/**
 * What must happen to claims that name a resource that is not there: those of its namespace wait for it, those of
 * another are answered as if it forbade them, and a hold whose resource was taken away by force lives out its time, for
 * its holder still works. Nothing fences this: whoever carries a refusal out makes sure first, by a read that is not from
 * a cache, that the resource is still not there.
 */
export function decideOrphans({ claims: objects, facts, now }: OrphansView): Decision<never> {
  const claims = objects.map((object) => orphanOf(object, facts(object)));
  const outcome = arbitrate({
    // room for nobody, and a line without end: there is nothing to be too heavy for
    capacity: 0,
    ordering: 'Strict',
    maxWaiters: Number.POSITIVE_INFINITY,
    patience: Number.POSITIVE_INFINITY,
    closing: false,
    token: 0,
    intents: [],
    refusals: [],
    claims,
    now,
  });
  return {
    revoke: outcome.ended.map((ended) => endPatch(ended, now)),
    announce: [
      ...outcome.refused.map((refused) => refusalPatch(refused, now)),
      ...waitingPatches(outcome.waiting, 'NoSuchResource', now),
      ...renewalPatches(outcome.holds),
    ],
    collect: collectables(claims, now),
    wakeAt: earliest(outcome.wakeAt, nextToTell(outcome.waiting, 'NoSuchResource', now), nextToCollect(claims, now)),
  };
}

function orphanOf(object: Permit | LeaseRequest, facts: ClaimFacts): Claim {
  const { metadata, spec } = object;
  const named = 'semaphore' in spec ? spec.semaphoreNamespace : spec.leaseNamespace;
  const allowed = named === undefined || named === metadata.namespace;
  const ttl = firstSaid(spec.ttl, DEFAULT_TTL) ?? 0;
  return claimOf(object, { ...facts, allowed }, { weight: 0, priority: spec.priority ?? 0, ttl });
}
