import { recordUpdate } from './apply.ts';
import { type Call, type Machine, presentationOf } from './call.ts';
import { mustWait } from './deletion.ts';
import { freeName } from './free-name.ts';
import type { ApiResponse } from './http.ts';
import { type JsonObject, sameJson } from './json.ts';
import { metadataChangeProblems, metadataProblems, newMetadata, updatedMetadata } from './metadata.ts';
import { type WriteOptions, writeOptions } from './options.ts';
import { readObject } from './read-body.ts';
import { objectResponse } from './representation.ts';
import { alreadyExists, badRequest, invalid, notFound, StatusError } from './status-error.ts';
import { keyOf } from './store.ts';
import { type StoredMeta, type StoredObject, secondsTime } from './stored-object.ts';
import { checkPlace, checkPreconditions, decoded, metaOf, warningHeaders } from './written-object.ts';

export function createObject(machine: Machine, call: Call): ApiResponse {
  const presentation = presentationOf(call, machine.clock.now());
  const options = writeOptions('CreateOptions', call.info.query);
  const written = readObject(call.request, call.resource);
  const { object, warnings } = decoded(call, written, options);
  const created = create(machine, call, object, options);
  return objectResponse(201, created, presentation, warningHeaders(warnings));
}

export function replaceObject(machine: Machine, call: Call): ApiResponse {
  const presentation = presentationOf(call, machine.clock.now());
  const options = writeOptions('UpdateOptions', call.info.query);
  const { resource, path } = call;
  const name = path.name as string;
  const written = readObject(call.request, resource);
  const { object, warnings } = decoded(call, written, options);
  checkPlace(call, object);
  const old = resource.collection.get(keyOf(resource.type, path.namespace, name));
  if (!old) {
    if (!resource.rules.createOnUpdate || path.subresource) throw notFound(resource.type, name);
    return objectResponse(201, create(machine, call, object, options), presentation, warningHeaders(warnings));
  }
  checkPreconditions(call, object, old);
  const updated = update(machine, call, old, object, { ...options, managedFields: undefined });
  return objectResponse(200, updated, presentation, warningHeaders(warnings));
}

export interface CreateOptions extends WriteOptions {
  /** Ownership as server-side apply has worked it out. */
  readonly managedFields?: StoredMeta['managedFields'] | undefined;
}

/** Stores a new object, already decoded. */
export function create(machine: Machine, call: Call, object: JsonObject, options: CreateOptions): StoredObject {
  const { resource, path, actor } = call;
  const { type, rules, collection } = resource;
  const metadata = metaOf(object);
  const namespace = type.namespaced ? path.namespace : undefined;
  if (namespace !== undefined && metadata['namespace'] && metadata['namespace'] !== namespace) {
    throw badRequest('the namespace of the provided object does not match the namespace sent on the request');
  }
  if (metadata['resourceVersion'] && metadata['resourceVersion'] !== '0') {
    throw new StatusError(500, undefined, 'resourceVersion should not be set on objects to be created');
  }
  const given = typeof metadata['name'] === 'string' ? metadata['name'] : '';
  const prefix = typeof metadata['generateName'] === 'string' ? metadata['generateName'] : '';
  const name = given || freeName(machine, call, prefix);
  if (namespace !== undefined) machine.admitToNamespace(resource, namespace, name);

  const now = machine.clock.now();
  const born = newMetadata(metadata, {
    name,
    namespace,
    uid: machine.newUid(),
    generation: rules.generation ? 1 : undefined,
    now,
  });
  const { status: _, ...withoutStatus } = object;
  const fresh = rules.toStorage({ ...(type.status ? withoutStatus : object), metadata: born } as StoredObject);
  const prepared = rules.prepare?.(fresh, undefined, now) ?? fresh;
  const problems = name
    ? metadataProblems(prepared.metadata, rules.nameRule)
    : [{ field: 'metadata.name', message: 'Required value: name or generateName is required' }];
  problems.push(...rules.problems(prepared, undefined));
  if (problems.length > 0) throw invalid(type, name, problems);
  const key = keyOf(type, namespace, name);
  const existing = collection.get(key);
  if (existing)
    throw alreadyExists(type, name, existing.metadata.deletionTimestamp !== undefined ? 'going' : 'staying');

  const managedFields =
    options.managedFields ??
    ownership(machine, {
      before: undefined,
      after: rules.fromStorage(prepared),
      manager: managerOf(call, options),
      subresource: undefined,
      now: secondsTime(now),
      schema: type.schema,
    });
  const complete = withManagedFields(prepared, managedFields);
  return options.dryRun ? withoutVersion(complete) : machine.store.put(collection, key, complete, actor);
}

