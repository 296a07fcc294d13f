import { applyDefaults } from '../api/defaults.ts';
import type { Problem } from '../api/problem.ts';
import { ruleChecker } from '../api/rules.ts';
import type { StructuralSchema } from '../api/structural.ts';
import type { JsonObject } from './json.ts';
import { subdomainName } from './metadata.ts';
import { apiVersionOf, type ResourceType } from './resource-type.ts';
import { pruner, validator } from './schema-validation.ts';
import { type KindRules, renamedVersion } from './served-resource.ts';
import type { StoredObject } from './stored-object.ts';

/** What is stored was written by the schema that holds now, or by an earlier one. */
export type StoredBy = 'this schema' | 'an earlier schema';

/** How objects of a CustomResourceDefinition are written: all by its schema. */
export function customResourceRules(type: ResourceType, storageVersion: string, storedBy: StoredBy): KindRules {
  const schema = type.schema ?? ANYTHING;
  const { prune, problems } = compiledOf(schema);
  const renamed = renamedVersion(apiVersionOf(type), storageVersion);
  const decode: KindRules['decode'] = (object) => {
    const { value, unknown } = prune(object);
    return { object: applyDefaults(schema, value) as JsonObject, unknown };
  };
  return {
    ...COMMON,
    ...renamed,
    ...(storedBy === 'an earlier schema' && {
      fromStorage: (object: StoredObject) => decode(renamed.fromStorage(object)).object as StoredObject,
    }),
    decode,
    problems,
  };
}

const COMMON = {
  nameRule: subdomainName,
  generation: true,
  unconditionalUpdate: false,
  createOnUpdate: false,
  deletionAnswer: 'status',
} as const;

interface Compiled {
  readonly prune: ReturnType<typeof pruner>;
  readonly problems: KindRules['problems'];
}

/** A simulation makes many servers with the same kinds. */
const compiled = new WeakMap<StructuralSchema, Compiled>();

function compiledOf(schema: StructuralSchema): Compiled {
  const known = compiled.get(schema);
  if (known) return known;
  const fresh = { prune: pruner(schema), problems: checks(schema) };
  compiled.set(schema, fresh);
  return fresh;
}

const ANYTHING: StructuralSchema = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };

/** The structure first; the rules in CEL only when what they read is of the right form. */
function checks(schema: StructuralSchema): (object: StoredObject, old: StoredObject | undefined) => Problem[] {
  const structure = validator(schema);
  const rules = hasRules(schema) ? ruleChecker(schema) : undefined;
  return (object, old) => {
    const problems = structure(object);
    if (!rules) return problems;
    if (problems.some(blocksRules)) return [...problems, NOT_ALL_CHECKED];
    for (const { field, message } of rules(object, old)) problems.push({ field, message: `Invalid value: ${message}` });
    return problems;
  };
}

/** A bound that is passed does not keep a rule from being read; a wrong type does. */
const blocksRules = ({ message }: Problem): boolean =>
  /^(Required|Unsupported|Too|Duplicate)/.test(message) || message.includes(' must be of type ');

const NOT_ALL_CHECKED: Problem = {
  field: '',
  message:
    'Invalid value: null: some validation rules were not checked because the object was invalid; ' +
    'correct the existing errors to complete validation',
};

function hasRules(schema: StructuralSchema): boolean {
  if (schema['x-kubernetes-validations']?.length) return true;
  const { items, additionalProperties, properties } = schema;
  return (
    (items !== undefined && hasRules(items)) ||
    (typeof additionalProperties === 'object' && hasRules(additionalProperties)) ||
    Object.values(properties ?? {}).some(hasRules)
  );
}
