import type { Clock } from '../../src/api/clock.ts';
import type { KubeObject } from '../../src/api/metadata.ts';
import { type CacheListener, ObjectCache } from '../../src/kube/cache.ts';
import type { KubeClient } from '../../src/kube/client.ts';
import type { ResourceType } from '../../src/kube/resource-type.ts';
import { type Change, keepWatching } from '../../src/kube/watch.ts';

export interface WatchedOptions<T extends KubeObject, Index extends string> {
  readonly client: KubeClient;
  readonly type: ResourceType<T>;
  /** Undefined: all. */
  readonly namespaces: readonly string[] | undefined;
  readonly labelSelector?: string;
  /** What of an object is worth remembering; not set: all of it. */
  readonly keep?: (object: T) => T;
  readonly indexes?: Readonly<Record<Index, (object: T) => readonly string[]>>;
  readonly onChange: CacheListener<T>;
  readonly clock: Clock;
  readonly random: () => number;
  readonly onError: (error: unknown) => void;
  readonly signal: AbortSignal;
}

/** The objects of one kind, of some namespaces or all, kept up to date by watches. */
export interface Watched<T extends KubeObject, Index extends string> {
  /** Kept once everything there is has been listed. */
  readonly synced: Promise<unknown>;
  isSynced(): boolean;
  /** Kept once the signal has ended every watch. */
  readonly ended: Promise<unknown>;
  readonly size: number;
  get(name: string, namespace: string): T | undefined;
  by(index: Index, key: string): readonly T[];
  all(): readonly T[];
  /** What a write of ours answered. */
  apply(object: T): void;
  /** What a delete of ours has removed. */
  remove(object: KubeObject): void;
}

const EVERYWHERE = '';

export function watched<T extends KubeObject, Index extends string = never>(
  options: WatchedOptions<T, Index>,
): Watched<T, Index> {
  const { client, type, namespaces, indexes, keep = (object: T) => object, onError } = options;
  const caches = new Map<string, ObjectCache<T, Index>>();
  const watches: Promise<void>[] = [];
  for (const namespace of namespaces ?? [EVERYWHERE]) {
    const cache = new ObjectCache<T, Index>({ onError, ...(indexes && { indexes }) });
    cache.onChange(options.onChange);
    caches.set(namespace, cache);
    watches.push(
      keepWatching<T>({
        ...options,
        resource: client.of(type, namespace === EVERYWHERE ? undefined : namespace) as never,
        onChange: (change) => cache.feed(kept(change, keep)),
      }),
    );
  }
  const cacheOf = (namespace: string) => caches.get(namespaces ? namespace : EVERYWHERE);
  const all = [...caches.values()];
  return {
    synced: Promise.all(all.map(({ synced }) => synced)),
    isSynced: () => all.every(({ resourceVersion }) => resourceVersion !== undefined),
    ended: Promise.all(watches),
    get size() {
      return all.reduce((sum, { size }) => sum + size, 0);
    },
    get: (name, namespace) => cacheOf(namespace)?.get(name, namespace),
    by: (index, key) => all.flatMap((cache) => cache.by(index, key)),
    all: () => all.flatMap((cache) => cache.all()),
    apply: (object) => void cacheOf(object.metadata.namespace ?? '')?.apply(keep(object)),
    remove: (object) => void cacheOf(object.metadata.namespace ?? '')?.remove(object),
  };
}

function kept<T>(change: Change<T>, keep: (object: T) => T): Change<T> {
  switch (change.type) {
    case 'replaced':
      return { ...change, objects: change.objects.map(keep) };
    case 'reached':
      return change;
    default:
      return { ...change, object: keep(change.object) };
  }
}
