import type { Arrival } from '../api/arrival.ts';
import { type Barrier, MAX_UNTOLD_ARRIVALS } from '../api/barrier.ts';
import { type Arriving, arrivingOf, byAge, isForeign, isLeftOver, isLive } from './arrival.ts';
import { type Answered, answerTo } from './arrival-answer.ts';
import { type ArrivalRefusal, aheadPatches, deniedPatch, recordedPatch } from './arrival-patches.ts';
import { type BarrierPhase, currentGeneration, type Generation, nextGeneration } from './barrier-generation.ts';
import { type BarrierStatus, type Count, type Counted, statusOf } from './barrier-status.ts';
import type { ClaimFacts } from './claim.ts';
import { KEEP_FOR } from './collect.ts';
import type { ClaimPatch, Decision } from './decision.ts';
import { earliest, type Moment } from './moment.ts';
import { swapTo } from './swap.ts';
import type { GoneBy } from './watermark.ts';

/** Everything the rule looks at. */
export interface BarrierView {
  readonly barrier: Barrier;
  /** All that name the barrier, as new as its watermark asks for. */
  readonly arrivals: readonly Arrival[];
  readonly facts: (arrival: Arrival) => ClaimFacts;
  /** Not said: of none. */
  readonly goneBy?: GoneBy | undefined;
  /** When this operator first saw the barrier in the generation that it has. */
  readonly since: Moment;
  /**
   * Every Arrival made up to then, on the monotonic clock, is known. Time is up only when nobody who came before the
   * deadline can have been overlooked. Not said: the operator vouches for now.
   */
  readonly completeUntil?: number | undefined;
  readonly now: Moment;
}

/** How soon to look again while it is not known that everybody has been seen. */
const LOOK_AGAIN_AFTER = 1_000;

/** What must happen to a barrier and its arrivals now, and when to look again. */
export function decideBarrier(view: BarrierView): Decision<BarrierStatus> {
  const { barrier, since, goneBy, now } = view;
  const everybody = view.arrivals.map((arrival) => arrivingOf(arrival, view.facts(arrival))).toSorted(byAge);
  const foreign = everybody.filter((arrival) => isForeign(arrival, barrier.metadata));
  const known = new Set(foreign);
  const arrivals = everybody.filter((arrival) => !known.has(arrival));

  const { generation, answered, untold } = answerAll(arrivals, currentGeneration(barrier, since), barrier, now);
  // only a cyclic barrier could mistake one generation's arrival for the next's: it notes whom it has yet to tell
  const room = generation.cyclic ? MAX_UNTOLD_ARRIVALS - untold.length : Number.POSITIVE_INFINITY;
  const taken = toCount(answered, generation.number).slice(0, Math.max(0, room));
  const count = countOf(generation, answered, taken);
  const phase = phaseNow(generation, count, view);

  const begun = generation.number !== barrier.status?.generation;
  const status = statusOf({ barrier, generation, phase, count, untold, taken, arrivals, goneBy, now });
  const due = generation.deadline?.elapsed;
  const isStalled = phase === 'Waiting' && due !== undefined && now.elapsed >= due;
  const collectables = collectAts(answered, generation.number, begun ? now : since);

  return {
    revoke: [],
    swap: swapTo(status, barrier.status, {
      urgent: begun || phase !== barrier.status?.phase,
      fences: taken.length > 0,
    }),
    announce: [
      ...[...untold, ...taken].map(([arrival, number]) => recordedPatch(arrival, number, barrier.metadata.uid, now)),
      ...answerPatches(answered, phase, barrier, now),
    ],
    collect: [
      ...foreign.filter((arrival) => isLeftOver(arrival, barrier.metadata)),
      ...collectables.filter(([, at]) => now.elapsed >= at).map(([arrival]) => arrival),
    ]
      .map(({ metadata }) => metadata)
      .filter(({ deletionTimestamp }) => deletionTimestamp === undefined),
    wakeAt: earliest(
      isStalled ? now.elapsed + LOOK_AGAIN_AFTER : phase === 'Waiting' ? due : undefined,
      // who came too late for the generation that opened just now is answered by what is true then
      phase === 'Open' && only('overdue', answered).length > 0 ? now.elapsed : undefined,
      ...collectables.map(([, at]) => at).filter((at) => at > now.elapsed),
    ),
    ...(isStalled && { catchUp: true }),
  };
}

