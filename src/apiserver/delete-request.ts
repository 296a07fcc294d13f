import { jsonResponse } from './body.ts';
import { type Call, type Machine, presentationOf } from './call.ts';
import { deleteObject, markedForDeletion, mustWait } from './deletion.ts';
import type { ApiResponse } from './http.ts';
import { isObject, type JsonObject } from './json.ts';
import { type DeleteOptions, deleteOptions, listOptions } from './options.ts';
import { listed } from './read.ts';
import { readJson } from './read-body.ts';
import { listResponse, objectResponse } from './representation.ts';
import { qualifiedKind } from './resource-type.ts';
import { badRequest, conflict, forbidden, notFound } from './status-error.ts';
import { keyOf } from './store.ts';
import { type StoredObject, withMeta } from './stored-object.ts';

export function deleteOne(machine: Machine, call: Call): ApiResponse {
  const presentation = presentationOf(call, machine.clock.now());
  const { resource, path } = call;
  const options = deleteOptions(bodyOf(call), call.info.query);
  const name = path.name as string;
  const object = resource.collection.get(keyOf(resource.type, path.namespace, name));
  if (!object) throw notFound(resource.type, name);
  checkDemands(call, object, options);
  const { gone, object: last } = deleted(machine, call, object, options);
  if (!gone || resource.rules.deletionAnswer === 'object') return objectResponse(200, last, presentation);
  const { group, plural } = resource.type;
  return jsonResponse(200, {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Success',
    details: { name, ...(group && { group }), kind: plural, uid: object.metadata.uid },
  });
}

export function deleteCollection(machine: Machine, call: Call): ApiResponse {
  const presentation = presentationOf(call, machine.clock.now());
  const options = deleteOptions(bodyOf(call), call.info.query);
  const { objects, metadata } = listed(machine, call, listOptions(call.info.query, false));
  const gone = objects.filter((object) => !call.resource.rules.undeletable?.(object));
  for (const object of gone) deleted(machine, call, object, options);
  return listResponse(gone, metadata, presentation);
}

function bodyOf({ request }: Call): JsonObject | undefined {
  if (!request.body) return undefined;
  const body = readJson(request.body, (why) => badRequest(`couldn't get version/kind; json parse error: ${why}`));
  if (!isObject(body)) throw badRequest('decoded object cannot be converted to DeleteOptions');
  return body;
}

function checkDemands({ resource }: Call, { metadata }: StoredObject, { uid, resourceVersion }: DeleteOptions): void {
  const { type } = resource;
  // a real server names the kind here, not the resource
  const named = { group: '', plural: qualifiedKind(type) };
  const refuse = (why: string) => {
    const error = conflict(named, metadata.name, why);
    return Object.assign(error, {
      details: { name: metadata.name, ...(type.group && { group: type.group }), kind: type.kind },
    });
  };
  if (uid !== undefined && uid !== metadata.uid) {
    throw refuse(
      `the UID in the precondition (${uid}) does not match the UID in record (${metadata.uid}). ` +
        'The object might have been deleted and then recreated',
    );
  }
  if (resourceVersion !== undefined && resourceVersion !== metadata.resourceVersion) {
    throw refuse(
      `the ResourceVersion in the precondition (${resourceVersion}) does not match the ResourceVersion in record ` +
        `(${metadata.resourceVersion}). The object might have been modified`,
    );
  }
}

function deleted(machine: Machine, { resource, actor }: Call, object: StoredObject, options: DeleteOptions) {
  const why = resource.rules.undeletable?.(object);
  if (why) throw forbidden(resource.type, object.metadata.name, why);
  if (!options.dryRun) {
    const outcome = deleteObject(machine, resource, object, options.propagationPolicy, actor);
    return outcome.gone ? { gone: true, object: asGoing(outcome.object, machine) } : outcome;
  }
  const marked = markedForDeletion(resource, object, options.propagationPolicy, machine.clock.now());
  return { gone: !mustWait(resource, marked), object: marked };
}

/** An answer that shows what is gone shows that it was to go. */
const asGoing = (object: StoredObject, { clock }: Machine): StoredObject =>
  object.metadata.deletionTimestamp === undefined
    ? withMeta(object, {
        deletionTimestamp: `${new Date(clock.now()).toISOString().slice(0, 19)}Z`,
        deletionGracePeriodSeconds: 0,
      })
    : object;
