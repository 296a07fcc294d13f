import type { KubeObject } from '../api/metadata.ts';
import { compareVersions, isNewer, newest } from '../api/resource-version.ts';
import { TransportError } from './errors.ts';
import { report } from './report.ts';
import type { Change } from './watch.ts';

/** Where an object stands: namespace and name, or the name alone when it is in none. */
export const keyOf = ({ metadata: { namespace, name } }: KubeObject): string => keyFor(name, namespace);
export const keyFor = (name: string, namespace?: string): string =>
  namespace === undefined ? name : `${namespace}/${name}`;

/** Told after the cache has changed: what there was, what there is. */
export type CacheListener<T> = (old: T | undefined, object: T | undefined) => void;

export interface CacheOptions<T, Index extends string> {
  /** Under which keys an object is found in each index. */
  readonly indexes?: Readonly<Record<Index, (object: T) => readonly string[]>>;
  /** A listener that threw: the others are told all the same. */
  readonly onError: (error: unknown) => void;
}

/** So many uids of gone objects are remembered, to know late news of them by. */
const BURIED = 10_000;

/** Deleted by ourselves: the uid never comes back. Otherwise the version is known at which it went. */
const FOR_EVER = Symbol('for ever');

/**
 * All objects of one kind as far as they are known: by watch, and by own writes at once.
 * For each object the newest resourceVersion wins, whoever brings it.
 */
export class ObjectCache<T extends KubeObject, Index extends string = never> {
  /** Kept once the first list is in. */
  readonly synced: Promise<void>;
  readonly #options: CacheOptions<T, Index>;
  readonly #objects = new Map<string, T>();
  readonly #indexes = new Map<string, Map<string, Map<string, T>>>();
  readonly #buried = new Map<string, string | typeof FOR_EVER>();
  readonly #listeners = new Set<CacheListener<T>>();
  readonly #waiters = new Set<{ readonly version: string; readonly resolve: () => void }>();
  #resourceVersion: string | undefined;
  #listedAt: string | undefined;
  #setSynced = () => {};

  constructor(options: CacheOptions<T, Index>) {
    this.#options = options;
    this.synced = new Promise((resolve) => {
      this.#setSynced = resolve;
    });
    for (const name of Object.keys(options.indexes ?? {})) this.#indexes.set(name, new Map());
  }

  get size(): number {
    return this.#objects.size;
  }

  /** Up to here nothing that others wrote is missing. Own writes do not move it: what came before them may be. */
  get resourceVersion(): string | undefined {
    return this.#resourceVersion;
  }

  get(name: string, namespace?: string): T | undefined {
    return this.#objects.get(keyFor(name, namespace));
  }

