import { builtInResources } from './built-in-kinds.ts';
import { customResourceRules, type StoredBy } from './custom-resource.ts';
import { typesOf } from './custom-resource-definition.ts';
import type { ResourceType } from './resource-type.ts';
import { type ServedResource, servedResource } from './served-resource.ts';
import type { Store, Write } from './store.ts';
import type { StoredObject } from './stored-object.ts';

export const CRDS = 'customresourcedefinitions.apiextensions.k8s.io';

/** Everything that is served now. What CustomResourceDefinitions say is followed at each of their writes. */
export class Registry {
  readonly #store: Store;
  readonly #byPath = new Map<string, ServedResource>();
  readonly #byKind = new Map<string, ServedResource>();
  readonly #stored = new Map<string, ServedResource>();
  readonly #ofCrd = new Map<string, readonly ServedResource[]>();
  #types: readonly ResourceType[] | undefined;

  constructor(store: Store) {
    this.#store = store;
    for (const resource of builtInResources(store)) this.#add(resource);
    store.onWrite((write) => {
      if (write.resource === CRDS) this.#follow(write);
    });
  }

  /** By what stands in the path. */
  at(group: string, version: string, plural: string): ServedResource | undefined {
    return this.#byPath.get(`${group}/${version}/${plural}`);
  }

  byKind(apiVersion: string, kind: string): ServedResource | undefined {
    return this.#byKind.get(`${apiVersion}/${kind}`);
  }

  /** A resource in any version, by the name its objects are stored under. */
  stored(name: string): ServedResource | undefined {
    return this.#stored.get(name);
  }

  /** One resource for each kind that is stored in namespaces. */
  *namespaced(): Iterable<ServedResource> {
    for (const resource of this.#stored.values()) if (resource.type.namespaced) yield resource;
  }

  /** For discovery; the same list until something changes. */
  get types(): readonly ResourceType[] {
    this.#types ??= [...this.#byPath.values()].map(({ type }) => type);
    return this.#types;
  }

  #follow({ type, key, object, previous }: Write): void {
    if (type === 'MODIFIED' && previous?.['spec'] === object['spec']) return;
    for (const resource of this.#ofCrd.get(key) ?? []) this.#remove(resource);
    this.#ofCrd.delete(key);
    if (type !== 'DELETED') this.#serve(key, object, type === 'MODIFIED' ? 'an earlier schema' : 'this schema');
  }

  #serve(key: string, crd: StoredObject, storedBy: StoredBy): void {
    const { types, storageVersion } = typesOf(crd);
    const resources = types.map((type) =>
      servedResource(this.#store, type, customResourceRules(type, storageVersion, storedBy)),
    );
    for (const resource of resources) this.#add(resource);
    this.#ofCrd.set(key, resources);
  }

  #add(resource: ServedResource): void {
    const { type, apiVersion, collection } = resource;
    this.#byPath.set(`${type.group}/${type.version}/${type.plural}`, resource);
    this.#byKind.set(`${apiVersion}/${type.kind}`, resource);
    if (type.verbs.includes('list') && !this.#stored.has(collection.resource))
      this.#stored.set(collection.resource, resource);
    this.#types = undefined;
  }

  #remove({ type, apiVersion, collection }: ServedResource): void {
    this.#byPath.delete(`${type.group}/${type.version}/${type.plural}`);
    this.#byKind.delete(`${apiVersion}/${type.kind}`);
    this.#stored.delete(collection.resource);
    this.#types = undefined;
  }
}
