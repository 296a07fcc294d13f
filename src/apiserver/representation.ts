import { toYaml } from '../api/yaml.ts';
import { jsonResponse, lazyBody, textOf } from './body.ts';
import type { ApiResponse } from './http.ts';
import type { JsonObject } from './json.ts';
import type { ServedResource } from './served-resource.ts';
import { notAcceptable } from './status-error.ts';
import type { StoredObject } from './stored-object.ts';
import { type IncludeObject, tableOf } from './table.ts';

/** How an answer is to look: what of an object, and in which notation. */
export interface Representation {
  readonly as: 'object' | 'table' | 'partial';
  readonly notation: 'json' | 'yaml';
}

const JSON_OBJECT: Representation = { as: 'object', notation: 'json' };
const YAML_OBJECT: Representation = { as: 'object', notation: 'yaml' };
const MEDIA_TYPES = ['application/json', 'application/yaml', 'application/vnd.kubernetes.protobuf'];

const negotiated = new Map<string, Representation>();

/** The first of the media types that we can write; protobuf we cannot, so a client that takes nothing else is refused. */
export function negotiate(accept: string | undefined): Representation {
  if (!accept) return JSON_OBJECT;
  let found = negotiated.get(accept);
  if (!found) {
    found = firstOf(accept);
    // there are few in practice, but a caller could make many
    if (negotiated.size < 100) negotiated.set(accept, found);
  }
  return found;
}

function firstOf(accept: string): Representation {
  for (const range of accept.split(',')) {
    const [type, ...parameters] = range.split(';').map((part) => part.trim());
    const as = parameters.find((part) => part.startsWith('as='))?.slice(3);
    const isJson = type === 'application/json' || type === '*/*' || type === 'application/*';
    if (as === 'Table' && isJson) return { as: 'table', notation: 'json' };
    if (as?.startsWith('PartialObjectMetadata') && isJson) return { as: 'partial', notation: 'json' };
    if (as) continue;
    if (isJson) return JSON_OBJECT;
    if (type === 'application/yaml') return YAML_OBJECT;
  }
  throw notAcceptable(MEDIA_TYPES);
}

export interface Presentation {
  readonly resource: ServedResource;
  readonly representation: Representation;
  readonly includeObject: IncludeObject;
  readonly now: number;
}

/** An answer with one object. */
export function objectResponse(
  status: number,
  object: StoredObject,
  presentation: Presentation,
  headers: Readonly<Record<string, string>> = {},
): ApiResponse {
  const { representation, resource } = presentation;
  if (representation.as === 'object') {
    const served = resource.rules.fromStorage(object);
    if (representation.notation === 'yaml') return yamlResponse(status, served, headers);
    return { status, headers: { ...JSON_TYPE, ...headers }, body: lazyBody(() => textOf(served)) };
  }
  return jsonResponse(status, rendered(object, presentation), headers);
}

const JSON_TYPE = { 'content-type': 'application/json' } as const;

const yamlResponse = (status: number, value: unknown, headers: Readonly<Record<string, string>>): ApiResponse => ({
  status,
  headers: { 'content-type': 'application/yaml', ...headers },
  body: lazyBody(() => toYaml(value)),
});

/** One object as it is shown in a watch. */
export function objectText(object: StoredObject, presentation: Presentation): string {
  if (presentation.representation.as === 'object') return textOf(presentation.resource.rules.fromStorage(object));
  return JSON.stringify(rendered(object, presentation));
}

function rendered(object: StoredObject, { representation, resource, includeObject, now }: Presentation): unknown {
  const served = resource.rules.fromStorage(object);
  if (representation.as === 'partial') return partial(served);
  const { resourceVersion } = served.metadata;
  return tableOf([served], resource.type.columns, { resourceVersion }, includeObject, now);
}

export interface ListMeta {
  readonly resourceVersion: string;
  readonly continue?: string;
  readonly remainingItemCount?: number;
}

export function listResponse(
  objects: readonly StoredObject[],
  listMeta: ListMeta,
  presentation: Presentation,
): ApiResponse {
  const { representation, resource, includeObject, now } = presentation;
  // a list of custom resources shows the field even when there is no other page
  const metadata =
    resource.type.origin === 'custom' && representation.as === 'object' ? { continue: '', ...listMeta } : listMeta;
  const served = objects.map(resource.rules.fromStorage);
  switch (representation.as) {
    case 'table':
      return jsonResponse(200, tableOf(served, resource.type.columns, metadata, includeObject, now));
    case 'partial':
      return jsonResponse(200, {
        kind: 'PartialObjectMetadataList',
        apiVersion: 'meta.k8s.io/v1',
        metadata,
        items: served.map(partial),
      });
    case 'object':
      if (representation.notation === 'yaml') {
        return yamlResponse(200, { ...listHead(resource), metadata, items: served.map(itemOf(resource)) }, {});
      }
      return { status: 200, headers: JSON_TYPE, body: lazyBody(() => listText(served, metadata, resource)) };
  }
}

/** Put together from the objects' own texts. */
function listText(objects: readonly StoredObject[], metadata: ListMeta, resource: ServedResource): string {
  const { apiVersion, kind } = listHead(resource);
  const item = itemOf(resource);
  const items = objects.map((object) => {
    const shown = item(object);
    return shown === object ? textOf(object) : JSON.stringify(shown);
  });
  return `{"apiVersion":"${apiVersion}","kind":"${kind}","metadata":${JSON.stringify(metadata)},"items":[${items.join(',')}]}`;
}

const listHead = ({ apiVersion, type }: ServedResource) => ({ apiVersion, kind: type.listKind });

/** In a list, an object of a built-in kind does not repeat what it is. */
const itemOf =
  ({ type }: ServedResource) =>
  (object: StoredObject): JsonObject => {
    if (type.origin === 'custom') return object;
    const { apiVersion: _, kind: __, ...rest } = object as JsonObject;
    return rest;
  };

const partial = ({ metadata }: StoredObject) => ({
  kind: 'PartialObjectMetadata',
  apiVersion: 'meta.k8s.io/v1',
  metadata,
});
