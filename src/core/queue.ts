import type { Claim } from './claim.ts';
import { type Ending, endingOf, endsAt, type Hold, holdsOf, type Intent, weightOf } from './hold.ts';
import { earliest, type Moment, writtenAt } from './moment.ts';
import { byArrival, inTurn, leave, lineUp, mayBePassed } from './order.ts';

/** Everything the rules of a queue look at: the same for a semaphore and for a lease, which has room for one. */
export interface Queue {
  readonly capacity: number;
  readonly ordering: 'Strict' | 'BestEffort';
  readonly maxWaiters: number;
  /** Being deleted: grants nothing more and sends waiters away. */
  readonly closing: boolean;
  /** The highest token granted so far. */
  readonly token: number;
  readonly intents: readonly Intent[];
  readonly claims: readonly Claim[];
  /** Grants nothing but what is reserved for this claim: a preemption made the room for it. */
  readonly reservedFor?: string | undefined;
  readonly now: Moment;
}

export interface Ended {
  readonly hold: Hold;
  readonly why: Ending;
}

export type Refusal = 'NotAllowed' | 'TooHeavy' | 'TimedOut' | 'QueueFull' | 'Terminating' | 'OwnerFinished';

export interface Refused {
  readonly claim: Claim;
  readonly why: Refusal;
}

/** What became of everybody. */
export interface Outcome {
  /** Holds that go on, without the new ones. */
  readonly holds: readonly Hold[];
  readonly ended: readonly Ended[];
  readonly granted: readonly Hold[];
  readonly refused: readonly Refused[];
  /** Who waits on, the next one first. */
  readonly waiting: readonly Claim[];
  readonly token: number;
  readonly wakeAt: number | undefined;
}

/** As many grants as one swap records: the list of intents has a bound. The rest follows in the next one. */
export const MOST_INTENTS = 256;

/** Who holds on, who is out, who is next: the rules that a semaphore and a lease share. */
export function arbitrate(queue: Queue): Outcome {
  const { now, claims, intents } = queue;
  const all = holdsOf(claims, intents);
  const ended = all.flatMap((hold): Ended[] => {
    const why = endingOf(hold, now);
    return why ? [{ hold, why }] : [];
  });
  const over = new Set(ended.map(({ hold }) => hold));
  const holds = all.filter((hold) => !over.has(hold));
  const held = new Set(all.map(({ claim }) => claim.metadata.uid));
  const pending = claims.filter((claim) => claim.phase === 'Pending' && !held.has(claim.metadata.uid));

  const hopeless = refuse(pending, (claim) => neverGranted(claim, queue));
  const candidates = without(pending, hopeless);
  const granted = grantInTurn(candidates, holds, MOST_INTENTS - all.filter(({ intent }) => intent).length, queue);
  const got = new Set(granted.map(({ claim }) => claim.metadata.uid));
  const left = candidates.filter(({ metadata }) => !got.has(metadata.uid));
  const outOfTime = refuse(left, (claim) => (isOutOfTime(claim, now) ? 'TimedOut' : undefined));
  const patient = without(left, outOfTime).toSorted(byArrival);
  const overflow = patient.slice(queue.maxWaiters).map((claim): Refused => ({ claim, why: 'QueueFull' }));
  const token = queue.token + granted.length;
  const waiting = [...inTurn(lineUp(patient.slice(0, queue.maxWaiters), now), token + 1)];

  return {
    holds,
    ended,
    granted,
    refused: [...hopeless, ...outOfTime, ...overflow],
    waiting,
    token,
    wakeAt: earliest(...[...holds, ...granted].map(endsAt), ...waiting.map(givesUpAt)),
  };
}

/** Grants everybody who fits, in turn: never only the first. */
function grantInTurn(candidates: readonly Claim[], holds: readonly Hold[], most: number, queue: Queue): Hold[] {
  const { capacity, ordering, closing, reservedFor, now } = queue;
  if (closing) return [];
  const invited = reservedFor ? candidates.filter(({ metadata }) => metadata.uid === reservedFor) : candidates;
  const granted: Hold[] = [];
  let line = lineUp(invited, now);
  let free = capacity - weightOf(holds);

  while (free > 0 && granted.length < most) {
    const token = queue.token + granted.length + 1;
    const next = firstThatFits(inTurn(line, token), free, (claim) => mayBePassed(claim, ordering, now));
    if (!next) break;
    free -= next.weight;
    line = leave(line, next);
    granted.push({ claim: aliveFrom(next, now), token, intent: intentFor(next, token, now) });
  }
  return granted;
}

function firstThatFits(turn: Iterable<Claim>, free: number, passable: (claim: Claim) => boolean): Claim | undefined {
  for (const claim of turn) {
    if (claim.weight <= free) return claim;
    if (!passable(claim)) return undefined;
  }
  return undefined;
}

/** A hold is counted from its grant, however long the claim had waited. */
const aliveFrom = (claim: Claim, now: Moment): Claim => ({
  ...claim,
  seen: { ...claim.seen, alive: now, witnessed: true },
});

const intentFor = ({ metadata, holder, ttl }: Claim, token: number, now: Moment): Intent => ({
  claim: metadata.name,
  namespace: metadata.namespace ?? '',
  uid: metadata.uid,
  holder,
  token,
  acquiredAt: writtenAt(now, now.elapsed),
  expiresAt: writtenAt(now, now.elapsed + ttl),
});

function neverGranted(claim: Claim, { capacity, closing }: Queue): Refusal | undefined {
  if (!claim.allowed) return 'NotAllowed';
  if (closing) return 'Terminating';
  if (claim.owner === 'finished') return 'OwnerFinished';
  return claim.weight > capacity ? 'TooHeavy' : undefined;
}

/** Undefined when it has all the time in the world. A new operator counts anew: nobody is sent away early. */
const givesUpAt = ({ timeout, seen }: Claim): number | undefined =>
  timeout === undefined ? undefined : seen.first.elapsed + timeout;

const isOutOfTime = (claim: Claim, now: Moment): boolean =>
  now.elapsed >= (givesUpAt(claim) ?? Number.POSITIVE_INFINITY);

const refuse = (claims: readonly Claim[], why: (claim: Claim) => Refusal | undefined): Refused[] =>
  claims.flatMap((claim) => {
    const reason = why(claim);
    return reason ? [{ claim, why: reason }] : [];
  });

function without(claims: readonly Claim[], refused: readonly Refused[]): Claim[] {
  const gone = new Set(refused.map(({ claim }) => claim));
  return claims.filter((claim) => !gone.has(claim));
}