/** What a program calls itself, unless the writer says otherwise. */
const managerOf = ({ actor }: Call, { fieldManager }: WriteOptions): string =>
  fieldManager || actor.agent.split('/', 1)[0] || 'unknown';

/** Undefined where nobody keeps track: then the object goes without. */
const ownership = (
  { tracksFields }: Machine,
  write: Parameters<typeof recordUpdate>[0],
): StoredMeta['managedFields'] =>
  tracksFields ? (recordUpdate(write) as unknown as StoredMeta['managedFields']) : undefined;

function withManagedFields(object: StoredObject, managedFields: StoredMeta['managedFields']): StoredObject {
  return { ...object, metadata: { ...object.metadata, ...(managedFields && { managedFields }) } };
}

const withoutVersion = (object: StoredObject): StoredObject => {
  const { resourceVersion: _, ...metadata } = object.metadata;
  return { ...object, metadata: metadata as StoredMeta };
};

/** Stores a changed object, already decoded; gives back the old one when nothing has changed. */
export function update(
  machine: Machine,
  call: Call,
  old: StoredObject,
  object: JsonObject,
  options: CreateOptions,
): StoredObject {
  const { resource, path, actor } = call;
  const { type, rules, collection } = resource;
  const now = machine.clock.now();
  const wanted = merged(call, old, object);
  const prepared = rules.prepare?.(wanted, old, now) ?? wanted;
  const bumped = rules.generation && !path.subresource && wantsOther(prepared, old, type.status);
  const next = bumped
    ? { ...prepared, metadata: { ...prepared.metadata, generation: (old.metadata.generation ?? 0) + 1 } }
    : prepared;

  const problems = [
    ...metadataProblems(next.metadata, NAMED_BEFORE),
    ...metadataChangeProblems(next.metadata, old.metadata),
    ...rules.problems(next, old),
  ];
  if (problems.length > 0) throw invalid(type, old.metadata.name, problems);
  const restated = restatedOwners(object, old);
  if (options.managedFields === undefined && !restated && sameJson(next, old)) return old;

  const managedFields =
    options.managedFields ??
    ownership(machine, {
      before: rules.fromStorage(old),
      after: rules.fromStorage(withManagedFields(next, restated)),
      manager: managerOf(call, options),
      subresource: path.subresource,
      now: secondsTime(now),
      schema: type.schema,
    });
  const complete = withManagedFields(next, managedFields);
  if (options.managedFields !== undefined && sameJson(complete, old)) return old;
  if (options.dryRun) return complete;
  const key = keyOf(type, old.metadata.namespace, old.metadata.name);
  if (old.metadata.deletionTimestamp !== undefined && !mustWait(resource, complete)) {
    machine.store.remove(collection, key, actor);
    return complete;
  }
  return machine.store.put(collection, key, complete, actor);
}

/** Who owns what, as the writer would have it: kubectl hands over so what it applied on its own side before. */
function restatedOwners(object: JsonObject, { metadata }: StoredObject): StoredMeta['managedFields'] {
  const { managedFields } = metaOf(object);
  if (!Array.isArray(managedFields) || sameJson(managedFields, metadata.managedFields ?? [])) return undefined;
  return managedFields as unknown as StoredMeta['managedFields'];
}

/** A name that was good once stays good. */
const NAMED_BEFORE = (): undefined => undefined;

/** What the request may change, over what it may not. */
function merged({ resource, path }: Call, old: StoredObject, object: JsonObject): StoredObject {
  const { type, rules } = resource;
  if (path.subresource) {
    // through a subresource only what it stands for changes
    const part = rules.subresources?.[path.subresource] ?? 'status';
    const next = rules.toStorage({ ...object, metadata: old.metadata } as StoredObject);
    return withPart(old, part, next[part]);
  }
  const next = rules.toStorage({ ...object, metadata: updatedMetadata(metaOf(object), old) } as StoredObject);
  return type.status ? withPart(next, 'status', old['status']) : next;
}

function withPart(object: StoredObject, part: string, value: StoredObject[string]): StoredObject {
  const { [part]: _, ...rest } = object;
  return (value === undefined ? rest : { ...rest, [part]: value }) as StoredObject;
}

/** Whether anything but metadata and status is other than it was. */
function wantsOther(next: StoredObject, old: StoredObject, hasStatus: boolean): boolean {
  const counts = (key: string) => key !== 'metadata' && !(hasStatus && key === 'status');
  for (const key in next) if (counts(key) && !sameJson(next[key], old[key])) return true;
  for (const key in old) if (counts(key) && !(key in next)) return true;
  return false;
}
