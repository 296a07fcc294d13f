import { type Arriving, isLive } from './arrival.ts';
import type { ArrivalRefusal } from './arrival-patches.ts';
import type { Generation } from './barrier-generation.ts';

/** What an Arrival is to the generation that is decided about. */
export type Answer =
  /** It counts, and has been told or will be: nothing changes that. */
  | { readonly is: 'counted'; readonly generation: number }
  /** It counts from now on. */
  | { readonly is: 'new' }
  /** Its generation has opened without it: it succeeds all the same. */
  | { readonly is: 'late'; readonly generation: number }
  /** The same, and nothing but a note of it keeps it from counting for the next generation as well. */
  | { readonly is: 'straggler'; readonly generation: number }
  /** It begins the next generation. */
  | { readonly is: 'next' }
  /** It came after the deadline, and nobody has said yet that time is up. */
  | { readonly is: 'overdue' }
  /** Its generation has not begun. */
  | { readonly is: 'ahead' }
  | { readonly is: 'refused'; readonly why: ArrivalRefusal }
  /** It was refused before. */
  | { readonly is: 'over' };

export interface Answered {
  readonly arrival: Arriving;
  readonly answer: Answer;
}

export function answerTo(arrival: Arriving, generation: Generation): Answer {
  const { status, metadata, asked } = arrival;
  const { number, phase } = generation;
  if (status?.phase === 'Denied') return { is: 'over' };
  if (status?.phase === 'Recorded') return { is: 'counted', generation: status.generation ?? 1 };
  const intended = generation.intents.get(metadata.uid);
  if (intended !== undefined) return { is: 'counted', generation: intended };

  if (!arrival.allowed) return { is: 'refused', why: 'NotAllowed' };
  if (asked !== undefined && asked < number) return { is: 'late', generation: asked };
  if (asked !== undefined && asked > number) return answerToFuture(arrival, generation);
  if (phase === 'Waiting') return answerWhileWaiting(arrival, generation);
  if (phase === 'Open') return answerWhileOpen(arrival, generation);
  // who was counted before it failed, and was not told, has arrived; but nothing more will come of it
  if (generation.remembered.has(arrival.holder)) return { is: 'late', generation: number };
  return { is: 'refused', why: phase === 'Timeout' ? 'TimedOut' : 'BarrierFailed' };
}

function answerToFuture(arrival: Arriving, { number, phase, cyclic, live }: Generation): Answer {
  if (!cyclic || phase === 'Timeout' || phase === 'Failed') return { is: 'refused', why: 'NoSuchGeneration' };
  // not refused, however far ahead: an operator that is behind cannot tell what has begun since
  return phase === 'Open' && arrival.asked === number + 1 ? beginNext(arrival, live) : { is: 'ahead' };
}

const beginNext = (arrival: Arriving, live: boolean): Answer =>
  live && !isLive(arrival) ? { is: 'refused', why: 'OwnerFinished' } : { is: 'next' };

function answerWhileWaiting(arrival: Arriving, { live, deadline, madeInTime }: Generation): Answer {
  if (live && !isLive(arrival)) return { is: 'refused', why: 'OwnerFinished' };
  // made in time or seen in time: the server's clock and ours need not agree, and neither is held against it
  const isMadeInTime = arrival.madeAt <= Math.max(deadline?.wall ?? 0, madeInTime ?? 0);
  return !deadline || arrival.seen.first.elapsed <= deadline.elapsed || isMadeInTime
    ? { is: 'new' }
    : { is: 'overdue' };
}

/**
 * At an open cyclic barrier, whoever names no generation begins the next one, unless it was on its way when the barrier
 * opened without it. Creation times have a grain of a second: within it, one that was still expected counts as on its way.
 */
function answerWhileOpen(arrival: Arriving, generation: Generation): Answer {
  const { cyclic, number, remembered, arrived, expected, openedAt } = generation;
  const straggles = !remembered.has(arrival.holder) && arrived < expected && arrival.madeAt <= openedAt;
  if (!cyclic || arrival.asked === number) return { is: 'late', generation: number };
  if (straggles) return { is: 'straggler', generation: number };
  return beginNext(arrival, generation.live);
}
