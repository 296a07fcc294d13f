import { parse } from 'yaml';
import type { ApiRequest } from './http.ts';
import { isObject, type Json, type JsonObject } from './json.ts';
import type { ServedResource } from './served-resource.ts';
import { badRequest, invalid, type StatusError, unsupportedMediaType } from './status-error.ts';

const JSON_TYPE = 'application/json';
const YAML_TYPE = 'application/yaml';
const OBJECT_TYPES = [JSON_TYPE, YAML_TYPE, 'application/vnd.kubernetes.protobuf'];

/** Without its parameters; JSON when nothing is said. */
export const mediaTypeOf = ({ headers }: ApiRequest): string =>
  (headers['content-type'] ?? '').split(';', 1)[0]?.trim() || JSON_TYPE;

/** The object in the body, of the kind that this resource has. */
export function readObject(request: ApiRequest, resource: ServedResource): JsonObject {
  const { kind } = resource.type;
  const text = request.body ?? '';
  const object = notation(request, (why) => badRequest(`${unrecognized(kind)}: ${why} (${excerpt(text)})`));
  if (!isObject(object)) {
    throw badRequest(
      `${unrecognized(kind)}: couldn't get version/kind; json parse error: json: cannot unmarshal ${typeName(object)} into Go value of type ` +
        'struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" } ' +
        `(${excerpt(text)})`,
    );
  }
  return ofKind(object, resource, text);
}

const unrecognized = (kind: string): string => `the object provided is unrecognized (must be of type ${kind})`;

function notation(request: ApiRequest, refuse: (why: string) => StatusError): Json {
  const type = mediaTypeOf(request);
  const text = request.body ?? '';
  if (type === YAML_TYPE) return readYaml(text, (why) => refuse(`couldn't get version/kind; json parse error: ${why}`));
  if (type !== JSON_TYPE) throw unsupportedMediaType(OBJECT_TYPES);
  return readJson(text, (why) => refuse(`couldn't get version/kind; json parse error: ${why}`));
}

export function readJson(text: string, refuse: (why: string) => Error): Json {
  try {
    return JSON.parse(text) as Json;
  } catch (error) {
    throw refuse(sayJsonError(text, error as Error));
  }
}

export function readYaml(text: string, refuse: (why: string) => Error): Json {
  try {
    return parse(text, { maxAliasCount: 100, logLevel: 'error' }) as Json;
  } catch (error) {
    throw refuse(`error converting YAML to JSON: yaml: ${(error as Error).message}`);
  }
}

/** As Go's decoder says it. */
function sayJsonError(text: string, { message }: Error): string {
  const [, found] = /^(?:Unexpected token|Bad control character|Expected [^,]*) '?(.)'?,? /u.exec(message) ?? [];
  if (!text.trim() || /end of JSON input|Unterminated|Expected .* in JSON at position/.test(message) === true) {
    return 'unexpected end of JSON input';
  }
  return found ? `invalid character '${found}' looking for beginning of value` : message;
}

/** A custom resource must say what it is; what is built in is taken at the path's word. */
function ofKind(object: JsonObject, { type, apiVersion }: ServedResource, text: string): JsonObject {
  if (object['kind'] === type.kind && object['apiVersion'] === apiVersion) return object;
  const { kind, apiVersion: version } = object;
  if (type.origin === 'built-in') {
    if ((!kind || kind === type.kind) && (!version || version === apiVersion)) {
      return { ...object, kind: type.kind, apiVersion };
    }
    const why =
      kind && kind !== type.kind
        ? `converting (${version}.${String(kind)}) to (${type.kind}): unknown conversion`
        : `no kind ${JSON.stringify(kind)} is registered for version ${JSON.stringify(version)} in scheme "pkg/runtime/scheme.go:111"`;
    throw cannotBeHandled(
      String(kind || type.kind),
      String(version || apiVersion)
        .split('/')
        .at(-1) as string,
      type.kind,
      why,
    );
  }
  for (const key of ['kind', 'apiVersion'] as const) {
    if (object[key]) continue;
    throw badRequest(
      `${unrecognized(type.kind)}: Object '${key === 'kind' ? 'Kind' : key}' is missing in '${text}' (${excerpt(text)})`,
    );
  }
  if (version !== apiVersion) {
    throw badRequest(
      `the API version in the data (${String(version)}) does not match the expected API version (${apiVersion})`,
    );
  }
  const name = isObject(object['metadata']) ? String(object['metadata']['name'] ?? '') : '';
  throw invalid({ group: type.group, kind: String(kind) }, name, [
    { field: 'kind', message: `Invalid value: ${JSON.stringify(kind)}: must be ${type.kind}` },
  ]);
}

export const cannotBeHandled = (kind: string, version: string, as: string, why: string): StatusError =>
  badRequest(`${kind} in version ${JSON.stringify(version)} cannot be handled as a ${as}: ${why}`);

/** The beginning, so that a writer sees which body is meant. */
const excerpt = (text: string): string => {
  if (text === '') return '<empty>';
  return text.length > 30 ? `${text.slice(0, 30)} ...` : text;
};

const typeName = (value: unknown): string => (Array.isArray(value) ? 'array' : value === null ? 'null' : typeof value);
