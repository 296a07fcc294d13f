import type { Problem } from '../api/problem.ts';
import { at, type BuiltInRules } from './built-in-rules.ts';
import { isObject, type Json, type JsonObject, sameJson } from './json.ts';
import { pathName } from './metadata.ts';
import type { StoredObject } from './stored-object.ts';

/** The kinds that need a line or two. */

export const serviceAccountRules: BuiltInRules = { deletionAnswer: 'object' };

export const configMapRules: BuiltInRules = {
  problems: (now, old) => [
    ...keyProblems(now, ['data', 'binaryData']),
    ...immutableProblems(now, old, ['data', 'binaryData']),
  ],
};

export const secretRules: BuiltInRules = {
  defaults: ({ stringData, ...secret }) => {
    const encoded = isObject(stringData)
      ? Object.fromEntries(
          Object.entries(stringData).map(([key, value]) => [key, Buffer.from(String(value)).toString('base64')]),
        )
      : {};
    const data = { ...(isObject(secret['data']) ? secret['data'] : {}), ...encoded };
    return { ...secret, ...(Object.keys(data).length > 0 && { data }), type: secret['type'] || 'Opaque' };
  },
  problems: (now, old) => [
    ...keyProblems(now, ['data']),
    ...immutableProblems(now, old, ['data']),
    ...(old && now['type'] !== old['type']
      ? [{ field: 'type', message: `Invalid value: ${JSON.stringify(now['type'])}: field is immutable` }]
      : []),
  ],
};

const KEY = /^[-._a-zA-Z0-9]+$/;
const KEY_RULE =
  "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  " +
  `or 'key-name', regex used for validation is '${KEY.source.slice(1, -1)}')`;

const keyProblems = (object: StoredObject, fields: readonly string[]): Problem[] =>
  fields.flatMap((field) =>
    Object.keys(object[field] ?? {})
      .filter((key) => !KEY.test(key))
      .map((key) => ({ field: `${field}[${key}]`, message: `Invalid value: ${JSON.stringify(key)}: ${KEY_RULE}` })),
  );

function immutableProblems(now: StoredObject, old: StoredObject | undefined, fields: readonly string[]): Problem[] {
  if (old?.['immutable'] !== true) return [];
  const problems: Problem[] = [];
  if (now['immutable'] !== true)
    problems.push({ field: 'immutable', message: 'Forbidden: field is immutable when `immutable` is set' });
  for (const field of fields) {
    if (!sameJson(now[field], old[field]))
      problems.push({ field, message: 'Forbidden: field is immutable when `immutable` is set' });
  }
  return problems;
}

export const leaseRules: BuiltInRules = {
  createOnUpdate: true,
  microTimes: ['spec.acquireTime', 'spec.renewTime'],
  problems: (lease) => {
    const problems: Problem[] = [];
    const seconds = at(lease, ['spec', 'leaseDurationSeconds']);
    if (typeof seconds === 'number' && seconds <= 0) {
      problems.push({
        field: 'spec.leaseDurationSeconds',
        message: `Invalid value: ${seconds}: must be greater than 0`,
      });
    }
    const transitions = at(lease, ['spec', 'leaseTransitions']);
    if (typeof transitions === 'number' && transitions < 0) {
      problems.push({
        field: 'spec.leaseTransitions',
        message: `Invalid value: ${transitions}: must be greater than or equal to 0`,
      });
    }
    return problems;
  },
};

/** Names of roles are as free as those of users. */
export const roleRules: BuiltInRules = {
  nameRule: pathName,
  createOnUpdate: true,
  problems: (role) =>
    listOf(role['rules']).flatMap((rule, index) =>
      listOf(at(rule, ['verbs'])).length > 0
        ? []
        : [{ field: `rules[${index}].verbs`, message: 'Required value: verbs must contain at least one value' }],
    ),
};

const RBAC = 'rbac.authorization.k8s.io';

export const bindingRules: BuiltInRules = {
  nameRule: pathName,
  createOnUpdate: true,
  defaults: (binding) => ({
    ...binding,
    ...(isObject(binding['roleRef']) && {
      roleRef: { ...binding['roleRef'], apiGroup: binding['roleRef']['apiGroup'] || RBAC },
    }),
    ...(Array.isArray(binding['subjects']) && { subjects: binding['subjects'].map(subjectDefaults) }),
  }),
  problems: (binding, old) => {
    const problems: Problem[] = [];
    const roleRef = binding['roleRef'];
    if (!at(binding, ['roleRef', 'name'])) problems.push({ field: 'roleRef.name', message: 'Required value' });
    if (old && !sameJson(roleRef, old['roleRef'])) {
      const { apiGroup, kind, name } = roleRef as JsonObject;
      const shown = JSON.stringify({ APIGroup: apiGroup, Kind: kind, Name: name });
      problems.push({ field: 'roleRef', message: `Invalid value: ${shown}: cannot change roleRef` });
    }
    return problems;
  },
};

const subjectDefaults = (subject: Json): Json => {
  if (!isObject(subject) || subject['apiGroup']) return subject;
  return subject['kind'] === 'ServiceAccount' ? subject : { ...subject, apiGroup: RBAC };
};

const listOf = (value: Json | undefined): readonly Json[] => (Array.isArray(value) ? value : []);
