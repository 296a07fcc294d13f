import type { Arrival } from '../api/arrival.ts';
import type { ObjectMeta } from '../api/metadata.ts';
import { isNewer } from '../api/resource-version.ts';
import { parseTime } from '../api/time.ts';
import type { ClaimFacts } from './claim.ts';

/** An Arrival as the rules of a barrier see it. */
export interface Arriving extends ClaimFacts {
  readonly metadata: ObjectMeta;
  readonly status: Arrival['status'];
  readonly holder: string;
  /** The generation it names. Undefined when it takes the one that is waiting; `0` is how some clients say nothing. */
  readonly asked: number | undefined;
  /** When it was made, to the second: as fine as Kubernetes writes it. */
  readonly madeAt: number;
}

export const arrivingOf = ({ metadata, spec, status }: Arrival, facts: ClaimFacts): Arriving => ({
  ...facts,
  metadata,
  status,
  holder: spec.holder,
  asked: spec.generation || undefined,
  madeAt: parseTime(metadata.creationTimestamp),
});

/** The older first, so that whoever looks sees the same order; the uid makes it the same for everybody. */
export function byAge(a: Arriving, b: Arriving): number {
  const [one, other] = [a.metadata, b.metadata];
  if (a.madeAt !== b.madeAt) return a.madeAt - b.madeAt;
  if (one.resourceVersion === other.resourceVersion) return one.uid < other.uid ? -1 : 1;
  return isNewer(one.resourceVersion, other.resourceVersion) ? 1 : -1;
}

/** Told by another barrier of the same name: deleting a barrier and making it anew is how people reset it. */
export function isForeign({ status }: Arriving, barrier: ObjectMeta): boolean {
  if (status?.phase !== 'Recorded') return false;
  if (status.barrierUID !== undefined) return status.barrierUID !== barrier.uid;
  // recorded by an older operator, which wrote no uid
  return status.arrivedAt !== undefined && parseTime(status.arrivedAt) < parseTime(barrier.creationTimestamp);
}

/**
 * Told before the barrier was made, so by an earlier one, and not by a later one that is not known here yet. It has to
 * go: whoever arrives again under the same name would be told that it has.
 */
export const isLeftOver = ({ status }: Arriving, barrier: ObjectMeta): boolean =>
  parseTime(status?.arrivedAt ?? '') < parseTime(barrier.creationTimestamp) + A_SECOND;

/** As fine as creation times are. */
const A_SECOND = 1_000;

/** Whether whoever arrived is still there. One whose owner cannot be seen is: its Arrival exists. */
export const isLive = ({ metadata, owner }: Arriving): boolean =>
  metadata.deletionTimestamp === undefined && owner !== 'finished';
