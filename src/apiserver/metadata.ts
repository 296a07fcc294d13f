import type { Problem } from '../api/problem.ts';
import { isObject, type Json, type JsonObject } from './json.ts';
import { labelKeyProblem, labelValueProblem } from './label-syntax.ts';
import { OBJECT_META } from './object-meta.ts';
import { type OwnerReference, type StoredMeta, type StoredObject, secondsTime } from './stored-object.ts';

/** Rules for a name: undefined when it is well formed. */
export type NameRule = (name: string) => string | undefined;

/** What a new object gets from the server, whatever its writer says. */
export function newMetadata(written: JsonObject, given: GivenAtBirth): StoredMeta {
  return {
    ...sent(written),
    name: given.name,
    ...(given.namespace !== undefined && { namespace: given.namespace }),
    uid: given.uid,
    resourceVersion: '',
    ...(given.generation !== undefined && { generation: given.generation }),
    creationTimestamp: secondsTime(given.now),
  };
}

export interface GivenAtBirth {
  readonly name: string;
  readonly namespace: string | undefined;
  readonly uid: string;
  readonly generation: number | undefined;
  readonly now: number;
}

/** What a writer may change of metadata, over what only the server may. */
export function updatedMetadata(written: JsonObject, { metadata: old }: StoredObject): StoredMeta {
  return {
    ...sent(written),
    name: old.name,
    ...(old.namespace !== undefined && { namespace: old.namespace }),
    uid: old.uid,
    resourceVersion: old.resourceVersion,
    ...(old.generation !== undefined && { generation: old.generation }),
    creationTimestamp: old.creationTimestamp,
    ...(old.deletionTimestamp !== undefined && { deletionTimestamp: old.deletionTimestamp }),
    ...(old.deletionGracePeriodSeconds !== undefined && { deletionGracePeriodSeconds: old.deletionGracePeriodSeconds }),
    ...(old.managedFields !== undefined && { managedFields: old.managedFields }),
  };
}

/** Only these fields are a writer's; empty ones count as absent, as Go's `omitempty` has it. */
function sent(written: JsonObject): JsonObject {
  const out: Record<string, Json> = {};
  for (const key of WRITTEN) {
    const value = written[key];
    if (value === undefined || value === null || value === '') continue;
    if (Array.isArray(value) ? value.length === 0 : isObject(value) && isEmpty(value)) continue;
    out[key] = value;
  }
  return out;
}

const WRITTEN = ['generateName', 'labels', 'annotations', 'ownerReferences', 'finalizers'] as const;

function isEmpty(value: object): boolean {
  for (const _ in value) return false;
  return true;
}

/** What is wrong with metadata's form, as Go's decoder says it; undefined when nothing is. */
export function undecodableMetadata(metadata: Json | undefined, origin: 'built-in' | 'custom'): string | undefined {
  // metadata of a custom resource is read by itself, so its fields are named from there
  const at = origin === 'custom' ? 'ObjectMeta' : 'ObjectMeta.metadata';
  const unmarshal = (value: unknown, field: string, goType: string) =>
    `json: cannot unmarshal ${jsonTypeOf(value)} into Go struct field ${at}.${field} of type ${goType}`;
  if (metadata === undefined || metadata === null) return undefined;
  if (!isObject(metadata)) return `json: cannot unmarshal ${jsonTypeOf(metadata)} into Go value of type v1.ObjectMeta`;
  for (const key in metadata) {
    const value = metadata[key];
    if (value === undefined || value === null) continue;
    const type = OBJECT_META.properties?.[key]?.type;
    if (type === 'string' && typeof value !== 'string') return unmarshal(value, key, 'string');
    if (type === 'array' && !Array.isArray(value))
      return unmarshal(value, key, key === 'finalizers' ? '[]string' : `[]v1.${key}`);
    if (type === 'object') {
      if (!isObject(value)) return unmarshal(value, key, 'map[string]string');
      for (const entry in value) if (typeof value[entry] !== 'string') return unmarshal(value[entry], key, 'string');
    }
  }
  return undefined;
}

export const jsonTypeOf = (value: unknown): string => {
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'boolean') return 'bool';
  return value === null ? 'null' : typeof value;
};

