import { CLAIM_MOVES, type ClaimPhase } from '../../src/api/claim.ts';
import { parseDuration } from '../../src/api/duration.ts';
import type { Permit } from '../../src/api/permit.ts';
import type { Semaphore } from '../../src/api/semaphore.ts';

/** What is held by the words of the objects alone: claims that say so, and intents whose claim is still in line. */
export function heldBy(semaphore: Semaphore, permits: readonly Permit[]) {
  const mine = permits.filter(({ spec }) => spec.semaphore === semaphore.metadata.name);
  const intents = new Set(semaphore.status?.intents?.map(({ uid }) => uid));
  const holding = mine.filter(
    (permit) => phaseOf(permit) === 'Granted' || (phaseOf(permit) === 'Pending' && intents.has(permit.metadata.uid)),
  );
  return {
    weight: holding.reduce((sum, { spec }) => sum + spec.weight, 0),
    uids: holding.map(({ metadata }) => metadata.uid),
  };
}

/** How a permit's phase changed, if it did. */
export function moveOf(before: Permit | undefined, after: Permit) {
  const [from, to] = [phaseOf(before), phaseOf(after)];
  if (from === to) return undefined;
  const moves: Partial<Record<ClaimPhase, readonly ClaimPhase[]>> = CLAIM_MOVES;
  return { from, to, isBackwards: !moves[from]?.includes(to) };
}

export const isOpen = (permit: Permit): boolean => ['Pending', 'Granted'].includes(phaseOf(permit));

/**
 * By how much a hold was taken before its time. Its holder counts from before it sent its last renewal, or from the
 * grant; the decision to take it carries its own time. All clocks are this machine's.
 */
export function endedEarly({ metadata, spec, status }: Permit, grantedAt: number | undefined): number | undefined {
  if (grantedAt === undefined) return Number.POSITIVE_INFINITY;
  const alive = Math.max(grantedAt, spec.renewTime ? Date.parse(spec.renewTime) : 0);
  const due = alive + (parseDuration(spec.ttl ?? '') ?? 0);
  const changedAt = status?.conditions?.find(({ type }) => type === 'Granted')?.lastTransitionTime;
  const told = Date.parse(changedAt ?? '');
  // who was told to wait, and never of its grant, was not granted before and is not after: that is no transition
  const decidedAt = told < grantedAt ? lastWritten(metadata) : told;
  const early = due - decidedAt;
  return early <= GRAIN ? undefined : early;
}

/** The end of the second in which the API server took the last write: it notes no finer. */
const lastWritten = (metadata: Permit['metadata']): number => {
  const { managedFields = [] } = metadata as { readonly managedFields?: readonly { readonly time?: string }[] };
  return Math.max(...managedFields.map(({ time }) => Date.parse(time ?? ''))) + 999;
};

/** Times are written in whole milliseconds. */
const GRAIN = 1;

const phaseOf = (permit: Permit | undefined): ClaimPhase => permit?.status?.phase ?? 'Pending';
