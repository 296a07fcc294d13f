import { GROUP } from '../api/group.ts';
import type { ObjectMeta } from '../api/metadata.ts';

/** Keeps a resource until nobody holds anything of it. */
export const FINALIZER = `${GROUP}/in-use`;

/** `held`: somebody holds. `busy`: nobody does, and somebody is still to be told. */
export type Use = 'held' | 'busy' | 'idle';

/**
 * Added before the first grant: whoever carries it out adds it, and decides again before any swap. Taken away when the
 * last hold of a deleted resource has ended and everybody knows.
 */
export function finalizerFor({ deletionTimestamp, finalizers = [] }: ObjectMeta, use: Use) {
  const there = finalizers.includes(FINALIZER);
  if (deletionTimestamp !== undefined) return there && use === 'idle' ? 'remove' : undefined;
  return use === 'held' && !there ? 'add' : undefined;
}
