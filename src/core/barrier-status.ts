import { type Barrier, MAX_LISTED_ARRIVALS } from '../api/barrier.ts';
import type { Arriving } from './arrival.ts';
import type { BarrierPhase, Generation } from './barrier-generation.ts';
import { conditionsOf, type Finding } from './conditions.ts';
import { type Moment, writtenAt } from './moment.ts';
import { type GoneBy, watermarkAfter } from './watermark.ts';

export type BarrierStatus = NonNullable<Barrier['status']>;

/** Who has arrived in a generation. */
export interface Count {
  /** As far as they are known by name. */
  readonly holders: readonly string[];
  readonly arrived: number;
}

/** An Arrival, and the generation it counts for. */
export type Counted = readonly [arrival: Arriving, generation: number];

export interface BarrierOutcome {
  readonly barrier: Barrier;
  readonly generation: Generation;
  readonly phase: BarrierPhase;
  readonly count: Count;
  /** Counted before, and not told yet. */
  readonly untold: readonly Counted[];
  /** Counted now. */
  readonly taken: readonly Counted[];
  readonly arrivals: readonly Arriving[];
  readonly goneBy?: GoneBy | undefined;
  readonly now: Moment;
}

export function statusOf(outcome: BarrierOutcome): BarrierStatus {
  const { barrier, generation, phase, count, now } = outcome;
  const { metadata, status: before } = barrier;
  const opens = phase === 'Open' && generation.phase !== 'Open';
  const openedAt = opens ? writtenAt(now, now.elapsed) : phase === 'Open' ? before?.openedAt : undefined;
  const intents = intentsOf(outcome);
  const watermark = watermarkAfter(barrier, outcome.arrivals, outcome.goneBy);
  return {
    arrived: count.arrived,
    arrivals: count.holders.slice(0, MAX_LISTED_ARRIVALS),
    phase,
    ...(openedAt && { openedAt }),
    generation: generation.number,
    startedAt: generation.startedAt,
    ...(intents.length > 0 && { intents }),
    ...(watermark && { watermark }),
    ...(metadata.generation !== undefined && { observedGeneration: metadata.generation }),
    conditions: conditionsOf(findings(generation, phase, count), before?.conditions, metadata.generation, now),
  };
}

/** For which generation an arrival was counted must outlive a crash between the swap and the telling. */
function intentsOf({ generation, untold, taken }: BarrierOutcome) {
  const noted = generation.cyclic ? [...untold, ...taken] : untold;
  return noted.map(([{ metadata }, number]) => ({ uid: metadata.uid, generation: number }));
}

function findings({ expected, needed }: Generation, phase: BarrierPhase, { arrived }: Count): Finding[] {
  const quorum = needed < expected ? `; ${needed} are enough` : '';
  const message = `${arrived} of ${expected} have arrived${quorum}`;
  const closed = (reason: string, why: string): Finding[] => [
    { type: 'Open', status: 'False', reason, message: `${why}: ${message}` },
    { type: 'Ready', status: 'False', reason, message: 'it is closed for good: delete it and make it anew' },
  ];
  const ready: Finding = { type: 'Ready', status: 'True', reason: 'BarrierReady', message: 'arrivals are counted' };
  switch (phase) {
    case 'Open':
      return [{ type: 'Open', status: 'True', reason: 'QuorumReached', message }, ready];
    case 'Waiting':
      return [{ type: 'Open', status: 'False', reason: 'Waiting', message }, ready];
    case 'Timeout':
      return closed('TimedOut', 'too few came in time');
    case 'Failed':
      return closed('Failed', 'it was deleted or given up');
  }
}
