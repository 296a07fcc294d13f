import type { Clock } from '../api/clock.ts';
import type { KubeObject } from '../api/metadata.ts';
import { compareVersions } from '../api/resource-version.ts';
import { type CacheListener, ObjectCache } from './cache.ts';
import { within } from './child-signal.ts';
import type { Resource } from './resource.ts';
import { type Change, keepWatching } from './watch.ts';

export interface KindCacheOptions<T extends KubeObject> {
  /** One for each namespace that is watched; a single one without a namespace sees all. */
  readonly sources: readonly Source<T>[];
  /** For claims: the key of the resource that each is on. */
  readonly on?: ((object: T) => string) | undefined;
  /** The uids of what owns each; not set: nobody asks by owner. */
  readonly owners?: ((object: T) => readonly string[]) | undefined;
  readonly clock: Clock;
  readonly random: () => number;
  readonly onError: (error: unknown) => void;
}

export interface Source<T extends KubeObject> {
  readonly namespace: string | undefined;
  readonly resource: Pick<Resource<T, never>, 'listAll' | 'watch'>;
}

/** All objects of one kind in the namespaces that are watched, and how far they are known. */
export interface KindCache<T extends KubeObject> {
  readonly synced: Promise<void>;
  isSynced(): boolean;
  readonly size: number;
  get(name: string, namespace: string | undefined): T | undefined;
  /** `unseen`: not listed yet, or of a namespace that is not watched, so that only a read can tell. */
  sight(name: string, namespace: string): T | 'missing' | 'unseen';
  all(): readonly T[];
  /** The claims on a resource, in the order in which they were heard of. */
  on(key: string): readonly T[];
  ownedBy(uid: string): readonly T[];
  /** The answer ends it. */
  onChange(listener: CacheListener<T>): () => void;
  /** For what is not there: by which version it was gone, where that is known. */
  goneBy(uid: string, namespace: string | undefined): string | undefined;
  /** Kept once the object is known to be another than this version of it, or gone. */
  moved(object: KubeObject, signal: AbortSignal): Promise<void>;
  /** What a write of ours answered. */
  apply(object: T): void;
  /** What is known to be gone for ever. */
  remove(object: KubeObject): void;
  /**
   * Kept once nothing up to that version is missing: by the watch, or, when that takes too long, by a consistent list,
   * which misses nothing even of a version that the server has not come to.
   */
  reach(resourceVersion: string, signal: AbortSignal): Promise<void>;
  isBehind(resourceVersion: string): boolean;
  /** Lists consistently: whatever was made before this call is known once it is kept. */
  refresh(signal: AbortSignal): Promise<void>;
  /** When the last `refresh` began, on the monotonic clock. */
  readonly completeUntil: number;
  /** When the quietest of its watches last brought a word, on the monotonic clock: of what came since it may not know. */
  readonly heardAt: number;
  /** Watches until the signal aborts; kept when that is over. */
  watch(signal: AbortSignal): Promise<void>;
}

type Index = 'on' | 'owner';

/** How long the watch may take to bring what is known to exist. */
const PATIENCE = 1_000;