export function metadataProblems(metadata: StoredMeta, nameRule: NameRule): Problem[] {
  const problems: Problem[] = [];
  const add = (field: string, message: string) => problems.push({ field: `metadata.${field}`, message });
  const nameProblem = nameRule(metadata.name);
  if (nameProblem) add('name', `Invalid value: ${JSON.stringify(metadata.name)}: ${nameProblem}`);
  const { labels, annotations, ownerReferences, finalizers = [] } = metadata;
  if (labels) {
    for (const [key, value] of Object.entries(labels)) {
      const inKey = labelKeyProblem(key);
      if (inKey) add('labels', `Invalid value: ${JSON.stringify(key)}: ${inKey}`);
      const inValue = labelValueProblem(value);
      if (inValue) add('labels', `Invalid value: ${JSON.stringify(value)}: ${inValue}`);
    }
  }
  if (annotations) {
    let size = 0;
    for (const [key, value] of Object.entries(annotations)) {
      const inKey = labelKeyProblem(key.toLowerCase());
      if (inKey) add('annotations', `Invalid value: ${JSON.stringify(key)}: ${inKey}`);
      size += key.length + value.length;
    }
    if (size > MAX_ANNOTATIONS) add('annotations', `Too long: may not be more than ${MAX_ANNOTATIONS} bytes`);
  }
  if (ownerReferences) problems.push(...ownerProblems(ownerReferences));
  for (const finalizer of finalizers) {
    const inName = labelKeyProblem(finalizer);
    if (inName) add('finalizers', `Invalid value: ${JSON.stringify(finalizer)}: ${inName}`);
  }
  return problems;
}

const MAX_ANNOTATIONS = 256 * 1024;

function ownerProblems(owners: readonly OwnerReference[]): Problem[] {
  const problems: Problem[] = [];
  for (const owner of owners) {
    for (const [field, said] of OWNER_FIELDS) {
      if (owner[field]) continue;
      problems.push({ field: `metadata.ownerReferences.${field}`, message: `Invalid value: "": ${said}` });
    }
  }
  const controllers = owners.filter(({ controller }) => controller === true);
  const [first, second] = controllers;
  if (first && second) {
    problems.push({
      field: 'metadata.ownerReferences',
      message:
        `Invalid value: ${JSON.stringify(owners)}: Only one reference can have Controller set to true. ` +
        `Found "true" in references for ${first.kind}/${first.name} and ${second.kind}/${second.name}`,
    });
  }
  return problems;
}

const OWNER_FIELDS = [
  ['apiVersion', 'version must not be empty'],
  ['kind', 'must not be empty'],
  ['name', 'must not be empty'],
  ['uid', 'must not be empty'],
] as const;

/** What an update may not do to metadata. */
export function metadataChangeProblems(now: StoredMeta, old: StoredMeta): Problem[] {
  if (old.deletionTimestamp === undefined) return [];
  const added = (now.finalizers ?? []).filter((name) => !old.finalizers?.includes(name));
  if (added.length === 0) return [];
  const list = added.map((name) => JSON.stringify(name)).join(', ');
  return [
    {
      field: 'metadata.finalizers',
      message: `Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers []string{${list}}`,
    },
  ];
}

export const subdomainName: NameRule = (name) => {
  if (name.length > 253) return 'must be no more than 253 bytes';
  if (SUBDOMAIN.test(name)) return undefined;
  return (
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an " +
    `alphanumeric character (e.g. 'example.com', regex used for validation is '${SUBDOMAIN.source.slice(1, -1)}')`
  );
};

export const labelName: NameRule = (name) => {
  if (name.length > 63) return 'must be no more than 63 bytes';
  if (LABEL.test(name)) return undefined;
  return (
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an " +
    `alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '${LABEL.source.slice(1, -1)}')`
  );
};

/** Names of roles may have colons. */
export const pathName: NameRule = (name) => {
  if (name === '.' || name === '..') return `may not be '${name}'`;
  const bad = /[/%]/.exec(name)?.[0];
  return bad && `may not contain '${bad}'`;
};

const SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const LABEL = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
