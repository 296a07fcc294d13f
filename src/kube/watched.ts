import type { Clock } from '../api/clock.ts';
import type { KubeObject } from '../api/metadata.ts';
import { type CacheListener, ObjectCache } from './cache.ts';
import type { KubeClient } from './client.ts';
import type { ResourceType } from './resource-type.ts';
import { type Change, keepWatching } from './watch.ts';

export interface WatchedOptions<T extends KubeObject, Index extends string> {
  readonly client: KubeClient;
  readonly type: ResourceType<T>;
  /** Undefined: all. */
  readonly namespaces: readonly string[] | undefined;
  readonly labelSelector?: string;
  /** Whether an object is worth remembering; not set: every one is. One that stops being so is gone for good. */
  readonly isWanted?: (object: T) => boolean;
  /** What of an object is worth remembering; not set: all of it. */
  readonly keep?: (object: T) => T;
  readonly indexes?: Readonly<Record<Index, (object: T) => readonly string[]>>;
  readonly clock: Clock;
  readonly random: () => number;
  readonly onError: (error: unknown) => void;
  readonly signal: AbortSignal;
}

/** The objects of a kind that is not ours, of some namespaces or all, kept up to date by watches. */
export interface Watched<T extends KubeObject, Index extends string> {
  /** Kept once everything there is has been listed. */
  readonly synced: Promise<unknown>;
  /** Kept once the signal has ended every watch. */
  readonly ended: Promise<unknown>;
  readonly size: number;
  get(name: string, namespace: string): T | undefined;
  by(index: Index, key: string): readonly T[];
  all(): readonly T[];
  /** What a write of ours answered. */
  apply(object: T): void;
  onChange(listener: CacheListener<T>): void;
}

const EVERYWHERE = '';

export function watched<T extends KubeObject, Index extends string = never>(
  options: WatchedOptions<T, Index>,
): Watched<T, Index> {
  const { client, type, namespaces, indexes, onError } = options;
  const { isWanted = () => true, keep = (object: T) => object, labelSelector, clock, random, signal } = options;
  const caches = new Map<string, ObjectCache<T, Index>>();
  const watches: Promise<void>[] = [];
  for (const namespace of namespaces ?? [EVERYWHERE]) {
    const cache = new ObjectCache<T, Index>({ onError, ...(indexes && { indexes }) });
    caches.set(namespace, cache);
    watches.push(
      keepWatching<T>({
        resource: client.of(type, namespace === EVERYWHERE ? undefined : namespace) as never,
        onChange: (change) => cache.feed(worthKeeping(change, isWanted, keep)),
        ...{ labelSelector, clock, random, onError, signal },
      }),
    );
  }
  const cacheOf = (namespace: string) => caches.get(namespaces ? namespace : EVERYWHERE);
  const all = [...caches.values()];
  return {
    synced: Promise.all(all.map(({ synced }) => synced)),
    ended: Promise.all(watches),
    get size() {
      return all.reduce((sum, { size }) => sum + size, 0);
    },
    get: (name, namespace) => cacheOf(namespace)?.get(name, namespace),
    by: (index, key) => all.flatMap((cache) => cache.by(index, key)),
    all: () => all.flatMap((cache) => cache.all()),
    apply(object) {
      const cache = cacheOf(object.metadata.namespace ?? '');
      if (isWanted(object)) cache?.apply(keep(object));
      // not as news of the watch: that would say that everything before it has been heard of
      else cache?.remove(object);
    },
    onChange(listener) {
      for (const cache of all) cache.onChange(listener);
    },
  };
}

function worthKeeping<T>(change: Change<T>, isWanted: (object: T) => boolean, keep: (object: T) => T): Change<T> {
  switch (change.type) {
    case 'replaced':
      return { ...change, objects: change.objects.filter(isWanted).map(keep) };
    case 'reached':
      return change;
    default: {
      const type = isWanted(change.object) ? change.type : 'deleted';
      return { type, object: keep(change.object) };
    }
  }
}
