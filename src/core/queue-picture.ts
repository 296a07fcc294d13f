import type { Lease } from '../api/lease.ts';
import type { LeaseRequest } from '../api/lease-request.ts';
import type { Permit } from '../api/permit.ts';
import type { Semaphore } from '../api/semaphore.ts';
import { parseTime } from '../api/time.ts';
import { type Claim, type ClaimFacts, claimOf } from './claim.ts';
import { expectedTimes } from './forecast.ts';
import { expiryOf, type Hold, highestToken, holdsOf, weightOf } from './hold.ts';
import { patienceOf, termsOf as termsOfRequest } from './lease.ts';
import type { Moment } from './moment.ts';
import { inTurn, type Line, lineUp, mayBePassed, PATIENCE } from './order.ts';
import { isRevoked } from './preemption.ts';
import { termsOf as termsOfPermit } from './semaphore.ts';

/** Who holds and who waits, of a Semaphore or a Lease. Times are wall-clock milliseconds. */
export interface QueuePicture {
  readonly kind: 'Semaphore' | 'Lease';
  readonly name: string;
  readonly namespace: string | undefined;
  readonly capacity: number;
  /** The weight that is held. */
  readonly inUse: number;
  readonly free: number;
  /** Being deleted: grants nothing more. */
  readonly isClosing: boolean;
  /** The oldest first. */
  readonly holds: readonly HeldBy[];
  /** In the order in which they will be asked. */
  readonly waiting: readonly WaitingClaim[];
  /** How long a hold has lasted of late, when that could be seen. */
  readonly usualHold: number | undefined;
  readonly now: number;
}

export interface HeldBy {
  readonly claim: string;
  readonly namespace: string | undefined;
  readonly uid: string;
  readonly holder: string;
  readonly weight: number;
  readonly priority: number;
  /** 0 when nothing says which any more. */
  readonly token: number;
  readonly since: number | undefined;
  /** When it ends unless it is renewed. */
  readonly until: number | undefined;
  /** By whom it is kept: the holder renews it, or its owner's life does. */
  readonly keptBy: 'Client' | 'Owner';
  /** When it was asked to let go for a higher priority, if it was. */
  readonly askedToLeaveAt: number | undefined;
}

export interface WaitingClaim {
  readonly claim: string;
  readonly namespace: string | undefined;
  readonly uid: string;
  readonly holder: string;
  readonly weight: number;
  readonly priority: number;
  /** 1 is next. */
  readonly position: number;
  readonly since: number;
  /** When it gives up. */
  readonly givesUpAt: number | undefined;
  readonly why: WhyWaiting;
  /** When its turn may come, judged by how long holds have lasted; undefined when nothing tells. */
  readonly expectedAt: number | undefined;
}

/** `Next`: there is room, and the operator is about to grant it. */
export type WhyWaiting = 'Next' | 'NoRoom' | 'Behind' | 'TooHeavy' | 'Closing';

/** The order and the holds are the engine's own rules, over what the API server shows to everybody. */
export function queuePicture(
  resource: Semaphore | Lease,
  objects: readonly (Permit | LeaseRequest)[],
  now: number,
): QueuePicture {
  const { metadata, status } = resource;
  const { capacity, ordering, patience } = rulesOf(resource);
  const moment: Moment = { wall: now, elapsed: now };
  const claims = objects.map((object) => claimOf(object, seenFromOutside(object), termsOf(object, resource)));
  const all = holdsOf(claims, status?.intents ?? []);
  const held = new Set(all.map(({ claim }) => claim));
  const refused = new Set(status?.refusals?.map(({ uid }) => uid));
  const pending = claims.filter(
    (claim) => claim.phase === 'Pending' && !claim.leaving && !held.has(claim) && !refused.has(claim.metadata.uid),
  );
  const token = highestToken(status, all, Number(metadata.resourceVersion));
  const order = orderOf(lineUp(pending, patience, moment), token + 1);
  const inUse = weightOf(all);
  const free = Math.max(0, capacity - inUse);
  const isClosing = metadata.deletionTimestamp !== undefined;
  const holds = all.toSorted((a, b) => a.token - b.token).map(heldBy);
  const usualHold = usualHoldOf(holds);
  const reasons = reasonsFor(order, { free, capacity, isClosing }, (claim) => mayBePassed(claim, ordering, moment));
  const forecast = expectedTimes({ capacity, holds, waiting: order, usualHold, now });
  return {
    kind: resource.kind,
    name: metadata.name,
    namespace: metadata.namespace,
    capacity,
    inUse,
    free,
    isClosing,
    holds,
    waiting: order.map((claim, index) => ({
      ...identityOf(claim),
      position: index + 1,
      since: claim.seen.first.wall,
      givesUpAt: claim.timeout === undefined ? undefined : claim.seen.first.wall + claim.timeout,
      why: reasons[index] ?? 'NoRoom',
      expectedAt: isClosing || reasons[index] === 'TooHeavy' ? undefined : forecast[index],
    })),
    usualHold,
    now,
  };
}

