import { Afterwards, type Backstage } from './afterwards.ts';
import { deleteObject, dropFinalizer, FOREGROUND, ORPHAN } from './deletion.ts';
import type { PropagationPolicy } from './options.ts';
import type { ServedResource } from './served-resource.ts';
import { type Actor, keyOf, type Write } from './store.ts';
import { type OwnerReference, type StoredObject, withMeta } from './stored-object.ts';

const COLLECTOR: Actor = {
  user: 'system:serviceaccount:kube-system:generic-garbage-collector',
  agent: 'garbage-collector',
};

/** Deletes what has lost its owners, some time after, as kube-controller-manager does. */
export class GarbageCollector {
  readonly #backstage: Backstage;
  readonly #collecting: Afterwards;
  /** Every object by its uid, for owners. */
  readonly #byUid = new Map<string, Place>();
  readonly #dependents = new Map<string, Map<string, Place>>();
  readonly #due = new Map<string, Place>();

  constructor(backstage: Backstage) {
    this.#backstage = backstage;
    this.#collecting = new Afterwards(backstage, () => this.#collect());
    backstage.store.onWrite((write) => this.#see(write));
  }

  close(): void {
    this.#collecting.close();
  }

  #see({ type, resource, key, object, previous }: Write): void {
    const place = { resource, key };
    const { uid, ownerReferences, deletionTimestamp, finalizers } = object.metadata;
    if (type === 'DELETED') {
      this.#byUid.delete(uid);
      this.#unlink(previous, uid);
      for (const [dependent, where] of this.#dependents.get(uid) ?? []) this.#look(dependent, where);
      // who waits for the last of its dependents
      for (const owner of ownerReferences ?? []) this.#lookAt(owner.uid);
      return;
    }
    if (type === 'ADDED') this.#byUid.set(uid, place);
    if (previous?.metadata.ownerReferences !== ownerReferences) {
      this.#unlink(previous, uid);
      for (const owner of ownerReferences ?? []) this.#dependentsOf(owner.uid).set(uid, place);
      for (const owner of previous?.metadata.ownerReferences ?? []) this.#lookAt(owner.uid);
    }
    if (ownerReferences?.length) this.#look(uid, place);
    if (deletionTimestamp && finalizers?.some((name) => name === ORPHAN || name === FOREGROUND)) this.#look(uid, place);
  }

  #dependentsOf(uid: string): Map<string, Place> {
    const dependents = this.#dependents.get(uid) ?? new Map<string, Place>();
    this.#dependents.set(uid, dependents);
    return dependents;
  }

  #unlink(object: StoredObject | undefined, uid: string): void {
    for (const owner of object?.metadata.ownerReferences ?? []) {
      const dependents = this.#dependents.get(owner.uid);
      if (dependents?.delete(uid) && dependents.size === 0) this.#dependents.delete(owner.uid);
    }
  }

  #lookAt(uid: string): void {
    const place = this.#byUid.get(uid);
    if (place) this.#look(uid, place);
  }

  #look(uid: string, place: Place): void {
    this.#due.set(uid, place);
    this.#collecting.ask();
  }

  #collect(): void {
    const { store, registry } = this.#backstage;
    const due = [...this.#due];
    this.#due.clear();
    for (const [uid, place] of due) {
      const object = store.collection(place.resource).get(place.key);
      const resource = registry.stored(place.resource);
      if (object && resource && object.metadata.uid === uid) this.#judge(resource, object);
    }
  }

  #judge(resource: ServedResource, object: StoredObject): void {
    const { deletionTimestamp, finalizers = [] } = object.metadata;
    if (deletionTimestamp !== undefined) {
      if (finalizers.includes(ORPHAN)) this.#orphan(resource, object);
      else if (finalizers.includes(FOREGROUND)) this.#deleteInForeground(resource, object);
      return;
    }
    const owners = object.metadata.ownerReferences ?? [];
    if (owners.length === 0) return;
    const known = owners.map((owner) => ({ owner, found: this.#ownerOf(object, owner) }));
    // a kind that is not served here may well exist elsewhere
    if (known.some(({ found }) => found === 'unknown kind')) return;
    const solid = known.filter(({ found }) => found !== 'absent');
    if (solid.length === 0) {
      deleteObject(this.#backstage, resource, object, backgroundUnlessAsked(object), COLLECTOR);
      return;
    }
    const waiting = solid.filter(({ found }) => found === 'waiting');
    if (waiting.length === solid.length) {
      const policy = this.#dependents.has(object.metadata.uid) ? 'Foreground' : 'Background';
      deleteObject(this.#backstage, resource, object, policy, COLLECTOR);
      return;
    }
    if (solid.length < owners.length) {
      this.#put(resource, object, { ownerReferences: solid.map(({ owner }) => owner) });
    }
  }

  #ownerOf(
    { metadata }: StoredObject,
    { apiVersion, kind, name, uid }: OwnerReference,
  ): 'solid' | 'waiting' | 'absent' | 'unknown kind' {
    const resource = this.#backstage.registry.byKind(apiVersion, kind);
    if (!resource) return 'unknown kind';
    // an owner is looked for in the dependent's own namespace, or outside of all
    const owner = resource.collection.get(keyOf(resource.type, metadata.namespace, name));
    if (!owner || owner.metadata.uid !== uid) return 'absent';
    const { deletionTimestamp, finalizers } = owner.metadata;
    return deletionTimestamp !== undefined && finalizers?.includes(FOREGROUND) ? 'waiting' : 'solid';
  }

  #orphan(resource: ServedResource, owner: StoredObject): void {
    const { store, registry } = this.#backstage;
    const { uid } = owner.metadata;
    for (const place of [...(this.#dependents.get(uid)?.values() ?? [])]) {
      const dependent = store.collection(place.resource).get(place.key);
      const itsResource = registry.stored(place.resource);
      if (!dependent || !itsResource) continue;
      const left = dependent.metadata.ownerReferences?.filter((reference) => reference.uid !== uid) ?? [];
      this.#put(itsResource, dependent, { ownerReferences: left.length > 0 ? left : undefined });
    }
    dropFinalizer(store, resource, owner, ORPHAN, COLLECTOR);
  }

  #deleteInForeground(resource: ServedResource, owner: StoredObject): void {
    const { store } = this.#backstage;
    const places = [...(this.#dependents.get(owner.metadata.uid) ?? [])];
    let blocked = false;
    for (const [uid, place] of places) {
      const dependent = store.collection(place.resource).get(place.key);
      if (!dependent) continue;
      const reference = dependent.metadata.ownerReferences?.find((one) => one.uid === owner.metadata.uid);
      if (reference?.blockOwnerDeletion === true) blocked = true;
      if (dependent.metadata.deletionTimestamp === undefined) this.#look(uid, place);
    }
    if (!blocked) dropFinalizer(store, resource, owner, FOREGROUND, COLLECTOR);
  }

  #put(resource: ServedResource, object: StoredObject, changes: Parameters<typeof withMeta>[1]): void {
    const key = keyOf(resource.type, object.metadata.namespace, object.metadata.name);
    this.#backstage.store.put(resource.collection, key, withMeta(object, changes), COLLECTOR);
  }
}

interface Place {
  readonly resource: string;
  readonly key: string;
}

/** How an object wants to be deleted shows in the finalizers it has. */
function backgroundUnlessAsked({ metadata }: StoredObject): PropagationPolicy {
  if (metadata.finalizers?.includes(ORPHAN)) return 'Orphan';
  return metadata.finalizers?.includes(FOREGROUND) ? 'Foreground' : 'Background';
}
