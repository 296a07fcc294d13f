import { MAX_UNTOLD_CLAIMS } from '../api/claim.ts';
import type { Claim } from './claim.ts';
import { type Ending, endingOf, endsAt, type Hold, holdsOf, type Intent, weightOf } from './hold.ts';
import { earliest, type Moment, writtenAt } from './moment.ts';
import { byArrival, inTurn, lineUp, mayBePassed, overdueAt } from './order.ts';
import { outranks, type Preemption, takenAt } from './preemption.ts';
import { type Refusal, type RefusalNote, type Refused, refusalsOf } from './refusal.ts';

/** Everything the rules of a queue look at: the same for a semaphore and for a lease, which has room for one. */
export interface Queue {
  readonly capacity: number;
  readonly ordering: 'Strict' | 'BestEffort';
  readonly maxWaiters: number;
  /** How long a claim waits before its priority counts no more; without end where a higher priority may take anyway. */
  readonly patience: number;
  /** Being deleted: grants nothing more and sends waiters away. */
  readonly closing: boolean;
  /** The highest token granted so far. */
  readonly token: number;
  readonly intents: readonly Intent[];
  /** Refusals that an earlier swap has decided, whoever made it. */
  readonly refusals: readonly RefusalNote[];
  readonly claims: readonly Claim[];
  /**
   * Set where a higher priority may take from a lower one. What it takes needs no reservation: without patience the
   * order is by priority alone, so nobody of a lower one is asked before whoever the room was made for.
   */
  readonly preemption?: Preemption | undefined;
  readonly now: Moment;
}

export interface Ended {
  readonly hold: Hold;
  readonly why: Ending;
}

/** What became of everybody. */
export interface Outcome {
  /** Holds that go on, without the new ones. */
  readonly holds: readonly Hold[];
  readonly ended: readonly Ended[];
  readonly granted: readonly Hold[];
  /** Refused now. */
  readonly refused: readonly Refused[];
  /** Refused by an earlier swap, and not told yet. */
  readonly refusedBefore: readonly Refused[];
  /** Who waits on, the next one first. */
  readonly waiting: readonly Claim[];
  readonly token: number;
  readonly wakeAt: number | undefined;
}

/**
 * A refusal hangs on a swap as a grant does: without it, an operator that has not seen another's swap would send away
 * whom that has granted, and who may be working by now. And it is noted there until its claim says so: else another
 * operator could grant in between.
 */
export const fences = ({ granted, refused }: Outcome): boolean => granted.length > 0 || refused.length > 0;

/** Who holds on, who is out, who is next: the rules that a semaphore and a lease share. */
export function arbitrate(queue: Queue): Outcome {
  const { now, claims, intents } = queue;
  const all = holdsOf(claims, intents);
  const held = new Set(all.map(({ claim }) => claim));
  const unheld = claims.filter((claim) => claim.phase === 'Pending' && !held.has(claim));
  const refusedBefore = refusalsOf(unheld, queue.refusals);
  const pending = without(unheld, refusedBefore).filter(
    ({ leaving, unwritableUntil }) => !leaving && unwritableUntil === undefined,
  );
  const hopeless = refuse(pending, (claim) => neverGranted(claim, queue));
  const candidates = without(pending, hopeless);

  const ended = all.flatMap((hold): Ended[] => {
    const why = endingOf(hold, now) ?? (isTaken(hold, candidates, queue) ? 'Preempted' : undefined);
    return why ? [{ hold, why }] : [];
  });
  const over = new Set(ended.map(({ hold }) => hold));
  const holds = all.filter((hold) => !over.has(hold));

  const { due, patient, refused } = sortOut(candidates, holds, queue);
  const untold = holds.filter(({ intent }) => intent);
  const granted = thatFit(due, untold.length);
  const sentAway = [...hopeless, ...refused];
  const noted = sentAway.slice(0, MAX_UNTOLD_CLAIMS - refusedBefore.length);
  const token = granted.at(-1)?.token ?? queue.token;
  const next = without(
    due.map(({ claim }) => claim),
    granted,
  );
  const isFull = next.length > 0 || noted.length < sentAway.length;
  const makesRoom = [...untold, ...granted, ...refusedBefore, ...noted].some(canBeTold);
  const waiting = [...next, ...inTurn(lineUp(patient, queue.patience, now), token + 1, NOBODY)];
  const goOn = [...holds, ...granted];

  return {
    holds,
    ended,
    granted,
    refused: noted,
    refusedBefore,
    waiting,
    token,
    wakeAt: earliest(
      // the rest follows as soon as these have been told
      isFull && makesRoom ? now.elapsed : undefined,
      ...goOn.map(endsAt),
      ...unheld.map(({ unwritableUntil }) => unwritableUntil),
      ...holds.map((hold) => takenIfAsked(hold, waiting, queue)),
      ...waiting.map(givesUpAt),
      ...(weightOf(goOn) < queue.capacity ? nextOverdue(patient, queue) : []),
    ),
  };
}

