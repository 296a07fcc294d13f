import type { ClaimRecord, NewGrant, Step } from '../ledger.ts';
import { admits, phaseOf, priorityOf, span, weightOf } from '../objects.ts';
import type { Check } from './queue.ts';

/** From then on whoever waits may go before a higher priority. */
const PATIENCE = 600_000;

/**
 * Who arrived earlier with no lower a priority is not passed, unless it may be: it asks for more than the other where
 * lighter ones may pass, or can get nothing at all.
 */
export const nobodyIsPassed: Check = (step) => {
  for (const grant of step.grants) {
    const passed = [...step.queue.claims.values()].find((other) => isPassedBy(other, grant, step));
    if (passed) return `${grant.record.object.metadata.name} was granted before ${passed.object.metadata.name}`;
  }
  return undefined;
};

function isPassedBy(waiter: ClaimRecord, { record: winner }: NewGrant, step: Step): boolean {
  const { queue, at, is } = step;
  const { resource } = queue;
  if (!resource || waiter.isGone || winner.isGone || waiter === winner) return false;
  if (phaseOf(waiter.object) !== 'Pending' || is.uids.has(waiter.uid) || queue.refused.has(waiter.uid)) return false;
  // whoever knows the winner knows all who came before it
  if (waiter.bornVersion > winner.bornVersion || waiter.lostPlace || !canBeGranted(waiter, step)) return false;
  const [one, other] = [priorityOf(waiter.object, resource), priorityOf(winner.object, resource)];
  if (one < other) return false;
  if (one > other && at - winner.bornAt >= PATIENCE) return false;
  const isStrict = !('ordering' in resource.spec) || resource.spec.ordering === 'Strict';
  return isStrict || weightOf(waiter.object) <= weightOf(winner.object);
}

/** Whether it can get anything at all, as far as is known for certain. */
export function canBeGranted(
  waiter: ClaimRecord,
  { queue: { resource }, at, owners }: Pick<Step, 'queue' | 'at' | 'owners'>,
): boolean {
  const { metadata, spec } = waiter.object;
  if (!resource || resource.metadata.deletionTimestamp || metadata.deletionTimestamp) return false;
  if (!admits(resource, metadata.namespace)) return false;
  if ('permits' in resource.spec && weightOf(waiter.object) > resource.spec.permits) return false;
  if (metadata.ownerReferences?.some(({ uid }) => owners.has(uid))) return false;
  const timeout = span(spec.timeout);
  return timeout === undefined || at - waiter.bornAt < timeout;
}
