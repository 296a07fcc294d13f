import type { Barrier } from '../../../src/api/barrier.ts';
import type { Gate } from '../../../src/api/gate.ts';
import type { ClaimRecord, Ledger, QueueRecord } from '../ledger.ts';
import { heldIn } from '../ledger.ts';
import { type AnyResource, capacityOf, isOpen, phaseOf, priorityOf, weightOf } from '../objects.ts';
import type { Meetings } from './barrier.ts';
import { mayCount } from './barrier.ts';
import type { Gates } from './gate.ts';
import { canBeGranted } from './order.ts';

/** What has to be so once nothing happens any more: everybody has what they can have, and every status tells the truth. */
export function queuesAtRest({ queues, finished }: Ledger, at: number): string[] {
  return [...queues.values()].flatMap((queue) =>
    [...counted(queue), ...lostWakeUp(queue, at, finished), ...untold(queue)].map(
      (problem) => `${queue.key}: ${problem}`,
    ),
  );
}

const present = ({ claims }: QueueRecord): ClaimRecord[] => [...claims.values()].filter(({ isGone }) => !isGone);

function counted(queue: QueueRecord): string[] {
  const { resource } = queue;
  if (!resource?.status) return resource ? ['it has no status'] : [];
  const { weight } = heldIn(queue);
  const pending = present(queue).filter(({ object }) => phaseOf(object) === 'Pending').length;
  const { status } = resource;
  const says = 'inUse' in status ? status.inUse : status.phase === 'Held' ? 1 : 0;
  return [
    ...(says === weight ? [] : [`it says that ${says} are held, and ${weight} are`]),
    ...(status.waiting === pending ? [] : [`it says that ${status.waiting} wait, and ${pending} do`]),
    ...('available' in status && status.available !== Math.max(0, capacityOf(resource) - weight)
      ? [`it says that ${status.available} are free`]
      : []),
  ];
}

/** How long lighter claims may pass one that does not fit, where they may at all. */
const BYPASS_FOR = 60_000;

function lostWakeUp(queue: QueueRecord, at: number, owners: ReadonlySet<string>): string[] {
  const { resource } = queue;
  const free = capacityOf(resource) - heldIn(queue).weight;
  const line = present(queue)
    .filter((claim) => phaseOf(claim.object) === 'Pending' && canBeGranted(claim, { queue, at, owners }))
    .toSorted(
      (a, b) => priorityOf(b.object, resource) - priorityOf(a.object, resource) || a.bornVersion - b.bornVersion,
    );
  const isStrict = !resource || !('ordering' in resource.spec) || resource.spec.ordering === 'Strict';
  // whoever lost its place may be behind one that does not fit
  if (line.some(({ lostPlace }) => lostPlace)) return [];
  const blocked = line.findIndex(
    ({ object, bornAt }) => weightOf(object) > free && (isStrict || at - bornAt >= BYPASS_FOR),
  );
  return (blocked < 0 ? line : line.slice(0, blocked))
    .filter(({ object }) => weightOf(object) <= free)
    .map(({ object }) => `${object.metadata.name} waits although ${free} are free`);
}

function untold(queue: QueueRecord): string[] {
  const unanswered = present(queue).filter(
    ({ object, grant }) => grant && phaseOf(object) === 'Pending' && isOpen(object),
  );
  return [
    ...unanswered.map(({ object }) => `${object.metadata.name} was granted and never told`),
    ...present(queue)
      .filter(({ uid, object }) => queue.refused.has(uid) && phaseOf(object) === 'Pending')
      .map(({ object }) => `${object.metadata.name} was refused and never told`),
  ];
}

export function barriersAtRest({ meetings, arrivalsAt }: Meetings, isThere: (uid: string) => boolean): string[] {
  return [...meetings.values()]
    .filter(({ uid }) => isThere(uid))
    .flatMap((meeting) => {
      const barrier = meeting.object;
      const { name } = barrier.metadata;
      const generation = barrier.status?.generation ?? 1;
      const there = arrivalsAt(barrier).filter(({ goneAt }) => goneAt === undefined);
      const silent = there.filter(
        ({ object }) => object.status?.phase === undefined && !isAhead(object.spec.generation, generation),
      );
      const counted = new Set(
        there.filter((one) => mayCount(one, meeting, generation)).map(({ object }) => object.spec.holder),
      );
      const needed = barrier.spec.quorum ?? barrier.spec.expected;
      const isStuck = barrier.status?.phase === 'Waiting' && counted.size >= needed && !isLive(barrier);
      return [
        ...silent.map(({ object }) => `Barrier ${name}: ${object.metadata.name} was never answered`),
        ...(barrier.status?.phase === undefined ? [`Barrier ${name} has no status`] : []),
        ...(isStuck ? [`Barrier ${name} waits although ${counted.size} of ${needed} have come`] : []),
      ];
    });
}

const isAhead = (asked: number | undefined, generation: number): boolean => (asked ?? 0) > generation;
const isLive = ({ spec }: Barrier): boolean => spec.arrivalPolicy === 'Live';

export function gatesAtRest(gates: readonly Gate[], { isMet }: Gates): string[] {
  return gates.flatMap((gate) => {
    const { spec, status, metadata } = gate;
    if (spec.conditions.length === 0) {
      const asked = spec.open === true ? 'Open' : 'Waiting';
      return status?.phase === asked || status?.phase === 'Failed'
        ? []
        : [`Gate ${metadata.name} is ${status?.phase}, not ${asked}`];
    }
    const met = spec.conditions.every((condition) => isMet(condition, gate));
    if (status?.phase === 'Waiting' && met) return [`Gate ${metadata.name} waits although all is met`];
    if (status?.phase === 'Open' && !met && !spec.latch)
      return [`Gate ${metadata.name} stays open although not all is met`];
    return status?.phase === undefined ? [`Gate ${metadata.name} has no status`] : [];
  });
}

/** Once everybody has let go. */
export const emptyAtRest = (resources: readonly AnyResource[]): string[] =>
  resources.flatMap(({ kind, metadata, status }) => {
    const text = JSON.stringify(status);
    if (metadata.deletionTimestamp) return [`${kind} ${metadata.name} is deleted and does not go: ${text}`];
    if (kind !== 'Semaphore' && kind !== 'Lease') return [];
    const isEmpty = status && (!('inUse' in status) || status.inUse === 0) && status.phase !== 'Held';
    return isEmpty ? [] : [`${kind} ${metadata.name} is not empty: ${text}`];
  });
