import { Afterwards, type Backstage } from './afterwards.ts';
import { CRD_FINALIZER } from './custom-resource-definition.ts';
import { deleteObject, dropFinalizer } from './deletion.ts';
import { finalized } from './namespaces.ts';
import { CRDS } from './registry.ts';
import type { ServedResource } from './served-resource.ts';
import type { Actor, Write } from './store.ts';
import type { StoredObject } from './stored-object.ts';

const NAMESPACE_CONTROLLER: Actor = {
  user: 'system:serviceaccount:kube-system:namespace-controller',
  agent: 'namespace-controller',
};
const CRD_CONTROLLER: Actor = { user: 'system:apiserver', agent: 'crd-finalizer' };

/** Empties what is being deleted: a namespace of its objects, a definition of the objects of its kind. Then lets it go. */
export class Terminator {
  readonly #backstage: Backstage;
  readonly #emptying: Afterwards;
  readonly #namespaces = new Set<string>();
  readonly #crds = new Set<string>();

  constructor(backstage: Backstage) {
    this.#backstage = backstage;
    this.#emptying = new Afterwards(backstage, () => this.#empty());
    backstage.store.onWrite((write) => this.#see(write));
  }

  close(): void {
    this.#emptying.close();
  }

  #see({ type, resource, key, object }: Write): void {
    if (resource === 'namespaces' || resource === CRDS) {
      const going = resource === CRDS ? this.#crds : this.#namespaces;
      if (type === 'DELETED') going.delete(key);
      else if (object.metadata.deletionTimestamp !== undefined) {
        going.add(key);
        this.#emptying.ask();
      }
    } else if (type === 'DELETED' && (this.#namespaces.size > 0 || this.#crds.size > 0)) {
      this.#emptying.ask();
    }
  }

  #empty(): void {
    for (const name of [...this.#namespaces]) this.#emptyNamespace(name);
    for (const name of [...this.#crds]) this.#emptyKind(name);
  }

  #emptyNamespace(name: string): void {
    const { store, registry } = this.#backstage;
    const namespaces = store.collection('namespaces');
    const namespace = namespaces.get(name);
    if (namespace?.metadata.deletionTimestamp === undefined) return;
    for (const resource of registry.namespaced())
      this.#deleteAll(resource, resource.collection.list(name), NAMESPACE_CONTROLLER);
    for (const resource of registry.namespaced()) if (resource.collection.list(name).length > 0) return;
    const done = finalized(namespace);
    if ((done.metadata.finalizers?.length ?? 0) > 0) {
      if (done['spec'] !== namespace['spec']) store.put(namespaces, name, done, NAMESPACE_CONTROLLER);
    } else store.remove(namespaces, name, NAMESPACE_CONTROLLER);
    this.#namespaces.delete(name);
  }

  #emptyKind(name: string): void {
    const { store, registry } = this.#backstage;
    const resource = registry.at('apiextensions.k8s.io', 'v1', 'customresourcedefinitions') as ServedResource;
    const crd = resource.collection.get(name);
    if (!crd?.metadata.finalizers?.includes(CRD_FINALIZER)) return;
    const kind = registry.stored(name);
    if (kind) {
      this.#deleteAll(kind, kind.collection.list(), CRD_CONTROLLER);
      if (kind.collection.size > 0) return;
    }
    dropFinalizer(store, resource, crd, CRD_FINALIZER, CRD_CONTROLLER);
  }

  #deleteAll(resource: ServedResource, objects: readonly StoredObject[], actor: Actor): void {
    for (const object of objects) {
      if (object.metadata.deletionTimestamp === undefined) {
        deleteObject(this.#backstage, resource, object, 'Background', actor);
      }
    }
  }
}
