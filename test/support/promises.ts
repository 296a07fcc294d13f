import { CLAIM_MOVES, type ClaimPhase } from '../../src/api/claim.ts';
import { parseDuration } from '../../src/api/duration.ts';
import type { Lease } from '../../src/api/lease.ts';
import type { LeaseRequest } from '../../src/api/lease-request.ts';
import type { Permit } from '../../src/api/permit.ts';
import type { Semaphore } from '../../src/api/semaphore.ts';
import type { ClaimFacts, Owner } from '../../src/core/claim.ts';
import type { Decision } from '../../src/core/decision.ts';
import type { Moment } from '../../src/core/moment.ts';
import { isRevoked } from '../../src/core/preemption.ts';
import type { GoneBy } from '../../src/core/watermark.ts';

export type AnyClaim = Permit | LeaseRequest;
export type AnyResource = Semaphore | Lease;
export type AnyStatus = NonNullable<AnyResource['status']>;

/** The rule under test, and how much may be held of a resource. */
export interface Kind {
  decide(
    resource: AnyResource,
    claims: readonly AnyClaim[],
    view: { readonly facts: (c: AnyClaim) => ClaimFacts; readonly goneBy: GoneBy; readonly now: Moment },
  ): Decision<AnyStatus>;
  capacity(resource: AnyResource): number;
  /** How long the resource lets a claim live that says nothing itself. */
  readonly ttl: number;
  readonly gracePeriod: number;
}

/** The server after a write. */
export interface Snapshot {
  readonly version: number;
  readonly resource: AnyResource | undefined;
  readonly claims: ReadonlyMap<string, AnyClaim>;
}

/** What is true of a grant, whoever knows it. */
interface Grant {
  readonly token: number;
  /** When it was granted or last renewed. */
  alive: number;
  revokedAt?: number | undefined;
  ended?: true;
}

/** A record of everything that is true of the grants of one resource, and what must be true of them. */
export class Promises {
  /** The highest token that anybody was given, whatever became of the resource. */
  highest = 0;
  readonly grants = new Map<string, Grant>();
  /** Claims that a swap has refused. */
  readonly refused = new Set<string>();
  /** Those that the resource which is there has refused: what another had noted and nobody told went with it. */
  private readonly standing = new Set<string>();
  private readonly kind: Kind;
  private readonly owners: ReadonlyMap<string, Owner>;

  constructor(kind: Kind, owners: ReadonlyMap<string, Owner>) {
    this.kind = kind;
    this.owners = owners;
  }

  renewed(claim: AnyClaim, now: Moment): void {
    const grant = this.grants.get(claim.metadata.uid);
    if (grant && isOpen(claim)) grant.alive = now.elapsed;
  }

  /** What must be true after every single write, whoever made it. */
  check(before: Snapshot, after: Snapshot, now: Moment): void {
    const capacity = after.resource ? this.kind.capacity(after.resource) : 0;
    const [was, is] = [heldIn(before), heldIn(after)];
    if (is.weight > Math.max(capacity, was.weight)) throw new Error(`${is.weight} are held of ${capacity}`);
    if (!after.resource) this.standing.clear();
    for (const { uid } of after.resource?.status?.refusals ?? []) {
      this.refused.add(uid);
      this.standing.add(uid);
    }
    for (const { uid, token } of after.resource?.status?.intents ?? []) {
      const isRefused = this.standing.has(uid) || phaseOf(after.claims.get(uid)) === 'Denied';
      if (isRefused) throw new Error(`${uid} was refused, and granted`);
      const grant = this.grants.get(uid);
      if (grant && grant.token !== token) throw new Error(`${uid} was granted twice: ${grant.token} and ${token}`);
      if (!grant) this.granted(uid, token, now);
    }
    for (const [uid, claim] of after.claims) this.checkClaim(uid, before.claims.get(uid), claim, now);
    for (const uid of was.uids) {
      const claim = after.claims.get(uid);
      if (claim && isOpen(claim) && !is.uids.has(uid)) throw new Error(`the hold of ${uid} was forgotten`);
    }
  }

  private granted(uid: string, token: number, now: Moment): void {
    if (token <= this.highest) throw new Error(`token ${token} is not above ${this.highest}`);
    this.highest = token;
    this.grants.set(uid, { token, alive: now.elapsed });
  }

  private checkClaim(uid: string, before: AnyClaim | undefined, after: AnyClaim, now: Moment): void {
    const [from, to] = [phaseOf(before), phaseOf(after)];
    const grant = this.grants.get(uid);
    if (grant && isRevoked(after.status) !== isRevoked(before?.status))
      grant.revokedAt = isRevoked(after.status) ? now.elapsed : undefined;
    if (from === to) return;
    const moves: Partial<Record<ClaimPhase, readonly ClaimPhase[]>> = CLAIM_MOVES;
    if (!moves[from]?.includes(to)) throw new Error(`${uid} went from ${from} to ${to}`);
    if (!grant) {
      if (to === 'Denied' && this.refused.has(uid)) return;
      if (to === 'Denied') throw new Error(`${uid} was told a refusal of no swap`);
      throw new Error(`${uid} was told ${to} without a grant`);
    }
    if (after.status?.token !== grant.token) throw new Error(`${uid} was told token ${after.status?.token}`);
    if (to === 'Denied') throw new Error(`the hold of ${uid} was ended by the time its waiter had`);
    if (to !== 'Granted') this.checkEnd(uid, after, grant, now);
  }

  private checkEnd(uid: string, claim: AnyClaim, grant: Grant, now: Moment): void {
    const { ttl, confirmWithin, renewTime } = claim.spec;
    const lives = (ttl ? parseDuration(ttl) : this.kind.ttl) ?? 0;
    const confirms = renewTime === undefined && confirmWithin ? parseDuration(confirmWithin) : undefined;
    const since = now.elapsed - grant.alive;
    const why = claim.status?.conditions?.find(({ type }) => type === 'Granted')?.reason;
    const early =
      why === 'Preempted'
        ? this.kind.gracePeriod > 0 &&
          now.elapsed - (grant.revokedAt ?? Number.POSITIVE_INFINITY) < this.kind.gracePeriod
        : why === 'OwnerFinished'
          ? this.owners.get(uid) !== 'finished'
          : since < Math.min(lives, confirms ?? lives);
    if (early) throw new Error(`the hold of ${uid} ended early: ${why} after ${since} ms`);
  }
}

function heldIn({ resource, claims }: Snapshot): { weight: number; uids: Set<string> } {
  const uids = new Set<string>();
  for (const { uid } of resource?.status?.intents ?? []) {
    const claim = claims.get(uid);
    if (claim && isPending(claim)) uids.add(uid);
  }
  for (const [uid, { status }] of claims) if (status?.phase === 'Granted') uids.add(uid);
  const weights = [...uids].map((uid) => weightOf(claims.get(uid)?.spec));
  return { weight: weights.reduce((sum, weight) => sum + weight, 0), uids };
}

const weightOf = (spec: AnyClaim['spec'] | undefined): number => (spec && 'weight' in spec ? spec.weight : 1);
const phaseOf = (claim: AnyClaim | undefined): ClaimPhase => claim?.status?.phase ?? 'Pending';
export const isPending = (claim: AnyClaim): boolean => phaseOf(claim) === 'Pending';
const isOpen = (claim: AnyClaim): boolean => isPending(claim) || phaseOf(claim) === 'Granted';
