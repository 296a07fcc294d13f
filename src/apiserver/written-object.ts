import type { Call } from './call.ts';
import { duplicateFields } from './duplicate-fields.ts';
import { isObject, type JsonObject } from './json.ts';
import { undecodableMetadata } from './metadata.ts';
import type { WriteOptions } from './options.ts';
import { cannotBeHandled } from './read-body.ts';
import { DecodeError } from './served-resource.ts';
import { badRequest, conflict, invalid, StatusError } from './status-error.ts';
import { keyOf } from './store.ts';
import type { StoredObject } from './stored-object.ts';

export interface DecodedObject {
  readonly object: JsonObject;
  readonly warnings: readonly string[];
}

/** The object as its kind knows it; what nobody knows is dropped, told or refused as the writer asks. */
export function decoded(
  { resource, request }: Call,
  written: JsonObject,
  { fieldValidation }: WriteOptions,
  refuse: (why: string) => StatusError = (why) =>
    cannotBeHandled(resource.type.kind, resource.type.version, resource.type.kind, why),
): DecodedObject {
  const inMetadata = undecodableMetadata(written['metadata'], resource.type.origin);
  if (inMetadata) throw refuse(inMetadata);
  try {
    const { object, unknown } = resource.rules.decode(written);
    // looked for only by who insists: it takes reading the text once more
    const twice = fieldValidation === 'Strict' ? duplicateFields(request.body ?? '') : [];
    if ((unknown.length === 0 && twice.length === 0) || fieldValidation === 'Ignore') return { object, warnings: [] };
    const said = [
      ...twice.map((field) => `duplicate field ${JSON.stringify(field)}`),
      ...inOrder(unknown).map((field) => `unknown field ${JSON.stringify(field)}`),
    ];
    if (fieldValidation === 'Strict') throw refuse(`strict decoding error: ${said.join(', ')}`);
    return { object, warnings: said };
  } catch (error) {
    throw error instanceof DecodeError ? refuse(error.message) : error;
  }
}

/** Metadata is read first. */
const inOrder = (fields: readonly string[]): readonly string[] => {
  const rank = (field: string) => (field.startsWith('metadata.') ? 0 : 1);
  return [...fields].sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1));
};

export const warningHeaders = (warnings: readonly string[]): Readonly<Record<string, string>> =>
  warnings.length === 0
    ? {}
    : { warning: warnings.map((text) => `299 - "${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`).join(', ') };

/** Name and namespace in the object must be those in the path. */
export function checkPlace({ path, resource }: Call, object: JsonObject): void {
  const metadata = metaOf(object);
  const { name, namespace } = metadata;
  if (!name) throw badRequest('name must be provided');
  if (name !== path.name) {
    throw badRequest(`the name of the object (${String(name)}) does not match the name on the URL (${path.name})`);
  }
  if (resource.type.namespaced && namespace && namespace !== path.namespace) {
    throw badRequest(
      `the namespace of the object (${String(namespace)}) does not match the namespace on the URL (${path.namespace})`,
    );
  }
}

export const metaOf = (object: JsonObject): JsonObject => (isObject(object['metadata']) ? object['metadata'] : {});

/** The version and the object that the writer has seen must be those that are stored. */
export function checkPreconditions({ resource }: Call, object: JsonObject, old: StoredObject): void {
  const { resourceVersion, uid } = metaOf(object);
  const { type, rules } = resource;
  const { name } = old.metadata;
  if (uid && uid !== old.metadata.uid) {
    const key = `/registry/${type.group ? `${type.group}/` : ''}${type.plural}/${keyOf(type, old.metadata.namespace, name)}`;
    throw conflict(
      type,
      name,
      `StorageError: invalid object, Code: 4, Key: ${key}, ResourceVersion: 0, AdditionalErrorMsg: ` +
        `Precondition failed: UID in precondition: ${String(uid)}, UID in object meta: ${old.metadata.uid}`,
    );
  }
  if (!resourceVersion || resourceVersion === '0') {
    if (rules.unconditionalUpdate) return;
    throw invalid({ group: type.group, kind: type.plural }, name, [
      { field: 'metadata.resourceVersion', message: 'Invalid value: 0: must be specified for an update' },
    ]);
  }
  if (!/^[0-9]+$/.test(String(resourceVersion))) {
    throw new StatusError(
      500,
      undefined,
      `strconv.ParseUint: parsing ${JSON.stringify(resourceVersion)}: invalid syntax`,
    );
  }
  if (resourceVersion !== old.metadata.resourceVersion) throw conflict(type, name);
}
