import type { Problem } from '../api/problem.ts';
import type { JsonObject } from './json.ts';
import type { NameRule } from './metadata.ts';
import { apiVersionOf, qualifiedName, type ResourceType } from './resource-type.ts';
import type { Collection, Store } from './store.ts';
import type { StoredObject } from './stored-object.ts';

/** One kind in one version, with what is stored of it and the rules it is written by. */
export interface ServedResource {
  readonly type: ResourceType;
  /** `sync.konductor.io/v1`. */
  readonly apiVersion: string;
  /** `semaphores.sync.konductor.io`. */
  readonly name: string;
  readonly collection: Collection;
  readonly rules: KindRules;
}

/** What distinguishes one kind from another when it is written. All of it is pure. */
export interface KindRules {
  readonly nameRule: NameRule;
  /** Whether `metadata.generation` counts changes of what is wanted. */
  readonly generation: boolean;
  /** Whether an update may come without a resourceVersion. */
  readonly unconditionalUpdate: boolean;
  /** Whether an update of what does not exist creates it. */
  readonly createOnUpdate: boolean;
  /** What a deletion at once is answered with. */
  readonly deletionAnswer: 'object' | 'status';
  /** The object in known form, with defaults; throws a DecodeError when it cannot be read. */
  readonly decode: (object: JsonObject) => Decoded;
  /** What the server writes into a new object, or into a changed one. */
  readonly prepare?: (object: StoredObject, old: StoredObject | undefined, now: number) => StoredObject;
  /** Why this one may never be deleted. */
  readonly undeletable?: (object: StoredObject) => string | undefined;
  /** What the server writes into an object that begins to go. */
  readonly beginDeletion?: (object: StoredObject, now: number) => StoredObject;
  /** Whether the object must stay although it has no finalizers. */
  readonly holdsDeletion?: (object: StoredObject) => boolean;
  /** Which part of the object a subresource other than `status` writes. */
  readonly subresources?: Readonly<Record<string, string>>;
  readonly problems: (object: StoredObject, old: StoredObject | undefined) => Problem[];
  /** Between the form that is stored and that of a version. */
  readonly toStorage: (object: StoredObject) => StoredObject;
  readonly fromStorage: (object: StoredObject) => StoredObject;
}

export interface Decoded {
  readonly object: JsonObject;
  /** Fields that nobody knows: dropped, and told or refused as the writer asks. */
  readonly unknown: readonly string[];
}

/** The body is JSON, but not of the form the kind has. */
export class DecodeError extends Error {}

export const servedResource = (
  store: Store,
  type: ResourceType,
  rules: KindRules,
  stored?: string,
): ServedResource => ({
  type,
  apiVersion: apiVersionOf(type),
  name: qualifiedName(type),
  collection: store.collection(stored ?? qualifiedName(type)),
  rules,
});

/** Versions that differ in name only. What was stored under an earlier storage version may still be there. */
export const renamedVersion = (served: string, storage: string): Pick<KindRules, 'toStorage' | 'fromStorage'> => ({
  toStorage: (object) => (object.apiVersion === storage ? object : { ...object, apiVersion: storage }),
  fromStorage: (object) => (object.apiVersion === served ? object : { ...object, apiVersion: served }),
});