  all(): readonly T[] {
    return [...this.#objects.values()];
  }

  /** For what is not there: by which version it was gone. Not known of what a delete of ours has removed. */
  goneBy(uid: string): string | undefined {
    const at = this.#buried.get(uid) ?? this.#listedAt;
    return at === FOR_EVER ? undefined : at;
  }

  by(index: Index, key: string): readonly T[] {
    return [...(this.#indexes.get(index)?.get(key)?.values() ?? [])];
  }

  /** Told of every change from now on; the answer ends it. */
  onChange(listener: CacheListener<T>): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  /** What a write of ours answered. False when as much or more is known. */
  apply(object: T): boolean {
    // what we have not got of the versions we have seen is gone again, even if we never heard of it
    return !this.#has(object.metadata.resourceVersion) && this.#apply(object);
  }

  /** What a delete of ours has removed: whatever is heard of that uid later is old news. */
  remove(object: KubeObject): boolean {
    return this.#remove(object, FOR_EVER);
  }

  /** What the watch says; also takes a list made elsewhere. */
  feed(change: Change<T>): void {
    switch (change.type) {
      case 'replaced':
        this.#replace(change.objects, change.resourceVersion);
        break;
      case 'deleted':
        // not for ever: a selection says so too of an object that only left it
        this.#remove(change.object, change.object.metadata.resourceVersion);
        this.#reach(change.object.metadata.resourceVersion);
        break;
      case 'reached':
        this.#reach(change.resourceVersion);
        break;
      default:
        this.apply(change.object);
        this.#reach(change.object.metadata.resourceVersion);
    }
  }

  /** Kept once nothing up to that version is missing. */
  waitFor(resourceVersion: string, signal?: AbortSignal): Promise<void> {
    if (this.#has(resourceVersion)) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const abort = () => {
        this.#waiters.delete(waiter);
        reject(
          new TransportError('aborted', `no longer waiting for resourceVersion ${resourceVersion}`, {
            cause: signal?.reason,
          }),
        );
      };
      const waiter = {
        version: resourceVersion,
        resolve: () => {
          signal?.removeEventListener('abort', abort);
          resolve();
        },
      };
      if (signal?.aborted) return abort();
      signal?.addEventListener('abort', abort, { once: true });
      this.#waiters.add(waiter);
    });
  }

  #apply(object: T): boolean {
    if (this.#isBuried(object)) return false;
    const key = keyOf(object);
    const old = this.#objects.get(key);
    if (old && !isNewer(object.metadata.resourceVersion, old.metadata.resourceVersion)) return false;
    // another object under the old one's name: the old one is gone
    if (old && old.metadata.uid !== object.metadata.uid) this.#bury(old.metadata.uid, FOR_EVER);
    this.#put(key, old, object);
    return true;
  }

  #replace(objects: readonly T[], resourceVersion: string): void {
    // a list made elsewhere that took its time: everything in it is known, and what went since is not in it
    if (this.#resourceVersion !== undefined && !isNewer(resourceVersion, this.#resourceVersion)) return;
    const listed = new Set(objects.map((object) => object.metadata.uid));
    for (const known of this.all()) {
      // an own write may be newer than the list: it is not missing from it
      const older = compareVersions(known.metadata.resourceVersion, resourceVersion) <= 0;
      if (older && !listed.has(known.metadata.uid)) this.#remove(known, resourceVersion);
    }
    for (const object of objects) this.#apply(object);
    this.#listedAt = resourceVersion;
    this.#reach(resourceVersion);
    this.#setSynced();
  }

  #reach(version: string): void {
    this.#resourceVersion = newest(this.#resourceVersion, version);
    for (const waiter of this.#waiters) {
      if (!this.#has(waiter.version)) continue;
      this.#waiters.delete(waiter);
      waiter.resolve();
    }
  }

  #has(version: string): boolean {
    return this.#resourceVersion !== undefined && compareVersions(version, this.#resourceVersion) <= 0;
  }

  #remove(object: KubeObject, at: string | typeof FOR_EVER): boolean {
    const { uid } = object.metadata;
    const key = keyOf(object);
    const known = this.#objects.get(key);
    if (at !== FOR_EVER && known?.metadata.uid === uid && isNewer(known.metadata.resourceVersion, at)) return false;
    this.#bury(uid, at);
    if (known?.metadata.uid !== uid) return false;
    this.#put(key, known, undefined);
    return true;
  }

  #bury(uid: string, at: string | typeof FOR_EVER): void {
    if (this.#buried.get(uid) === FOR_EVER) return;
    this.#buried.set(uid, at);
    if (this.#buried.size > BURIED) for (const oldest of this.#buried.keys()) return void this.#buried.delete(oldest);
  }

  #isBuried({ metadata: { uid, resourceVersion } }: KubeObject): boolean {
    const at = this.#buried.get(uid);
    return at !== undefined && (at === FOR_EVER || !isNewer(resourceVersion, at));
  }

  #put(key: string, old: T | undefined, object: T | undefined): void {
    if (object) this.#objects.set(key, object);
    else this.#objects.delete(key);
    for (const [name, entries] of this.#indexes)
      this.#index(entries, this.#options.indexes?.[name as Index], key, old, object);
    for (const listener of this.#listeners) {
      try {
        listener(old, object);
      } catch (error) {
        report(this.#options.onError, error);
      }
    }
  }

  #index(
    entries: Map<string, Map<string, T>>,
    keysOf: ((object: T) => readonly string[]) | undefined,
    key: string,
    old: T | undefined,
    object: T | undefined,
  ): void {
    const now = object ? (keysOf?.(object) ?? []) : [];
    for (const value of old ? (keysOf?.(old) ?? []) : []) {
      const entry = entries.get(value);
      // kept in place when it stays: the order in an index is the order of arrival
      if (now.includes(value)) continue;
      entry?.delete(key);
      if (entry?.size === 0) entries.delete(value);
    }
    for (const value of now) {
      const entry = entries.get(value) ?? new Map<string, T>();
      entry.set(key, object as T);
      entries.set(value, entry);
    }
  }
}