const rulesOf = (resource: Semaphore | Lease) =>
  resource.kind === 'Lease'
    ? { capacity: 1, ordering: 'Strict' as const, patience: patienceOf(resource) }
    : { capacity: resource.spec.permits, ordering: resource.spec.ordering, patience: PATIENCE };

const termsOf = (object: Permit | LeaseRequest, resource: Semaphore | Lease) =>
  resource.kind === 'Lease'
    ? termsOfRequest(object as LeaseRequest, resource)
    : termsOfPermit(object as Permit, resource);

/** What an operator knows by having watched, everybody else takes from what is written. */
function seenFromOutside({ metadata, status }: Permit | LeaseRequest): ClaimFacts {
  const first = momentOf(metadata.creationTimestamp);
  const alive = status?.acquiredAt === undefined ? first : momentOf(status.acquiredAt);
  return { seen: { first, alive, witnessed: false, phase: alive }, owner: 'none', allowed: true };
}

function momentOf(time: string): Moment {
  const wall = parseTime(time);
  return { wall, elapsed: wall };
}

/** Who gets the grants to come, one after the other: each is decided with its own token. */
function orderOf(line: Line, firstToken: number): readonly Claim[] {
  if (line.overdue.length === 0) return line.byPriority;
  const left = new Set<Claim>();
  for (const [index] of line.byPriority.entries()) {
    const { value } = inTurn(line, firstToken + index, left).next();
    if (value) left.add(value);
  }
  return [...left];
}

interface Room {
  readonly free: number;
  readonly capacity: number;
  readonly isClosing: boolean;
}

function reasonsFor(order: readonly Claim[], room: Room, passable: (claim: Claim) => boolean): WhyWaiting[] {
  let { free } = room;
  let isBlocked = false;
  return order.map((claim): WhyWaiting => {
    if (room.isClosing) return 'Closing';
    if (claim.weight > room.capacity) return 'TooHeavy';
    if (isBlocked) return claim.weight <= free ? 'Behind' : 'NoRoom';
    if (claim.weight <= free) {
      free -= claim.weight;
      return 'Next';
    }
    isBlocked = !passable(claim);
    return 'NoRoom';
  });
}

function heldBy(hold: Hold): HeldBy {
  const { claim, token, intent } = hold;
  const since = intent?.acquiredAt ?? claim.status?.acquiredAt;
  const until = expiryOf(hold);
  const asked = claim.status?.conditions?.find(({ type }) => type === 'RevocationRequested');
  return {
    ...identityOf(claim),
    token,
    since: since === undefined ? undefined : parseTime(since),
    until: until === undefined ? undefined : parseTime(until),
    keptBy: claim.ownerRenews ? 'Owner' : 'Client',
    askedToLeaveAt: isRevoked(claim.status) && asked ? parseTime(asked.lastTransitionTime) : undefined,
  };
}

const identityOf = ({ metadata, holder, weight, priority }: Claim) => ({
  claim: metadata.name,
  namespace: metadata.namespace,
  uid: metadata.uid,
  holder,
  weight,
  priority,
});

/**
 * Tokens count grants: between the oldest and the newest of the present holds there were so many, in so much time, and
 * as many holders at once as now. One hold alone tells nothing.
 */
function usualHoldOf(holds: readonly HeldBy[]): number | undefined {
  const [oldest, newest] = [holds[0], holds.at(-1)];
  if (oldest?.since === undefined || newest?.since === undefined || oldest.token === 0) return undefined;
  const grants = newest.token - oldest.token;
  const elapsed = newest.since - oldest.since;
  // grants in a row filled an empty semaphore: nobody has let go yet
  return grants < holds.length || elapsed <= 0 ? undefined : (elapsed / grants) * holds.length;
}
