import { jsonResponse, lazyBody, textResponse } from './body.ts';
import type { Call, Machine } from './call.ts';
import { deleteCollection, deleteOne } from './delete-request.ts';
import { discovery } from './discovery.ts';
import type { ApiResponse } from './http.ts';
import { isObject } from './json.ts';
import { openapi } from './openapi.ts';
import { patchObject } from './patch-request.ts';
import { boundPod, specOf } from './pods.ts';
import { getObject, listObjects } from './read.ts';
import { readObject } from './read-body.ts';
import type { RequestInfo } from './request-info.ts';
import type { ResourceType, Verb } from './resource-type.ts';
import {
  badRequest,
  conflict,
  methodNotAllowed,
  methodNotSupported,
  noSuchResource,
  notFound,
} from './status-error.ts';
import { keyOf } from './store.ts';
import { watchObjects } from './watch-request.ts';
import { createObject, replaceObject } from './write.ts';

/** What a path that names no resource answers. */
export function serverPath(
  { verb, path }: RequestInfo,
  accept: string | undefined,
  types: readonly ResourceType[],
): ApiResponse {
  const answer = pathAnswer(path, accept, types);
  if (!answer) return nothingHere();
  if (verb !== 'get' && verb !== 'head') throw methodNotAllowed();
  return answer;
}

export const nothingHere = (): ApiResponse => textResponse(404, '404 page not found\n');

function pathAnswer(path: string, accept: string | undefined, types: readonly ResourceType[]): ApiResponse | undefined {
  if (path === '/version' || path === '/version/') return jsonResponse(200, VERSION);
  if (/^\/(healthz|livez|readyz)(\/[a-z-]+)?$/.test(path)) return textResponse(200, 'ok');
  if (path === '/')
    return jsonResponse(200, { paths: ['/api', '/apis', '/healthz', '/livez', '/openapi/v3', '/readyz', '/version'] });
  if (path.startsWith('/openapi/')) {
    // kubectl reads the older form in protobuf only, to check a List by: one that says nothing lets the server check
    if (path === '/openapi/v2' && accept?.includes(OPENAPI_PROTOBUF)) {
      return textResponse(200, EMPTY_SWAGGER, 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf');
    }
    const document = openapi(path, types);
    if (document === undefined) return undefined;
    return { status: 200, headers: { 'content-type': 'application/json' }, body: lazyBody(() => document) };
  }
  const found = discovery(path, accept, types);
  return found && jsonResponse(200, found.body, { 'content-type': found.contentType });
}

const OPENAPI_PROTOBUF = 'application/com.github.proto-openapi.spec.v2';
/** Field 1, three letters: `swagger: "2.0"`. */
const EMPTY_SWAGGER = '\n\x032.0';

const VERSION = {
  major: '1',
  minor: '36',
  emulationMajor: '1',
  emulationMinor: '36',
  minCompatibilityMajor: '1',
  minCompatibilityMinor: '35',
  gitVersion: 'v1.36.2+konductor',
  gitCommit: '',
  gitTreeState: '',
  buildDate: '1970-01-01T00:00:00Z',
  goVersion: 'none',
  compiler: 'none',
  platform: 'node',
};

/** Carries out a request about a resource. */
export function resourceRequest(machine: Machine, call: Call): ApiResponse {
  const { resource, path, info } = call;
  const { type } = resource;
  const isCustom = type.origin === 'custom';
  if (path.namespace !== undefined && !type.namespaced) return isCustom ? nothingHere() : refuse(noSuchResource());
  if (path.subresource !== undefined) return subresourceRequest(machine, call);
  const verb = info.verb as Verb;
  const needsNamespace = type.namespaced && verb !== 'list' && verb !== 'watch' && verb !== 'deletecollection';
  if (needsNamespace && path.namespace === undefined) return isCustom ? nothingHere() : refuse(methodNotAllowed());
  if (!type.verbs.includes(verb)) throw isCustom ? methodNotSupported(type, info.verb) : methodNotAllowed();
  switch (verb) {
    case 'get':
      return getObject(machine, call);
    case 'list':
      return listObjects(machine, call);
    case 'watch':
      return watchObjects(machine, call);
    case 'create':
      if (path.name !== undefined) throw methodNotAllowed();
      return createObject(machine, call);
    case 'update':
      return named(call) && replaceObject(machine, call);
    case 'patch':
      return named(call) && patchObject(machine, call);
    case 'delete':
      return deleteOne(machine, call);
    case 'deletecollection':
      return deleteCollection(machine, call);
  }
}

/** PUT and PATCH are about one object. */
function named({ path, resource }: Call): true {
  if (path.name !== undefined) return true;
  throw resource.type.origin === 'custom' ? badRequest('name must be provided') : methodNotAllowed();
}

function refuse(error: Error): never {
  throw error;
}

function subresourceRequest(machine: Machine, call: Call): ApiResponse {
  const { resource, path, info } = call;
  const { type, rules } = resource;
  const name = path.name as string;
  if (type.plural === 'pods' && type.group === '' && path.subresource === 'binding') return bindPod(machine, call);
  const known =
    (path.subresource === 'status' && type.status) || rules.subresources?.[path.subresource as string] !== undefined;
  if (!known) throw type.origin === 'custom' ? notFound(type, name) : noSuchResource();
  switch (info.verb) {
    case 'get':
      return getObject(machine, call);
    case 'update':
      return replaceObject(machine, call);
    case 'patch':
      return patchObject(machine, call);
    default:
      throw type.origin === 'custom' ? methodNotSupported(type, info.verb) : methodNotAllowed();
  }
}

/** What a scheduler does when it has found a node. */
function bindPod({ store, clock }: Machine, call: Call): ApiResponse {
  const { resource, path, info, actor } = call;
  if (info.verb !== 'create') throw methodNotAllowed();
  const name = path.name as string;
  const key = keyOf(resource.type, path.namespace, name);
  const pod = resource.collection.get(key);
  if (!pod) throw notFound(resource.type, name);
  const binding = readObject(call.request, { ...resource, type: { ...resource.type, kind: 'Binding' } });
  const target = isObject(binding['target']) ? String(binding['target']['name'] ?? '') : '';
  const { nodeName, schedulingGates } = specOf(pod);
  const about = { group: '', plural: 'pods/binding' };
  if (nodeName) throw conflict(about, name, `pod ${name} is already assigned to node ${JSON.stringify(nodeName)}`);
  if (Array.isArray(schedulingGates) && schedulingGates.length > 0) {
    throw conflict(about, name, `pod ${name} has non-empty .spec.schedulingGates`);
  }
  store.put(resource.collection, key, boundPod(pod, target, clock.now()), actor);
  return jsonResponse(201, { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 });
}
