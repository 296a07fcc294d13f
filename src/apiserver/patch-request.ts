import { ApplyConflict, ApplyTypeError, applyPatch } from './apply.ts';
import { type Call, type Machine, presentationOf } from './call.ts';
import type { ApiResponse } from './http.ts';
import { isObject, type Json, type JsonObject } from './json.ts';
import { type WriteOptions, writeOptions } from './options.ts';
import { jsonPatch, mergePatch, PatchError } from './patch.ts';
import { mediaTypeOf, readJson, readYaml } from './read-body.ts';
import { objectResponse } from './representation.ts';
import { isTrue } from './request-info.ts';
import {
  badRequest,
  conflict,
  invalid,
  invalidOptions,
  notFound,
  StatusError,
  unsupportedMediaType,
} from './status-error.ts';
import { keyOf } from './store.ts';
import { type StoredObject, secondsTime } from './stored-object.ts';
import { strategicMergePatch } from './strategic-merge.ts';
import { create, update } from './write.ts';
import { checkPlace, decoded, metaOf, warningHeaders } from './written-object.ts';

const JSON_PATCH = 'application/json-patch+json';
const MERGE_PATCH = 'application/merge-patch+json';
const STRATEGIC_PATCH = 'application/strategic-merge-patch+json';
const APPLY = 'application/apply-patch+yaml';

export function patchObject(machine: Machine, call: Call): ApiResponse {
  const type = mediaTypeOf(call.request);
  const accepted = acceptedBy(call);
  if (!accepted.includes(type)) {
    if (call.resource.type.origin === 'custom') throw unsupportedMediaType(accepted);
    throw new StatusError(415, 'UnsupportedMediaType', '415: Unsupported Media Type', {});
  }
  const options = writeOptions('PatchOptions', call.info.query);
  return type === APPLY ? applyObject(machine, call, options) : changeObject(machine, call, type, options);
}

function acceptedBy({ resource }: Call): readonly string[] {
  return resource.type.origin === 'custom'
    ? [JSON_PATCH, MERGE_PATCH, APPLY]
    : [JSON_PATCH, MERGE_PATCH, STRATEGIC_PATCH, APPLY];
}

function changeObject(machine: Machine, call: Call, mediaType: string, options: WriteOptions): ApiResponse {
  const presentation = presentationOf(call, machine.clock.now());
  const { resource, path } = call;
  if (call.info.query.has('force')) {
    throw invalidOptions('PatchOptions', 'force', 'Forbidden: may not be specified for non-apply patch');
  }
  const patch = readJson(call.request.body ?? '', (why) => badRequest(`error decoding patch: ${why}`));
  const old = existing(call);
  const live = resource.rules.fromStorage(old);
  const patched = patchedWith(mediaType, live, patch);
  checkPlace(call, {
    ...patched,
    metadata: { ...metaOf(patched), name: metaOf(patched)['name'] ?? path.name } as JsonObject,
  });
  checkIdentity(call, patched, old);
  const { object, warnings } = decoded(call, patched, options, (why) =>
    invalid({ group: '', kind: '' }, '', [
      { field: 'patch', message: `Invalid value: ${JSON.stringify(JSON.stringify(patched))}: ${why}` },
    ]),
  );
  const updated = update(machine, call, old, object, { ...options, managedFields: undefined });
  return objectResponse(200, updated, presentation, warningHeaders(warnings));
}

function existing({ resource, path }: Call): StoredObject {
  const name = path.name as string;
  const old = resource.collection.get(keyOf(resource.type, path.namespace, name));
  if (!old) throw notFound(resource.type, name);
  return old;
}

function patchedWith(mediaType: string, live: StoredObject, patch: Json): JsonObject {
  try {
    const patched =
      mediaType === JSON_PATCH
        ? jsonPatch(live, patch)
        : mediaType === MERGE_PATCH
          ? mergePatch(live, patch)
          : strategicMergePatch(live, patch);
    if (isObject(patched)) return patched;
    throw new PatchError(422, 'the server rejected our request due to an error in our request');
  } catch (error) {
    if (!(error instanceof PatchError)) throw error;
    const reason = error.status === 400 ? 'BadRequest' : error.status === 413 ? 'RequestEntityTooLarge' : 'Invalid';
    throw new StatusError(error.status, reason, error.message, error.status === 400 ? undefined : {});
  }
}

