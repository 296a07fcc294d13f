import type { Problem } from '../api/problem.ts';
import type { StructuralSchema } from '../api/structural.ts';
import { both, type Check, type Failure, problemsOf, under } from './failure.ts';
import { isObject } from './json.ts';
import { listTypeCheck } from './list-type.ts';
import { scalarChecks, typeCheck } from './scalar-checks.ts';
import { combinationChecks, enumCheck, listSizeChecks, mapSizeChecks, requiredCheck } from './shape-checks.ts';

export { type Pruned, prune, pruner } from './prune.ts';

/** What an API server finds wrong with an object, in its words; the field is not repeated in front of them. */
export const validate = (schema: StructuralSchema, value: unknown): Problem[] => validator(schema)(value);

/** Compiles a schema, once, to what checks objects against it. */
export function validator(schema: StructuralSchema): (value: unknown) => Problem[] {
  const shape = schemaCheck(schema);
  const embedded = embeddedCheck(schema);
  const lists = listTypeCheck(schema);
  return (value) => problemsOf(both(shape?.(value), both(embedded?.(value), lists?.(value))));
}

/** Undefined when the schema asks for nothing. */
function schemaCheck(schema: StructuralSchema): Check | undefined {
  // in the order in which a real server looks
  return all([
    typeCheck(schema),
    ...combinationChecks(schema, schemaCheck),
    ...scalarChecks(schema),
    childrenCheck(schema, schemaCheck, 'items'),
    ...listSizeChecks(schema),
    enumCheck(schema),
    mapCheck(schema),
  ]);
}

/** What has too few or too many keys is not looked into. */
function mapCheck(schema: StructuralSchema): Check | undefined {
  const size = all(mapSizeChecks(schema));
  const inside = all([childrenCheck(schema, schemaCheck, 'properties'), requiredCheck(schema)]);
  if (!size || !inside) return size ?? inside;
  return (value) => size(value) ?? inside(value);
}

/** What carries a whole object inside must say what that object is. */
function embeddedCheck(schema: StructuralSchema): Check | undefined {
  const own = schema['x-kubernetes-embedded-resource']
    ? requiredCheck({ required: ['apiVersion', 'kind'] })
    : undefined;
  return all([own, childrenCheck(schema, embeddedCheck, 'items'), childrenCheck(schema, embeddedCheck, 'properties')]);
}

function all(checks: readonly (Check | undefined)[]): Check | undefined {
  const present = checks.filter((check) => check !== undefined);
  if (present.length < 2) return present[0];
  return (value) => {
    let failures: Failure[] | undefined;
    for (const check of present) failures = both(failures, check(value));
    return failures;
  };
}

/** The check of everything inside, from what makes a check of a schema. */
function childrenCheck(
  schema: StructuralSchema,
  checkOf: (child: StructuralSchema) => Check | undefined,
  inside: 'items' | 'properties',
): Check | undefined {
  return inside === 'items' ? itemsCheck(schema, checkOf) : propertiesCheck(schema, checkOf);
}

function itemsCheck(
  schema: StructuralSchema,
  checkOf: (child: StructuralSchema) => Check | undefined,
): Check | undefined {
  const check = schema.items && checkOf(schema.items);
  if (!check) return undefined;
  return (value) => {
    if (!Array.isArray(value)) return undefined;
    let failures: Failure[] | undefined;
    for (let index = 0; index < value.length; index++) failures = both(failures, under(index, check(value[index])));
    return failures;
  };
}

function propertiesCheck(
  schema: StructuralSchema,
  checkOf: (child: StructuralSchema) => Check | undefined,
): Check | undefined {
  const properties = Object.entries(schema.properties ?? {}).flatMap(([key, child]) => {
    const check = checkOf(child);
    return check ? [{ key, check }] : [];
  });
  const additional = typeof schema.additionalProperties === 'object' ? checkOf(schema.additionalProperties) : undefined;
  if (properties.length === 0 && !additional) return undefined;
  return (value) => {
    if (!isObject(value)) return undefined;
    let failures: Failure[] | undefined;
    for (const { key, check } of properties) {
      const child = value[key];
      if (child !== undefined && Object.hasOwn(value, key)) failures = both(failures, under(key, check(child)));
    }
    if (additional) {
      for (const key of Object.keys(value)) {
        const isNamed = schema.properties !== undefined && Object.hasOwn(schema.properties, key);
        if (!isNamed) failures = both(failures, under(key, additional(value[key])));
      }
    }
    return failures;
  };
}
