import type { Arrival } from '../src/api/arrival.ts';
import type { Barrier } from '../src/api/barrier.ts';
import type { Answer, Reply, Sight, Step, StepResource, StepView } from './step.ts';
import { holderOf, isOurs, newClaim, sayTaken } from './step-claim.ts';
import { deadlineOf } from './step-deadline.ts';
import { failed, sayMissing, sayResource, succeeded, waiting } from './step-words.ts';

/** Arrives, waits for it to open, or both. */
export function answerOfBarrier(step: Step, { resource, claim, now }: StepView): Answer {
  if (step.action === 'wait') return only(inTime(step, undefined, now, replyOfBarrier(step, undefined, resource)));
  if (claim === 'unseen') return only(waiting('NotSeen', 'looking for its arrival'));
  if (claim === 'missing') {
    const reply = inTime(step, undefined, now, waiting('NotOpen', `arriving at ${sayResource(step)}`));
    return { reply, writes: reply.is === 'waiting' ? [{ does: 'create', claim: newClaim(step) }] : [] };
  }
  if (claim.kind !== 'Arrival' || !isOurs(step, claim)) return only(failed('NotOurs', sayTaken(step)));
  const barrier = typeof resource === 'string' ? undefined : (resource as Barrier);
  const countedBy = claim.status?.barrierUID;
  if (barrier && countedBy !== undefined && countedBy !== barrier.metadata.uid) {
    const reply = waiting('NotOpen', `${sayResource(step)} was made anew: arriving at the new one`);
    return { reply, writes: claim.metadata.deletionTimestamp ? [] : [{ does: 'delete', claim }] };
  }
  const reply = inTime(step, claim, now, replyOfArrival(step, claim, resource));
  const gaveUp = reply.is === 'failed' && reply.reason === 'TimedOut';
  return { reply, writes: gaveUp ? [{ does: 'delete', claim }] : [] };
}

function replyOfArrival(step: Step, arrival: Arrival, resource: Sight<StepResource>): Reply {
  const { phase, conditions = [] } = arrival.status ?? {};
  if (phase === 'Denied') {
    const why = conditions.find(({ status }) => status === 'False')?.message;
    return failed('Denied', `${holderOf(step)} did not arrive at ${sayResource(step)}${why ? `: ${why}` : ''}`);
  }
  if (phase !== 'Recorded') {
    return resource === 'missing'
      ? waiting('NoSuchResource', sayMissing(step))
      : waiting('NotOpen', `arriving at ${sayResource(step)}`);
  }
  return step.action === 'arrive'
    ? succeeded(outputs(step, arrival, resource), `${holderOf(step)} has arrived at ${sayResource(step)}`)
    : replyOfBarrier(step, arrival, resource);
}

/** Whether it has opened for the generation that is meant: who arrived is not sent back when the next one begins. */
function replyOfBarrier(step: Step, arrival: Arrival | undefined, resource: Sight<StepResource>): Reply {
  if (resource === 'unseen') return waiting('NotSeen', `looking for ${sayResource(step)}`);
  if (resource === 'missing' || resource.kind !== 'Barrier') {
    return waiting('NoSuchResource', sayMissing(step));
  }
  const { phase = 'Waiting', generation = 1, arrived = 0, conditions = [] } = resource.status ?? {};
  const meant = arrival?.status?.generation ?? step.options.generation ?? generation;
  const known = outputs(step, arrival, resource);
  if (generation > meant || (generation === meant && phase === 'Open')) {
    return succeeded(known, `${sayResource(step)} is open`);
  }
  if (phase === 'Failed' || phase === 'Timeout') {
    const why = conditions.find(({ type }) => type === 'Open')?.message;
    return failed('WillNotOpen', `${sayResource(step)} will not open${why ? `: ${why}` : ''}`);
  }
  if (generation < meant) return waiting('NotOpen', `generation ${meant} of ${sayResource(step)} has not begun`);
  const { quorum, expected } = resource.spec;
  return waiting('NotOpen', `waiting for ${sayResource(step)}: ${arrived} of ${quorum ?? expected} have arrived`);
}

function outputs(step: Step, arrival: Arrival | undefined, resource: Sight<StepResource>) {
  const status = typeof resource === 'string' || resource.kind !== 'Barrier' ? undefined : resource.status;
  const generation = arrival?.status?.generation ?? step.options.generation ?? status?.generation;
  // what is said of a later generation is not said of this one
  const isSame = status?.generation === undefined || status.generation === generation;
  return {
    holder: arrival?.spec.holder,
    claim: arrival?.metadata.name,
    acquiredAt: arrival?.status?.arrivedAt,
    openedAt: isSame ? status?.openedAt : undefined,
    arrived: isSame ? status?.arrived : undefined,
    generation,
  };
}

/** A wait that is over in time, or is over. */
function inTime(step: Step, arrival: Arrival | undefined, now: number, reply: Reply): Reply {
  if (reply.is !== 'waiting') return reply;
  const deadline = deadlineOf(step, arrival);
  if (deadline === undefined) return reply;
  if (now < deadline) return { ...reply, lookAgainAt: deadline };
  return failed('TimedOut', `waited ${step.options.timeout} for ${sayResource(step)}, as long as it was to`);
}

const only = (reply: Reply): Answer => ({ reply, writes: [] });
