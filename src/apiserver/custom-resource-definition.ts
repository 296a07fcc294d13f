import type { Problem } from '../api/problem.ts';
import { ruleChecker } from '../api/rules.ts';
import type { StructuralSchema } from '../api/structural.ts';
import type { BuiltInRules } from './built-in-rules.ts';
import { isObject, type Json, type JsonObject, sameJson } from './json.ts';
import { ALL_VERBS, type PrinterColumn, type ResourceType } from './resource-type.ts';
import { type StoredObject, secondsTime } from './stored-object.ts';

/** Keeps a definition until the objects of its kind are gone. */
export const CRD_FINALIZER = 'customresourcecleanup.apiextensions.k8s.io';

export const crdRules: BuiltInRules = {
  generation: true,
  unconditionalUpdate: false,
  defaults: (crd) => ({ ...crd, spec: withDefaults(specOf(crd)) }),
  prepare: (crd, old, now) => ({ ...crd, status: statusOf(crd, old, now) }),
  beginDeletion: (crd, now) => ({
    ...crd,
    metadata: { ...crd.metadata, finalizers: [...new Set([...(crd.metadata.finalizers ?? []), CRD_FINALIZER])] },
    status: withCondition(crd, 'Terminating', 'InstanceDeletionPending', DELETION, now),
  }),
  problems: crdProblems,
};

const DELETION = 'CustomResourceDefinition marked for deletion; CustomResource deletion will begin soon';

const specOf = (crd: JsonObject): JsonObject => (isObject(crd['spec']) ? crd['spec'] : {});
const namesOf = (spec: JsonObject): JsonObject => (isObject(spec['names']) ? spec['names'] : {});
const versionsOf = (spec: JsonObject): readonly JsonObject[] =>
  (Array.isArray(spec['versions']) ? (spec['versions'] as readonly Json[]) : []).filter(isObject);
const textOf = (value: Json | undefined): string => (typeof value === 'string' ? value : '');
const textsOf = (value: Json | undefined): readonly string[] => (Array.isArray(value) ? value.map(String) : []);

function withDefaults(spec: JsonObject): JsonObject {
  const names = namesOf(spec);
  const kind = textOf(names['kind']);
  return {
    ...spec,
    ...(kind && { names: { singular: kind.toLowerCase(), listKind: `${kind}List`, ...names } }),
    ...(!isObject(spec['conversion']) && { conversion: { strategy: 'None' } }),
  };
}

/** Names are accepted and the kind is served as soon as it is stored. */
function statusOf(crd: StoredObject, old: StoredObject | undefined, now: number): JsonObject {
  const spec = specOf(crd);
  const stored = versionsOf(spec)
    .filter(({ storage }) => storage === true)
    .map(({ name }) => textOf(name));
  const before = isObject(old?.['status']) ? old['status'] : {};
  const time = secondsTime(now);
  const condition = (type: string, reason: string, message: string) => ({
    type,
    status: 'True',
    lastTransitionTime: time,
    reason,
    message,
  });
  return {
    conditions: before['conditions'] ?? [
      condition('NamesAccepted', 'NoConflicts', 'no conflicts found'),
      condition('Established', 'InitialNamesAccepted', 'the initial names have been accepted'),
    ],
    acceptedNames: namesOf(spec),
    storedVersions: [...new Set([...textsOf(before['storedVersions']), ...stored])],
  };
}

function withCondition(crd: StoredObject, type: string, reason: string, message: string, now: number): JsonObject {
  const status = isObject(crd['status']) ? crd['status'] : {};
  const conditions = Array.isArray(status['conditions']) ? (status['conditions'] as readonly Json[]) : [];
  const condition = { type, status: 'True', lastTransitionTime: secondsTime(now), reason, message };
  return { ...status, conditions: [...conditions, condition] };
}

