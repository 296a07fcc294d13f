import type { ClaimPhase } from '../api/claim.ts';
import { parseDuration } from '../api/duration.ts';
import type { LeaseRequest } from '../api/lease-request.ts';
import type { ObjectMeta } from '../api/metadata.ts';
import type { Permit } from '../api/permit.ts';
import type { Moment } from './moment.ts';

/** What an operator has seen of a claim with its own eyes and on its own clock. Nothing of it survives the operator. */
export interface Seen {
  /** When it first saw the claim. */
  readonly first: Moment;
  /** When it last saw it granted or renewed, or, after taking over, first saw it held: the hold is counted from here. */
  readonly alive: Moment;
  /** Whether `alive` is a renewal that it saw happen: a grant wrote its own end, and what is only found stays as it says. */
  readonly witnessed: boolean;
  /** When it first saw the claim in the phase that it has. */
  readonly phase: Moment;
  /** When it first saw the condition RevocationRequested True, as long as it is: the grace is counted from here. */
  readonly revoked?: Moment | undefined;
  /** The resourceVersion that the claim had when it first saw it: an edit while it waits costs nobody a place. */
  readonly arrival?: string | undefined;
}

/** What is known of whoever owns a claim. `gone` is not here: the garbage collector deletes the claim of one. */
export type Owner = 'none' | 'alive' | 'finished' | 'unseen';

/** Facts about a claim that are not written on it. */
export interface ClaimFacts {
  readonly seen: Seen;
  readonly owner: Owner;
  /** When the owner was last known to be alive: out of sight, what it keeps lives a ttl from here. */
  readonly ownerAlive?: Moment | undefined;
  /** Whether the resource admits claims from the claim's namespace. */
  readonly allowed: boolean;
  /**
   * Set while the server refuses to have it written, as by somebody's policy: when it is tried again, monotonic. It can
   * be told nothing: until then what it holds goes on, it gets nothing more, and it stands in nobody's way.
   */
  readonly unwritableUntil?: number | undefined;
}

/** A Permit or a LeaseRequest, as the rules of the queue see it: durations are numbers, defaults are filled in. */
export interface Claim extends ClaimFacts {
  readonly metadata: ObjectMeta;
  readonly status: Permit['status'] | LeaseRequest['status'];
  readonly phase: ClaimPhase;
  readonly holder: string;
  readonly weight: number;
  readonly priority: number;
  readonly ttl: number;
  readonly timeout: number | undefined;
  readonly ownerRenews: boolean;
  readonly renewTime: string | undefined;
  /** How long a grant lasts that nobody has confirmed by a renewal; undefined when there is nothing to confirm. */
  readonly unconfirmedFor: number | undefined;
  /** Its place of arrival. */
  readonly sequence: number;
  /** Deleted, and kept by somebody's finalizer: it gets nothing more, and holds what it has until it is gone. */
  readonly leaving: boolean;
}

interface Terms {
  readonly weight: number;
  readonly priority: number;
  readonly ttl: number;
}

export function claimOf(object: Permit | LeaseRequest, facts: ClaimFacts, terms: Terms): Claim {
  const { metadata, spec, status } = object;
  const confirmWithin = firstSaid(spec.confirmWithin);
  return {
    ...facts,
    ...terms,
    metadata,
    status,
    phase: status?.phase ?? 'Pending',
    holder: spec.holder,
    timeout: milliseconds(spec.timeout),
    ownerRenews: spec.renewal === 'Owner',
    renewTime: spec.renewTime,
    unconfirmedFor: spec.renewTime === undefined ? confirmWithin : undefined,
    sequence: status?.sequence ?? Number(facts.seen.arrival ?? metadata.resourceVersion),
    leaving: metadata.deletionTimestamp !== undefined,
  };
}

export const milliseconds = (duration: string | undefined): number | undefined =>
  duration === undefined ? undefined : parsed(duration);

/** Thousands of claims say the same few durations, and each is read for every decision: it was most of its time. */
const known = new Map<string, number | undefined>();
const MOST_KNOWN = 1_000;

function parsed(duration: string): number | undefined {
  if (known.has(duration)) return known.get(duration);
  if (known.size >= MOST_KNOWN) known.clear();
  const value = parseDuration(duration);
  known.set(duration, value);
  return value;
}

/** The first of some durations that says anything: `0s` is how some clients say nothing. */
export const firstSaid = (...durations: readonly (string | undefined)[]): number | undefined =>
  durations.map(milliseconds).find((duration) => duration !== undefined && duration > 0);
