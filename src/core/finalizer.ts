import { GROUP } from '../api/group.ts';
import type { ObjectMeta } from '../api/metadata.ts';

/** Keeps a resource until nobody holds anything of it. */
export const FINALIZER = `${GROUP}/in-use`;

/** Added before the first grant, taken away when the last hold of a deleted resource has ended. */
export function finalizerFor({ deletionTimestamp, finalizers = [] }: ObjectMeta, { needed }: { needed: boolean }) {
  const there = finalizers.includes(FINALIZER);
  if (deletionTimestamp !== undefined) return there && !needed ? 'remove' : undefined;
  return needed && !there ? 'add' : undefined;
}
