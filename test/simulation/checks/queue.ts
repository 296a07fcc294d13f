import { CLAIM_MOVES, type ClaimPhase } from '../../../src/api/claim.ts';
import type { Step } from '../ledger.ts';
import { capacityOf, isOpen, phaseOf } from '../objects.ts';

/** What a write broke, in a sentence; undefined when it broke nothing. */
export type Check = (step: Step) => string | undefined;

/** Nothing is ever granted beyond what there is; who holds when it shrinks may go on. */
export const neverOverGranted: Check = ({ queue, was, is }) => {
  const capacity = capacityOf(queue.resource);
  if (is.weight <= Math.max(capacity, was.weight)) return undefined;
  return `${is.weight} are held of ${capacity}: ${[...is.uids].map((uid) => queue.claims.get(uid)?.object.metadata.name)}`;
};

export const staysWhileHeld: Check = ({ write, queue, was }) =>
  write.type === 'DELETED' && write.key === queue.key.split(' ')[1] && write.object.kind === queue.key.split(' ')[0]
    ? was.weight > 0
      ? `it is gone while ${was.weight} are held`
      : undefined
    : undefined;

/** Also over deletion and re-creation under the same name. */
export const tokensGrow: Check = ({ grants, highestBefore }) => {
  let highest = highestBefore;
  for (const { record, token } of grants) {
    if (token <= highest) return `${record.object.metadata.name} got token ${token}, not above ${highest}`;
    highest = token;
  }
  return undefined;
};

/** Who has gone, too. */
export const grantedOnce: Check = ({ grants }) => {
  const twice = grants.find(({ before }) => before);
  return twice && `${twice.record.object.metadata.name} was granted twice: ${twice.before?.token} and ${twice.token}`;
};

/** A refusal is a swap's as well as a grant is: no later one grants the same claim, and it is told nothing without one. */
export const refusedOnce: Check = ({ grants, refused, claim, queue, resourceBefore }) => {
  const again = grants.find(({ record }) => refused.has(record.uid));
  if (again) return `${again.record.object.metadata.name} was refused, and granted`;
  const isDenied = claim && claim.phaseBefore !== 'Denied' && phaseOf(claim.object) === 'Denied';
  if (!isDenied || !resourceBefore || claim.bornVersion < queue.madeAt) return undefined;
  return queue.refused.has(claim.uid) ? undefined : `${claim.object.metadata.name} was told a refusal of no swap`;
};

export const phasesGoOneWay: Check = ({ claim }) => {
  if (!claim) return undefined;
  const [from, to] = [claim.phaseBefore, phaseOf(claim.object)];
  const moves: Partial<Record<string, readonly ClaimPhase[]>> = CLAIM_MOVES;
  return from === to || moves[from]?.includes(to as ClaimPhase)
    ? undefined
    : `${claim.object.metadata.name} went from ${from} to ${to}`;
};

/**
 * A claim is told what was swapped for it, and nothing else. One that was there before its resource may be told by who
 * looked before that: then it is held all the same.
 */
export const toldTheTruth: Check = ({ claim, write, queue }) => {
  if (!claim || write.type === 'DELETED') return undefined;
  const { metadata, status } = claim.object;
  const to = phaseOf(claim.object);
  if (claim.phaseBefore === to) return undefined;
  if (!claim.grant) return to === 'Denied' ? undefined : `${metadata.name} was told ${to} without a grant`;
  if (to === 'Denied' && claim.bornVersion < queue.madeAt) return undefined;
  if (to === 'Denied') return `${metadata.name} holds, and was told that it is refused`;
  return status?.token === claim.grant.token
    ? undefined
    : `${metadata.name} was told token ${status?.token}, and has ${claim.grant.token}`;
};

/** A hold ends by its claim, and never by being dropped from the list of intents. */
export const nothingForgotten: Check = ({ queue, was, is }) => {
  for (const uid of was.uids) {
    const record = queue.claims.get(uid);
    if (record && !record.isGone && isOpen(record.object) && !is.uids.has(uid))
      return `the hold of ${record.object.metadata.name} was forgotten`;
  }
  return undefined;
};