export function kindCache<T extends KubeObject>(options: KindCacheOptions<T>): KindCache<T> {
  const { clock, random, onError, on, owners = () => [] } = options;
  const indexes = { on: on ? (object: T) => [on(object)] : () => [], owner: owners };
  const parts = options.sources.map((source) => {
    const cache = new ObjectCache<T, Index>({ indexes, onError });
    return {
      ...source,
      cache,
      heardAt: clock.monotonic(),
      list: singleFlight((signal) => listInto(cache, source, signal)),
    };
  });
  let completeUntil = Number.NEGATIVE_INFINITY;
  const only = parts.length === 1 ? parts[0] : undefined;
  const partOf = (namespace: string | undefined) => only ?? parts.find((part) => part.namespace === namespace);
  const by = (index: Index, key: string): readonly T[] =>
    only ? only.cache.by(index, key) : parts.flatMap(({ cache }) => cache.by(index, key));
  const behind = (version: string) =>
    parts.filter(
      ({ cache }) => cache.resourceVersion === undefined || compareVersions(version, cache.resourceVersion) > 0,
    );

  return {
    isSynced: () => parts.every(({ cache }) => cache.resourceVersion !== undefined),
    synced: Promise.all(parts.map(({ cache }) => cache.synced)).then(() => {}),
    get size() {
      return parts.reduce((sum, { cache }) => sum + cache.size, 0);
    },
    get: (name, namespace) => partOf(namespace)?.cache.get(name, namespace),
    sight(name, namespace) {
      const part = partOf(namespace);
      const isWatched = part?.namespace === undefined || part.namespace === namespace;
      if (part?.cache.resourceVersion === undefined || !isWatched) return 'unseen';
      return part.cache.get(name, namespace) ?? 'missing';
    },
    all: () => parts.flatMap(({ cache }) => cache.all()),
    on: (key) => by('on', key),
    ownedBy: (uid) => by('owner', uid),
    onChange(listener) {
      const ends = parts.map(({ cache }) => cache.onChange(listener));
      return () => {
        for (const end of ends) end();
      };
    },
    async moved(object, signal) {
      const { name, namespace, resourceVersion } = object.metadata;
      const cache = partOf(namespace)?.cache;
      const hasMoved = () => cache?.get(name, namespace)?.metadata.resourceVersion !== resourceVersion;
      if (!cache || hasMoved()) return;
      await new Promise<void>((resolve, reject) => {
        const end = cache.onChange(() => hasMoved() && done(resolve));
        const abort = () => done(reject);
        const done = (settle: () => void) => {
          end();
          signal.removeEventListener('abort', abort);
          settle();
        };
        signal.addEventListener('abort', abort, { once: true });
      });
    },
    goneBy: (uid, namespace) => partOf(namespace)?.cache.goneBy(uid),
    apply: (object) => void partOf(object.metadata.namespace)?.cache.apply(object),
    remove: (object) => void partOf(object.metadata.namespace)?.cache.remove(object),
    isBehind: (version) => behind(version).length > 0,
    async reach(version, signal) {
      await Promise.all(
        behind(version).map(async ({ cache, list }) => {
          try {
            await within({ clock, milliseconds: PATIENCE, signal }, (patience) => cache.waitFor(version, patience));
          } catch {
            // a watch may be cut, or so quiet that nothing says how far it is
            if (!signal.aborted) await list(signal);
          }
        }),
      );
      signal.throwIfAborted();
    },
    async refresh(signal) {
      const began = clock.monotonic();
      await Promise.all(parts.map(({ list }) => list(signal)));
      completeUntil = Math.max(completeUntil, began);
    },
    get heardAt() {
      return Math.min(...parts.map(({ heardAt }) => heardAt));
    },
    get completeUntil() {
      return completeUntil;
    },
    async watch(signal) {
      const watches = parts.map((part) => {
        const onChange = (change: Change<T>): void => {
          part.heardAt = clock.monotonic();
          part.cache.feed(change);
        };
        return keepWatching({ resource: part.resource, clock, random, signal, onError, onChange });
      });
      await Promise.all(watches);
    },
  };
}

async function listInto<T extends KubeObject>(
  cache: ObjectCache<T, Index>,
  { resource }: Source<T>,
  signal: AbortSignal,
) {
  const { items, resourceVersion } = await resource.listAll({ signal });
  cache.feed({ type: 'replaced', objects: items, resourceVersion });
}

/** Many may need the same list at once: those who come while one is under way share the next. */
function singleFlight(call: (signal: AbortSignal) => Promise<void>): (signal: AbortSignal) => Promise<void> {
  let current: Promise<void> | undefined;
  let next: Promise<void> | undefined;
  return (signal) => {
    if (!current) {
      current = call(signal).finally(() => {
        current = undefined;
      });
      return current;
    }
    // the one under way may have been made before the version that is asked for
    next ??= current
      .catch(() => {})
      .then(() => {
        next = undefined;
        return call(signal);
      });
    return next;
  };
}
