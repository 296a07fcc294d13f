import type { StructuralSchema } from '../api/structural.ts';
import { OBJECT_META } from './object-meta.ts';
import { apiVersionOf, type ResourceType } from './resource-type.ts';

/** A schema of OpenAPI: what a CustomResourceDefinition may say, and references. */
export type OpenApiSchema = Readonly<Record<string, unknown>>;

const META = 'io.k8s.apimachinery.pkg.apis.meta.v1';

/** `io.konductor.sync.v1.Semaphore`: the name under which the schema of a kind is found. */
export function schemaName({ group, version, kind }: Pick<ResourceType, 'group' | 'version' | 'kind'>): string {
  if (group === '') return `io.k8s.api.core.${version}.${kind}`;
  const isKubernetes = !group.includes('.') || group.endsWith('.k8s.io');
  const home = isKubernetes ? `io.k8s.api.${group.split('.')[0]}` : group.split('.').reverse().join('.');
  return `${home}.${version}.${kind}`;
}

export const reference = (name: string): OpenApiSchema => ({ $ref: `#/components/schemas/${name}` });
export const DELETE_OPTIONS = `${META}.DeleteOptions`;
export const STATUS = `${META}.Status`;

/** The schemas of these kinds and of all that they refer to, by name. */
export function schemasOf(types: readonly ResourceType[]): Readonly<Record<string, OpenApiSchema>> {
  const own = types.flatMap((type) => [
    [schemaName(type), objectSchema(type)] as const,
    [schemaName({ ...type, kind: type.listKind }), listSchema(type)] as const,
  ]);
  return { ...Object.fromEntries(own), ...SHARED };
}

const described = (name: string, description: string): OpenApiSchema => ({
  description,
  allOf: [reference(name)],
  default: {},
});

const CONVENTIONS = 'https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md';

const TYPE_META: Readonly<Record<string, OpenApiSchema>> = {
  apiVersion: {
    type: 'string',
    description:
      'APIVersion defines the versioned schema of this representation of an object. Servers should convert recognized ' +
      `schemas to the latest internal value, and may reject unrecognized values. More info: ${CONVENTIONS}#resources`,
  },
  kind: {
    type: 'string',
    description:
      'Kind is a string value representing the REST resource this object represents. Servers may infer this from the ' +
      `endpoint the client submits requests to. Cannot be updated. In CamelCase. More info: ${CONVENTIONS}#types-kinds`,
  },
};

const METADATA = described(`${META}.ObjectMeta`, `Standard object's metadata. More info: ${CONVENTIONS}#metadata`);
const LIST_METADATA = described(`${META}.ListMeta`, `Standard list metadata. More info: ${CONVENTIONS}#types-kinds`);

function objectSchema(type: ResourceType): OpenApiSchema {
  const { group, version, kind, schema, selectableFields } = type;
  const { properties, ...rest } = schema ?? { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
  const inside = Object.entries(properties ?? {}).map(([key, child]) => [key, published(child)] as const);
  return {
    ...rest,
    properties: { ...Object.fromEntries(inside), ...TYPE_META, metadata: METADATA },
    'x-kubernetes-group-version-kind': [{ group, version, kind }],
    ...(selectableFields.length > 0 && {
      'x-kubernetes-selectable-fields': selectableFields.map((fieldPath) => ({
        fieldPath: fieldPath.replace(/^\./, ''),
      })),
    }),
  };
}

function listSchema(type: ResourceType): OpenApiSchema {
  const { group, version, kind, listKind, plural } = type;
  return {
    description: `${listKind} is a list of ${kind}`,
    type: 'object',
    required: ['items'],
    properties: {
      ...TYPE_META,
      items: {
        description: `List of ${plural}. More info: ${CONVENTIONS}`,
        type: 'array',
        items: reference(schemaName(type)),
      },
      metadata: LIST_METADATA,
    },
    'x-kubernetes-group-version-kind': [{ group, version, kind: listKind }],
  };
}

/** As a real server shows it: what may be an integer or a string says so, an object within has its metadata. */
function published(schema: StructuralSchema): OpenApiSchema {
  const { properties, items, additionalProperties } = schema;
  const inside = properties && Object.entries(properties).map(([key, child]) => [key, published(child)] as const);
  return {
    ...schema,
    ...(inside && { properties: Object.fromEntries(inside) }),
    ...(schema['x-kubernetes-embedded-resource'] && {
      required: [...new Set([...(schema.required ?? []), 'kind', 'apiVersion'])],
      properties: { ...Object.fromEntries(inside ?? []), ...TYPE_META, metadata: METADATA },
    }),
    ...(items && { items: published(items) }),
    ...(typeof additionalProperties === 'object' && { additionalProperties: published(additionalProperties) }),
    ...(schema['x-kubernetes-int-or-string'] && !schema.anyOf && { anyOf: [{ type: 'integer' }, { type: 'string' }] }),
  };
}

const text: OpenApiSchema = { type: 'string', default: '' };
const metaKind = (kind: string) => ({ 'x-kubernetes-group-version-kind': [{ group: '', version: 'v1', kind }] });

const { managedFields, ownerReferences, ...plainMeta } = OBJECT_META.properties ?? {};
const { fieldsV1, ...plainEntry } = managedFields?.items?.properties ?? {};

const SHARED: Readonly<Record<string, OpenApiSchema>> = {
  [`${META}.ObjectMeta`]: {
    ...OBJECT_META,
    properties: {
      ...plainMeta,
      managedFields: { ...managedFields, items: reference(`${META}.ManagedFieldsEntry`) },
      ownerReferences: { ...ownerReferences, items: reference(`${META}.OwnerReference`) },
    },
  },
  [`${META}.ManagedFieldsEntry`]: {
    ...managedFields?.items,
    properties: { ...plainEntry, fieldsV1: described(`${META}.FieldsV1`, 'The fields that are managed.') },
  },
  [`${META}.FieldsV1`]: fieldsV1 as OpenApiSchema,
  [`${META}.OwnerReference`]: ownerReferences?.items as OpenApiSchema,
  [`${META}.ListMeta`]: {
    type: 'object',
    description:
      'ListMeta describes metadata that synthetic resources must have, including lists and various status objects.',
    properties: {
      continue: { type: 'string' },
      remainingItemCount: { type: 'integer', format: 'int64' },
      resourceVersion: { type: 'string' },
      selfLink: { type: 'string' },
    },
  },
  [DELETE_OPTIONS]: {
    type: 'object',
    description: 'DeleteOptions may be provided when deleting an API object.',
    properties: {
      ...TYPE_META,
      dryRun: { type: 'array', items: text },
      gracePeriodSeconds: { type: 'integer', format: 'int64' },
      orphanDependents: { type: 'boolean' },
      preconditions: { type: 'object', properties: { resourceVersion: { type: 'string' }, uid: { type: 'string' } } },
      propagationPolicy: { type: 'string' },
    },
    ...metaKind('DeleteOptions'),
  },
  [STATUS]: {
    type: 'object',
    description: "Status is a return value for calls that don't return other objects.",
    properties: {
      ...TYPE_META,
      code: { type: 'integer', format: 'int32' },
      details: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
      message: { type: 'string' },
      metadata: LIST_METADATA,
      reason: { type: 'string' },
      status: { type: 'string' },
    },
    ...metaKind('Status'),
  },
};

export const groupVersionKind = ({ group, version, kind }: ResourceType): OpenApiSchema => ({ group, version, kind });
export const groupVersionPath = (type: ResourceType): string =>
  `${type.group === '' ? 'api' : 'apis'}/${apiVersionOf(type)}`;