/** Answers everybody; the first arrival of the next generation begins it, so that until then all can see it open. */
function answerAll(arrivals: readonly Arriving[], current: Generation, barrier: Barrier, now: Moment) {
  const answers = arrivals.map((arrival): Answered => ({ arrival, answer: answerTo(arrival, current) }));
  const untold = answers.flatMap(({ arrival, answer }): Counted[] =>
    answer.is === 'counted' && arrival.status?.phase === undefined ? [[arrival, answer.generation]] : [],
  );
  // the next one would count who is late for this one, unless that is noted first
  const begins =
    untold.length + only('straggler', answers).length < MAX_UNTOLD_ARRIVALS && only('next', answers).length > 0;
  const answered = answers.map(
    (one): Answered => (begins && one.answer.is === 'next' ? { arrival: one.arrival, answer: { is: 'new' } } : one),
  );
  return { untold, answered, generation: begins ? nextGeneration(barrier, current, now) : current };
}

/** Who counts from now on, stragglers first. */
const toCount = (answered: readonly Answered[], current: number): Counted[] => [
  ...answered.flatMap(({ arrival, answer }): Counted[] =>
    answer.is === 'straggler' ? [[arrival, answer.generation]] : [],
  ),
  ...only('new', answered).map((arrival): Counted => [arrival, current]),
];

/**
 * Distinct holders, in the order in which they were counted. Who is remembered counts, whatever became of the Arrival;
 * not so while it waits for live ones. The status names the first thousand: of a Sticky barrier with more, an Arrival
 * that is deleted before it opens keeps its place in `arrived`, but cannot be told from the next new holder. So the
 * number never falls, and then may lag behind: it opens late, never early. Keep such Arrivals until it has opened.
 */
function countOf(generation: Generation, answered: readonly Answered[], taken: readonly Counted[]): Count {
  const { live, phase, number, remembered } = generation;
  const onlyLive = live && phase === 'Waiting';
  const counted = answered
    .filter(({ answer }) => (answer.is === 'counted' || answer.is === 'late') && answer.generation === number)
    .map(({ arrival }) => arrival)
    .filter((arrival) => !onlyLive || isLive(arrival));
  const joined = taken.filter(([, generation]) => generation === number).map(([arrival]) => arrival);
  const holders = new Set([...(onlyLive ? [] : remembered), ...[...counted, ...joined].map(({ holder }) => holder)]);
  return { holders: [...holders], arrived: onlyLive ? holders.size : Math.max(generation.arrived, holders.size) };
}

/** Once out of Waiting, never back. Whoever came in time wins against the deadline, even in the same look. */
function phaseNow({ phase, needed, deadline }: Generation, { arrived }: Count, view: BarrierView): BarrierPhase {
  const { barrier, now, completeUntil = now.elapsed } = view;
  if (phase !== 'Waiting') return phase;
  if (arrived >= needed) return 'Open';
  // nothing else makes it impossible: `expected` can be lowered and holders can come back
  if (barrier.metadata.deletionTimestamp !== undefined) return 'Failed';
  return deadline && Math.min(now.elapsed, completeUntil) >= deadline.elapsed ? 'Timeout' : 'Waiting';
}

function answerPatches(answered: readonly Answered[], phase: BarrierPhase, barrier: Barrier, now: Moment) {
  const ended: ArrivalRefusal | undefined =
    phase === 'Timeout' ? 'TimedOut' : phase === 'Failed' ? 'BarrierFailed' : undefined;
  return answered.flatMap(({ arrival, answer }): ClaimPatch[] => {
    switch (answer.is) {
      case 'late':
        return [recordedPatch(arrival, answer.generation, barrier.metadata.uid, now)];
      case 'refused':
        return [deniedPatch(arrival, answer.why, now)];
      case 'overdue':
        return ended ? [deniedPatch(arrival, ended, now)] : [];
      case 'ahead':
        return aheadPatches([arrival], now);
      default:
        return [];
    }
  });
}

/** Arrivals that nobody looks at any more: refused, or counted for a generation that is over. */
function collectAts(answered: readonly Answered[], generation: number, since: Moment): [Arriving, number][] {
  return answered.flatMap(({ arrival, answer }): [Arriving, number][] => {
    const { phase } = arrival.seen;
    if (answer.is === 'over') return [[arrival, phase.elapsed + KEEP_FOR]];
    if (answer.is !== 'counted' || answer.generation >= generation || arrival.status?.phase === undefined) return [];
    return [[arrival, Math.max(phase.elapsed, since.elapsed) + KEEP_FOR]];
  });
}

const only = (is: Answered['answer']['is'], answered: readonly Answered[]): Arriving[] =>
  answered.filter(({ answer }) => answer.is === is).map(({ arrival }) => arrival);