/** A patch may name the version and the object it is meant for. */
function checkIdentity({ resource }: Call, patched: JsonObject, old: StoredObject): void {
  const { type } = resource;
  const { resourceVersion, uid } = metaOf(patched);
  const { name } = old.metadata;
  if (resourceVersion && resourceVersion !== old.metadata.resourceVersion) throw conflict(type, name);
  if (uid && uid !== old.metadata.uid) {
    throw invalid(type, name, [
      { field: 'metadata.uid', message: `Invalid value: ${JSON.stringify(uid)}: field is immutable` },
    ]);
  }
  const kind = patched['kind'];
  if (kind !== old.kind && type.origin === 'custom') {
    throw invalid(type, name, [
      { field: 'kind', message: `Invalid value: ${JSON.stringify(kind ?? '')}: must be ${type.kind}` },
    ]);
  }
}

function applyObject(machine: Machine, call: Call, options: WriteOptions): ApiResponse {
  const presentation = presentationOf(call, machine.clock.now());
  const { resource, path, info } = call;
  const { type, rules } = resource;
  if (!options.fieldManager) {
    throw invalidOptions('PatchOptions', 'fieldManager', 'Required value: is required for apply patch');
  }
  const written = readYaml(call.request.body ?? '', (why) => badRequest(why));
  const applied = ofType(call, written);
  const old = resource.collection.get(keyOf(type, path.namespace, path.name as string));
  if (!old && path.subresource) throw notFound(type, path.name as string);
  const { resourceVersion } = metaOf(applied);
  if (resourceVersion && resourceVersion !== old?.metadata.resourceVersion) throw conflict(type, path.name as string);
  const object = ownership(() =>
    applyPatch({
      live: old && rules.fromStorage(old),
      // a Go program sends the zero values of a status along: only the door of the status takes one
      applied: type.status && !path.subresource ? withoutStatus(applied) : applied,
      manager: options.fieldManager as string,
      force: info.query.has('force') && isTrue(info.query.get('force')),
      subresource: path.subresource,
      now: secondsTime(machine.clock.now()),
      schema: type.schema,
    }),
  );
  const { managedFields, name } = metaOf(object as JsonObject);
  if (!name)
    throw badRequest(`the name of the object (${path.name} based on URL) was undeterminable: name must be provided`);
  const { object: complete, warnings } = decoded(call, object as JsonObject, options);
  if (old) {
    const updated = update(machine, call, old, complete, { ...options, managedFields: managedFields ?? [] });
    return objectResponse(200, updated, presentation, warningHeaders(warnings));
  }
  machine.mayCreate(call);
  const created = create(machine, call, complete, { ...options, managedFields: managedFields ?? [] });
  return objectResponse(201, created, presentation, warningHeaders(warnings));
}

const withoutStatus = ({ status: _, ...rest }: JsonObject): JsonObject => rest as JsonObject;

function ofType({ resource, path }: Call, written: Json): JsonObject {
  const { apiVersion, kind } = isObject(written) ? written : {};
  const [first = '', second] = String(apiVersion ?? '').split('/');
  const [group, version] = second === undefined ? ['', first] : [first, second];
  if (!isObject(written) || !apiVersion || !kind) {
    throw badRequest(`invalid object type: ${group}/${version}, Kind=${String(kind ?? '')}`);
  }
  if (kind !== resource.type.kind || apiVersion !== resource.apiVersion) {
    throw badRequest(`invalid object type: ${group}/${version}, Kind=${String(kind)}`);
  }
  const metadata = metaOf(written);
  const { name, namespace, managedFields } = metadata;
  if (Array.isArray(managedFields) && managedFields.length > 0) throw badRequest('metadata.managedFields must be nil');
  if (name && name !== path.name) {
    throw badRequest(`the name of the object (${String(name)}) does not match the name on the URL (${path.name})`);
  }
  if (resource.type.namespaced && namespace && namespace !== path.namespace) {
    throw badRequest(
      `the namespace of the object (${String(namespace)}) does not match the namespace on the URL (${path.namespace})`,
    );
  }
  return written;
}

function ownership<T>(apply: () => T): T {
  try {
    return apply();
  } catch (error) {
    if (error instanceof ApplyTypeError) throw new StatusError(500, undefined, error.message);
    if (!(error instanceof ApplyConflict)) throw error;
    const causes = error.causes.map(({ field, message }) => ({ reason: 'FieldManagerConflict', message, field }));
    throw new StatusError(409, 'Conflict', error.message, { causes });
  }
}
