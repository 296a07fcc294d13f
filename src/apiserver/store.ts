import type { ResourceType } from './resource-type.ts';
import type { StoredObject } from './stored-object.ts';

/** One write, as it happened. */
export interface Write {
  readonly resourceVersion: number;
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  /** `semaphores.sync.konductor.io`. */
  readonly resource: string;
  /** Namespace and name. */
  readonly key: string;
  /** As it now is; for DELETED, as it last was. */
  readonly object: StoredObject;
  /** As it was before. */
  readonly previous: StoredObject | undefined;
  readonly actor: Actor;
  /** Wall clock, milliseconds. */
  readonly at: number;
}

/** Who wrote: a user as authenticated, and what its program calls itself. */
export interface Actor {
  readonly user: string;
  readonly agent: string;
}

export interface StoreOptions {
  readonly now: () => number;
  /** How many writes a collection remembers, for watches that resume and pages that go on. */
  readonly retainedWrites: number;
}

/** Everything that is stored. One counter numbers every write, whatever it touches. */
export class Store {
  #revision = 0;
  readonly #collections = new Map<string, Collection>();
  readonly #listeners: ((write: Write) => void)[] = [];
  readonly #options: StoreOptions;

  constructor(options: StoreOptions) {
    this.#options = options;
  }

  get revision(): number {
    return this.#revision;
  }

  /** Called after each write, in order. */
  onWrite(listener: (write: Write) => void): () => void {
    this.#listeners.push(listener);
    return () => {
      const index = this.#listeners.indexOf(listener);
      if (index >= 0) this.#listeners.splice(index, 1);
    };
  }

  /** The objects of a kind, in all its versions. */
  collection(resource: string): Collection {
    let collection = this.#collections.get(resource);
    if (!collection) {
      collection = new Collection(resource, this.#options.retainedWrites, this.#revision);
      this.#collections.set(resource, collection);
    }
    return collection;
  }

  collections(): Iterable<Collection> {
    return this.#collections.values();
  }

  /** Stores an object, new or changed, under the next resourceVersion. */
  put(collection: Collection, key: string, object: StoredObject, actor: Actor): StoredObject {
    const stored = numbered(object, ++this.#revision);
    const previous = collection.set(key, stored);
    this.#tell(collection, key, previous ? 'MODIFIED' : 'ADDED', stored, previous, actor);
    return stored;
  }

  /** Removes an object. Its last state carries the resourceVersion of the removal, as watchers are to see it. */
  remove(collection: Collection, key: string, actor: Actor): StoredObject | undefined {
    const previous = collection.delete(key);
    if (!previous) return undefined;
    const last = numbered(previous, ++this.#revision);
    this.#tell(collection, key, 'DELETED', last, previous, actor);
    return last;
  }

  /** Forgets how things were before now: watches and pages from earlier are Expired. */
  compact(): void {
    for (const collection of this.#collections.values()) collection.compact(this.#revision);
  }

  #tell(
    collection: Collection,
    key: string,
    type: Write['type'],
    object: StoredObject,
    previous: StoredObject | undefined,
    actor: Actor,
  ): void {
    const write: Write = {
      resourceVersion: this.#revision,
      type,
      resource: collection.resource,
      key,
      object,
      previous,
      actor,
      at: this.#options.now(),
    };
    collection.remember(write);
    for (const listener of this.#listeners) listener(write);
  }
}

/** The objects of one kind, in order of key, and what happened to them lately. */
export class Collection {
  readonly resource: string;
  readonly #objects = new Map<string, StoredObject>();
  readonly #keys: string[] = [];
  readonly #retained: number;
  #writes: Write[] = [];
  /** The state before the first write we still have is not known. */
  #oldest: number;

  constructor(resource: string, retained: number, revision: number) {
    this.resource = resource;
    this.#retained = retained;
    this.#oldest = revision;
  }

  get size(): number {
    return this.#objects.size;
  }

  /** The earliest resourceVersion whose state can still be told. */
  get oldest(): number {
    return this.#oldest;
  }

  get(key: string): StoredObject | undefined {
    return this.#objects.get(key);
  }

  /** In order of key; of one namespace when that is given. */
  list(namespace?: string): StoredObject[] {
    const [from, to] = this.#range(namespace);
    const out: StoredObject[] = [];
    for (let index = from; index < to; index++)
      out.push(this.#objects.get(this.#keys[index] as string) as StoredObject);
    return out;
  }

  /** As it was right after that write. */
  listAt(resourceVersion: number, namespace?: string): StoredObject[] {
    const later = this.writesAfter(resourceVersion);
    if (later.length === 0) return this.list(namespace);
    const then = new Map<string, StoredObject | undefined>();
    for (const { key, previous } of later) if (!then.has(key)) then.set(key, previous);
    const [from, to] = this.#range(namespace);
    const keys = this.#keys.slice(from, to).filter((key) => !then.has(key));
    const prefix = namespace === undefined ? '' : `${namespace}/`;
    for (const [key, object] of then) if (object && key.startsWith(prefix)) keys.push(key);
    return keys.sort(byKey).map((key) => then.get(key) ?? (this.#objects.get(key) as StoredObject));
  }

  /** What happened since, oldest first. */
  writesAfter(resourceVersion: number): readonly Write[] {
    let low = 0;
    let high = this.#writes.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#writes[middle] as Write).resourceVersion <= resourceVersion) low = middle + 1;
      else high = middle;
    }
    return this.#writes.slice(low);
  }

  /** For the store only. */
  set(key: string, object: StoredObject): StoredObject | undefined {
    const previous = this.#objects.get(key);
    this.#objects.set(key, object);
    if (!previous) {
      // most names are made in order
      const last = this.#keys.at(-1);
      if (last === undefined || byKey(last, key) < 0) this.#keys.push(key);
      else this.#keys.splice(this.#indexOf(key), 0, key);
    }
    return previous;
  }

  /** For the store only. */
  delete(key: string): StoredObject | undefined {
    const previous = this.#objects.get(key);
    if (!previous) return undefined;
    this.#objects.delete(key);
    this.#keys.splice(this.#indexOf(key), 1);
    return previous;
  }

  /** For the store only. */
  remember(write: Write): void {
    this.#writes.push(write);
    // cut in bulk: an array is dear to shift
    if (this.#writes.length < this.#retained * 2) return;
    const cut = this.#writes.length - this.#retained;
    this.#oldest = (this.#writes[cut - 1] as Write).resourceVersion;
    this.#writes = this.#writes.slice(cut);
  }

  compact(revision: number): void {
    this.#writes = [];
    this.#oldest = revision;
  }

  #range(namespace: string | undefined): readonly [number, number] {
    if (namespace === undefined) return [0, this.#keys.length];
    // '0' follows '/'
    return [this.#indexOf(`${namespace}/`), this.#indexOf(`${namespace}0`)];
  }

  /** Where the key is, or would be. */
  #indexOf(key: string): number {
    let low = 0;
    let high = this.#keys.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (byKey(this.#keys[middle] as string, key) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

export const keyOf = (type: Pick<ResourceType, 'namespaced'>, namespace: string | undefined, name: string): string =>
  type.namespaced ? `${namespace}/${name}` : name;

const byKey = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

const numbered = (object: StoredObject, revision: number): StoredObject => ({
  ...object,
  metadata: { ...object.metadata, resourceVersion: String(revision) },
});
