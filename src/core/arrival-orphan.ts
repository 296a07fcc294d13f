import type { Arrival } from '../api/arrival.ts';
import { type Arriving, arrivingOf } from './arrival.ts';
import { deniedPatch } from './arrival-patches.ts';
import type { ClaimFacts } from './claim.ts';
import { KEEP_FOR } from './collect.ts';
import type { Decision } from './decision.ts';
import { earliest, type Moment } from './moment.ts';

/** Arrivals at a barrier that does not exist. */
export interface StrayArrivalsView {
  readonly claims: readonly Arrival[];
  readonly facts: (arrival: Arrival) => ClaimFacts;
  readonly now: Moment;
}

/**
 * Who arrives before the barrier is made waits for it, when it would be in the same namespace; at one of another the
 * answer is the same as where it is forbidden. What a deleted barrier had counted goes: it would be in the way of the
 * next one's arrivals. Nothing fences this: whoever carries it out makes sure first that the barrier is still not there.
 */
export function decideStrayArrivals({ claims, facts, now }: StrayArrivalsView): Decision<never> {
  const arrivals = claims.map((object) => ({ object, arriving: arrivingOf(object, facts(object)) }));
  const strangers = arrivals.filter(({ object: { metadata, spec, status } }) => {
    const isElsewhere = spec.barrierNamespace !== undefined && spec.barrierNamespace !== metadata.namespace;
    return isElsewhere && status?.phase === undefined;
  });
  const over = arrivals
    .map(({ arriving }) => arriving)
    .filter(({ status, metadata }) => status?.phase !== undefined && metadata.deletionTimestamp === undefined);
  return {
    revoke: [],
    announce: strangers.map(({ arriving }) => deniedPatch(arriving, 'NotAllowed', now)),
    collect: over.filter((arriving) => now.elapsed >= collectAt(arriving)).map(({ metadata }) => metadata),
    wakeAt: earliest(...over.map(collectAt).filter((time) => time > now.elapsed)),
  };
}

const collectAt = ({ seen }: Arriving): number => seen.phase.elapsed + KEEP_FOR;
