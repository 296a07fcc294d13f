import type { Arriving } from './arrival.ts';
import { conditionsOf, type Finding } from './conditions.ts';
import type { ClaimPatch } from './decision.ts';
import { type Moment, writtenAt } from './moment.ts';

export type ArrivalRefusal = 'NotAllowed' | 'OwnerFinished' | 'NoSuchGeneration' | 'TimedOut' | 'BarrierFailed';

const REFUSALS: Readonly<Record<ArrivalRefusal, string>> = {
  // the same words for what is missing and what is forbidden: nobody learns what exists elsewhere
  NotAllowed: 'there is no such resource for this namespace',
  OwnerFinished: 'its owner has finished, and only those still there count',
  NoSuchGeneration: 'the barrier will not have this generation',
  TimedOut: 'the barrier timed out before',
  BarrierFailed: 'the barrier can not open any more',
};

/** Tells an Arrival that it counts, for which generation, and of which barrier. */
export function recordedPatch(arrival: Arriving, generation: number, barrierUID: string, now: Moment): ClaimPatch {
  const message = `it counts for generation ${generation}`;
  return patch(
    arrival,
    now,
    { type: 'Recorded', status: 'True', reason: 'Recorded', message },
    {
      phase: 'Recorded',
      arrivedAt: writtenAt(now, now.elapsed),
      generation,
      barrierUID,
    },
  );
}

export const deniedPatch = (arrival: Arriving, why: ArrivalRefusal, now: Moment): ClaimPatch =>
  patch(arrival, now, { type: 'Recorded', status: 'False', reason: why, message: REFUSALS[why] }, { phase: 'Denied' });

/** Says once why nothing happens: who names a generation by mistake would wait without a word. */
export function aheadPatches(arrivals: readonly Arriving[], now: Moment): ClaimPatch[] {
  const untold = arrivals.filter(({ status }) => !status?.conditions?.some(({ reason }) => reason === 'Ahead'));
  return untold.map((arrival) => {
    const message = `generation ${arrival.asked} has not begun`;
    return patch(arrival, now, { type: 'Recorded', status: 'False', reason: 'Ahead', message }, {});
  });
}

function patch(
  { metadata, status }: Arriving,
  now: Moment,
  finding: Finding,
  told: Readonly<Record<string, unknown>>,
): ClaimPatch {
  const { generation } = metadata;
  return {
    claim: metadata,
    status: {
      ...told,
      ...(generation !== undefined && { observedGeneration: generation }),
      conditions: conditionsOf([finding], status?.conditions, generation, now),
    },
    reason: finding.reason,
    message: finding.message,
  };
}
