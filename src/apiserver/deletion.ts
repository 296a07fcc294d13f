import type { Clock } from '../api/clock.ts';
import type { PropagationPolicy } from './options.ts';
import type { ServedResource } from './served-resource.ts';
import { type Actor, keyOf, type Store } from './store.ts';
import { type StoredObject, secondsTime, withMeta } from './stored-object.ts';

/** Finalizers by which the garbage collector is asked for more than collecting what is left. */
export const ORPHAN = 'orphan';
export const FOREGROUND = 'foregroundDeletion';

export interface Deleted {
  /** Gone at once, or only marked. */
  readonly gone: boolean;
  readonly object: StoredObject;
}

/** Deletes an object, or marks it when somebody must finish something first. */
export function deleteObject(
  { store, clock }: { readonly store: Store; readonly clock: Clock },
  resource: ServedResource,
  object: StoredObject,
  policy: PropagationPolicy | undefined,
  actor: Actor,
): Deleted {
  const marked = markedForDeletion(resource, object, policy, clock.now());
  const key = keyOf(resource.type, object.metadata.namespace, object.metadata.name);
  if (!mustWait(resource, marked)) {
    return { gone: true, object: store.remove(resource.collection, key, actor) ?? object };
  }
  if (marked === object) return { gone: false, object };
  return { gone: false, object: store.put(resource.collection, key, marked, actor) };
}

/** As it would be stored if it cannot go at once; the object itself when nothing changes. */
export function markedForDeletion(
  resource: ServedResource,
  object: StoredObject,
  policy: PropagationPolicy | undefined,
  now: number,
): StoredObject {
  const { metadata } = object;
  const finalizers = finalizersFor(metadata.finalizers ?? [], policy);
  const sameFinalizers = finalizers.length === (metadata.finalizers?.length ?? 0);
  if (metadata.deletionTimestamp !== undefined) {
    return sameFinalizers ? object : withMeta(object, { finalizers });
  }
  const marked = withMeta(object, {
    deletionTimestamp: secondsTime(now),
    ...(!resource.rules.beginDeletion && { deletionGracePeriodSeconds: 0 }),
    ...(metadata.generation !== undefined && !resource.rules.beginDeletion && { generation: metadata.generation + 1 }),
    finalizers: finalizers.length > 0 ? finalizers : undefined,
  });
  return resource.rules.beginDeletion?.(marked, now) ?? marked;
}

/** Whether somebody has still to let the object go. */
export const mustWait = (resource: ServedResource, object: StoredObject): boolean =>
  (object.metadata.finalizers?.length ?? 0) > 0 || resource.rules.holdsDeletion?.(object) === true;

function finalizersFor(finalizers: readonly string[], policy: PropagationPolicy | undefined): readonly string[] {
  // who says nothing leaves the choice of an earlier deletion standing
  if (policy === undefined) return finalizers;
  const others = finalizers.filter((name) => name !== ORPHAN && name !== FOREGROUND);
  if (policy === 'Orphan') return [...others, ORPHAN];
  return policy === 'Foreground' ? [...others, FOREGROUND] : others;
}

/** Takes a finalizer away; an object that nothing else keeps goes with it. */
export function dropFinalizer(
  store: Store,
  resource: ServedResource,
  object: StoredObject,
  finalizer: string,
  actor: Actor,
): void {
  const left = object.metadata.finalizers?.filter((name) => name !== finalizer) ?? [];
  const next = withMeta(object, { finalizers: left.length > 0 ? left : undefined });
  const key = keyOf(resource.type, object.metadata.namespace, object.metadata.name);
  if (mustWait(resource, next)) store.put(resource.collection, key, next, actor);
  else store.remove(resource.collection, key, actor);
}