/** Every served version of the kind that a definition describes, and which of them is stored. */
export function typesOf(crd: StoredObject): {
  readonly types: readonly ResourceType[];
  readonly storageVersion: string;
} {
  const spec = specOf(crd);
  const names = namesOf(spec);
  const group = textOf(spec['group']);
  const storage = versionsOf(spec).find((version) => version['storage'] === true);
  const types = versionsOf(spec)
    .filter(({ served }) => served === true)
    .map((version): ResourceType => {
      const subresources = isObject(version['subresources']) ? version['subresources'] : {};
      return {
        group,
        version: textOf(version['name']),
        kind: textOf(names['kind']),
        listKind: textOf(names['listKind']),
        plural: textOf(names['plural']),
        singular: textOf(names['singular']),
        shortNames: textsOf(names['shortNames']),
        categories: textsOf(names['categories']),
        namespaced: spec['scope'] === 'Namespaced',
        schema: schemaOf(version),
        status: isObject(subresources['status']),
        columns: columnsOf(version),
        selectableFields: selectableOf(version),
        verbs: ALL_VERBS,
        origin: 'custom',
      };
    });
  return { types, storageVersion: `${group}/${textOf(storage?.['name'])}` };
}

const schemaOf = (version: JsonObject): StructuralSchema | undefined => {
  const schema = isObject(version['schema']) ? version['schema']['openAPIV3Schema'] : undefined;
  return isObject(schema) ? (schema as StructuralSchema) : undefined;
};

const AGE: PrinterColumn = {
  name: 'Age',
  type: 'date',
  jsonPath: '.metadata.creationTimestamp',
  description:
    'CreationTimestamp is a timestamp representing the server time when this object was created. It is not guaranteed to be set in ' +
    'happens-before order across separate operations. Clients may not set this value. It is represented in RFC3339 form and is in UTC.\n\n' +
    'Populated by the system. Read-only. Null for lists. More info: ' +
    'https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#metadata',
};

function columnsOf(version: JsonObject): readonly PrinterColumn[] {
  const columns = version['additionalPrinterColumns'];
  return Array.isArray(columns) && columns.length > 0 ? (columns as unknown as readonly PrinterColumn[]) : [AGE];
}

const selectableOf = (version: JsonObject): readonly string[] =>
  (Array.isArray(version['selectableFields']) ? (version['selectableFields'] as readonly Json[]) : []).map((field) =>
    textOf(isObject(field) ? field['jsonPath'] : '').replace(/^\./, ''),
  );

/** Enough to refuse what could not be served, and what a real server would refuse. */
function crdProblems(crd: StoredObject, old: StoredObject | undefined): Problem[] {
  const spec = specOf(crd);
  const names = namesOf(spec);
  const problems: Problem[] = [];
  const add = (field: string, message: string) => problems.push({ field, message });
  const { name } = crd.metadata;
  if (name !== `${textOf(names['plural'])}.${textOf(spec['group'])}` || !spec['group']) {
    add('metadata.name', `Invalid value: ${JSON.stringify(name)}: must be spec.names.plural+"."+spec.group`);
  }
  if (!spec['group']) add('spec.group', 'Required value');
  if (!spec['scope']) add('spec.scope', 'Required value');
  else if (spec['scope'] !== 'Namespaced' && spec['scope'] !== 'Cluster') {
    add('spec.scope', `Unsupported value: ${JSON.stringify(spec['scope'])}: supported values: "Cluster", "Namespaced"`);
  }
  const versions = versionsOf(spec);
  if (versions.filter(({ storage }) => storage === true).length !== 1) {
    add(
      'spec.versions',
      `Invalid value: ${JSON.stringify(spec['versions'] ?? null)}: must have exactly one version marked as storage version`,
    );
  }
  for (const key of ['plural', 'singular', 'kind', 'listKind'] as const)
    if (!names[key]) add(`spec.names.${key}`, 'Required value');
  versions.forEach((version, index) => {
    // with one version, a real server speaks of the schema as if it stood above the versions
    const at =
      versions.length === 1 ? 'spec.validation.openAPIV3Schema' : `spec.versions[${index}].schema.openAPIV3Schema`;
    const schema = schemaOf(version);
    if (!schema) {
      add(`spec.versions[${index}].schema.openAPIV3Schema`, 'Required value: schemas are required');
      return;
    }
    if (schema.type !== 'object')
      add(`${at}.type`, `Invalid value: ${JSON.stringify(schema.type ?? '')}: must be object at the root`);
    problems.push(...schemaProblems(schema, at, 'root'));
    problems.push(...ruleProblems(schema, at));
  });
  if (old) problems.push(...changeProblems(spec, specOf(old)));
  return problems;
}

