import type { Clock, Timer } from '../api/clock.ts';
import { CRD_FINALIZER } from './custom-resource-definition.ts';
import { deleteObject, mustWait } from './deletion.ts';
import { finalized } from './namespaces.ts';
import { CRDS, type Registry } from './registry.ts';
import type { ServedResource } from './served-resource.ts';
import type { Actor, Store, Write } from './store.ts';
import { type StoredObject, withMeta } from './stored-object.ts';

const NAMESPACE_CONTROLLER: Actor = {
  user: 'system:serviceaccount:kube-system:namespace-controller',
  agent: 'namespace-controller',
};
const CRD_CONTROLLER: Actor = { user: 'system:apiserver', agent: 'crd-finalizer' };

/** Empties what is being deleted: a namespace of its objects, a definition of the objects of its kind. Then lets it go. */
export class Terminator {
  readonly #store: Store;
  readonly #registry: Registry;
  readonly #clock: Clock;
  readonly #delay: number;
  readonly #namespaces = new Set<string>();
  readonly #crds = new Set<string>();
  #timer: Timer | undefined;

  constructor(store: Store, registry: Registry, clock: Clock, delay: number) {
    this.#store = store;
    this.#registry = registry;
    this.#clock = clock;
    this.#delay = delay;
    store.onWrite((write) => this.#see(write));
  }

  close(): void {
    this.#timer?.cancel();
  }

  #see({ type, resource, key, object }: Write): void {
    if (resource === 'namespaces' || resource === CRDS) {
      const going = resource === CRDS ? this.#crds : this.#namespaces;
      if (type === 'DELETED') going.delete(key);
      else if (object.metadata.deletionTimestamp !== undefined) {
        going.add(key);
        this.#wake();
      }
    } else if (type === 'DELETED' && (this.#namespaces.size > 0 || this.#crds.size > 0)) {
      this.#wake();
    }
  }

  #wake(): void {
    this.#timer ??= this.#clock.after(this.#delay, () => {
      this.#timer = undefined;
      for (const name of [...this.#namespaces]) this.#emptyNamespace(name);
      for (const name of [...this.#crds]) this.#emptyKind(name);
    });
  }

  #emptyNamespace(name: string): void {
    const namespaces = this.#store.collection('namespaces');
    const namespace = namespaces.get(name);
    if (namespace?.metadata.deletionTimestamp === undefined) return;
    for (const resource of this.#registry.namespaced())
      this.#deleteAll(resource, resource.collection.list(name), NAMESPACE_CONTROLLER);
    for (const resource of this.#registry.namespaced()) if (resource.collection.list(name).length > 0) return;
    const done = finalized(namespace);
    if ((done.metadata.finalizers?.length ?? 0) > 0) {
      if (done['spec'] !== namespace['spec']) this.#store.put(namespaces, name, done, NAMESPACE_CONTROLLER);
    } else this.#store.remove(namespaces, name, NAMESPACE_CONTROLLER);
    this.#namespaces.delete(name);
  }

  #emptyKind(name: string): void {
    const resource = this.#registry.at('apiextensions.k8s.io', 'v1', 'customresourcedefinitions') as ServedResource;
    const crd = resource.collection.get(name);
    if (!crd?.metadata.finalizers?.includes(CRD_FINALIZER)) return;
    const kind = this.#registry.stored(name);
    if (kind) {
      this.#deleteAll(kind, kind.collection.list(), CRD_CONTROLLER);
      if (kind.collection.size > 0) return;
    }
    const finalizers = crd.metadata.finalizers.filter((finalizer) => finalizer !== CRD_FINALIZER);
    const next = withMeta(crd, { finalizers: finalizers.length > 0 ? finalizers : undefined } as never);
    if (mustWait(resource, next)) this.#store.put(resource.collection, name, next, CRD_CONTROLLER);
    else this.#store.remove(resource.collection, name, CRD_CONTROLLER);
  }

  #deleteAll(resource: ServedResource, objects: readonly StoredObject[], actor: Actor): void {
    for (const object of objects) {
      if (object.metadata.deletionTimestamp === undefined) {
        deleteObject({ store: this.#store, clock: this.#clock }, resource, object, 'Background', actor);
      }
    }
  }
}