const NOBODY: ReadonlySet<Claim> = new Set();

/**
 * Who still finds room in the list. Its end is kept for those who were told something before: nobody else is known to
 * leave it again, and claims that the server lets nobody write would else fill it for good.
 */
function thatFit(due: readonly Hold[], untold: number): Hold[] {
  let used = untold;
  return due.filter(({ claim: { status } }) => {
    const fits = used < MAX_UNTOLD_CLAIMS - (status ? 0 : KEPT_FOR_THE_TOLD);
    if (fits) used++;
    return fits;
  });
}

const KEPT_FOR_THE_TOLD = 64;

const canBeTold = ({ claim: { phase, unwritableUntil } }: { readonly claim: Claim }): boolean =>
  phase !== 'Denied' && unwritableUntil === undefined;

/** Whether it is time, and whoever the room is made for will not have given up before. */
function isTaken(hold: Hold, candidates: readonly Claim[], { preemption, now }: Queue): boolean {
  const time = preemption && takenAt(hold, preemption, now);
  if (time === undefined || now.elapsed < time) return false;
  return candidates.some((claim) => outranks(claim, hold) && (givesUpAt(claim) ?? Number.POSITIVE_INFINITY) >= time);
}

const takenIfAsked = (hold: Hold, waiting: readonly Claim[], { preemption, now }: Queue): number | undefined =>
  preemption && waiting.some((claim) => outranks(claim, hold)) ? takenAt(hold, preemption, now) : undefined;

interface Sorted {
  readonly due: readonly Hold[];
  readonly patient: readonly Claim[];
  readonly refused: readonly Refused[];
}

/** Who is due, who waits on and who is sent away. Who is sent away stands in nobody's way. */
function sortOut(candidates: readonly Claim[], holds: readonly Hold[], queue: Queue): Sorted {
  const due = inRoom(candidates, holds, queue);
  const { patient, refused } = stillWaiting(candidates, due, queue);
  if (refused.length === 0) return { due, patient, refused };
  const rest = sortOut(without(candidates, refused), holds, queue);
  return { ...rest, refused: [...refused, ...rest.refused] };
}

/** Everybody who fits, in turn: never only the first. */
function inRoom(candidates: readonly Claim[], holds: readonly Hold[], queue: Queue): Hold[] {
  const { capacity, ordering, patience, now } = queue;
  const line = lineUp(candidates, patience, now);
  const left = new Set<Claim>();
  const due: Hold[] = [];
  let free = capacity - weightOf(holds);

  while (free > 0) {
    const token = queue.token + due.length + 1;
    const next = firstThatFits(inTurn(line, token, left), free, (claim) => mayBePassed(claim, ordering, now));
    if (!next) break;
    free -= next.weight;
    left.add(next);
    due.push({ claim: next, token, intent: intentFor(next, token, now) });
  }
  return due.map((hold) => ({ ...hold, claim: aliveFrom(hold.claim, now) }));
}

function firstThatFits(turn: Iterable<Claim>, free: number, passable: (claim: Claim) => boolean): Claim | undefined {
  for (const claim of turn) {
    if (claim.weight <= free) return claim;
    if (!passable(claim)) return undefined;
  }
  return undefined;
}

/** Who stays in line and who is sent away. Nobody is who only waits for the next swap, the list of this one being full. */
function stillWaiting(candidates: readonly Claim[], due: readonly Hold[], { maxWaiters, now }: Queue) {
  const got = new Set(due.map(({ claim }) => claim.metadata.uid));
  const left = candidates.filter(({ metadata }) => !got.has(metadata.uid));
  const outOfTime = refuse(left, (claim) => (isOutOfTime(claim, now) ? 'TimedOut' : undefined));
  const patient = without(left, outOfTime).toSorted(byArrival);
  const overflow = patient.slice(maxWaiters).map((claim): Refused => ({ claim, why: 'QueueFull' }));
  return { patient: patient.slice(0, maxWaiters), refused: [...outOfTime, ...overflow] };
}

/** Where something is free, the turn of somebody who is overdue may come by time alone. */
const nextOverdue = (waiting: readonly Claim[], { patience, now }: Queue): number[] =>
  waiting.map((claim) => overdueAt(claim, patience)).filter((time) => time > now.elapsed && Number.isFinite(time));

/** A hold is counted from its grant, however long the claim had waited. */
const aliveFrom = (claim: Claim, now: Moment): Claim => ({
  ...claim,
  seen: { ...claim.seen, alive: now, witnessed: false },
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

function without(claims: readonly Claim[], others: readonly { readonly claim: Claim }[]): Claim[] {
  const gone = new Set(others.map(({ claim }) => claim));
  return claims.filter((claim) => !gone.has(claim));
}