const TYPES = ['array', 'boolean', 'integer', 'number', 'object', 'string'];

function schemaProblems(schema: StructuralSchema, at: string, place: 'root' | 'field' | 'item' | 'value'): Problem[] {
  const problems: Problem[] = [];
  const untyped = schema['x-kubernetes-int-or-string'] || schema['x-kubernetes-preserve-unknown-fields'];
  if (schema.type === undefined || (schema.type as string) === '') {
    if (!untyped)
      problems.push({ field: `${at}.type`, message: `Required value: must not be empty for ${PLACES[place]}` });
  } else if (!TYPES.includes(schema.type)) {
    const supported = TYPES.map((type) => JSON.stringify(type)).join(', ');
    problems.push({
      field: `${at}.type`,
      message: `Unsupported value: ${JSON.stringify(schema.type)}: supported values: ${supported}`,
    });
  }
  if (schema.type === 'array' && !schema.items)
    problems.push({ field: `${at}.items`, message: 'Required value: must be specified' });
  if (schema.properties && schema.additionalProperties) {
    problems.push({
      field: `${at}.additionalProperties`,
      message: 'Forbidden: additionalProperties and properties are mutual exclusive',
    });
  }
  for (const [key, child] of Object.entries(schema.properties ?? {})) {
    problems.push(...schemaProblems(child, `${at}.properties[${key}]`, 'field'));
  }
  if (schema.items) problems.push(...schemaProblems(schema.items, `${at}.items`, 'item'));
  if (isObject(schema.additionalProperties)) {
    problems.push(
      ...schemaProblems(schema.additionalProperties as StructuralSchema, `${at}.additionalProperties`, 'value'),
    );
  }
  return problems;
}

const PLACES = {
  root: 'the root',
  field: 'specified object fields',
  item: 'specified array items',
  value: 'specified object fields',
} as const;

/** Rules must be CEL before they can judge anything. */
function ruleProblems(schema: StructuralSchema, at: string): Problem[] {
  const own = (schema['x-kubernetes-validations'] ?? []).flatMap((rule, index) => {
    try {
      ruleChecker({ 'x-kubernetes-validations': [rule] });
      return [];
    } catch (error) {
      const cause = error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error);
      const message = `Invalid value: ${JSON.stringify(rule)}: compilation failed: ${cause}`;
      return [{ field: `${at}.x-kubernetes-validations[${index}].rule`, message }];
    }
  });
  return [
    ...own,
    ...Object.entries(schema.properties ?? {}).flatMap(([key, child]) =>
      ruleProblems(child, `${at}.properties[${key}]`),
    ),
    ...(schema.items ? ruleProblems(schema.items, `${at}.items`) : []),
    ...(isObject(schema.additionalProperties)
      ? ruleProblems(schema.additionalProperties as StructuralSchema, `${at}.additionalProperties`)
      : []),
  ];
}

function changeProblems(now: JsonObject, old: JsonObject): Problem[] {
  const fixed: readonly (readonly [string, Json | undefined, Json | undefined])[] = [
    ['spec.group', now['group'], old['group']],
    ['spec.names.kind', namesOf(now)['kind'], namesOf(old)['kind']],
    ['spec.names.plural', namesOf(now)['plural'], namesOf(old)['plural']],
    ['spec.scope', now['scope'], old['scope']],
  ];
  return fixed
    .filter(([, after, before]) => !sameJson(after, before))
    .map(([field, after]) => ({ field, message: `Invalid value: ${JSON.stringify(after)}: field is immutable` }));
}
