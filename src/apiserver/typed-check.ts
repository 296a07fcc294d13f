import type { StructuralSchema } from '../api/structural.ts';
import { objectSchema } from './field-shape.ts';
import { isObject } from './json.ts';

/** What is applied does not fit its schema so far that nobody can tell its fields. A real server answers 500. */
export class ApplyTypeError extends Error {
  readonly status = 500;

  constructor(applied: object, problems: readonly string[]) {
    const { metadata, apiVersion, kind } = applied as Readonly<Record<string, unknown>>;
    const { namespace = '', name = '' } = isObject(metadata) ? metadata : {};
    const what =
      problems.length === 1 ? problems[0] : `errors:\n${problems.map((problem) => `  ${problem}`).join('\n')}`;
    super(`failed to create typed patch object (${namespace}/${name}; ${apiVersion}, Kind=${kind}): ${what}`);
    this.name = 'ApplyTypeError';
  }
}

/** Throws when a field is not in the schema, has another type, or a list repeats its keys. */
export function checkTyped(schema: StructuralSchema | undefined, applied: object): void {
  if (!schema) return;
  const problems = problemsAt(objectSchema(schema), applied, '');
  if (problems.length > 0) throw new ApplyTypeError(applied, problems);
}

function problemsAt(schema: StructuralSchema, value: unknown, path: string): readonly string[] {
  if (value === null || value === undefined) return [];
  switch (schema.type) {
    case 'object':
      return isObject(value) ? mapProblems(schema, value, path) : [`${path}: expected map, got ${goValue(value)}`];
    case 'array':
      return Array.isArray(value)
        ? listProblems(schema, value, path)
        : [`${path}: expected list, got ${goValue(value)}`];
    case 'string':
      return typeof value === 'string' ? [] : [`${path}: expected string, got ${goValue(value)}`];
    case 'integer':
    case 'number':
      return typeof value === 'number' ? [] : [`${path}: expected numeric (int or float), got ${goType(value)}`];
    case 'boolean':
      return typeof value === 'boolean' ? [] : [`${path}: expected boolean, got ${goType(value)}`];
    default:
      return [];
  }
}

function mapProblems(
  schema: StructuralSchema,
  value: Readonly<Record<string, unknown>>,
  path: string,
): readonly string[] {
  const { properties = {}, additionalProperties } = schema;
  const open =
    schema['x-kubernetes-preserve-unknown-fields'] ||
    schema['x-kubernetes-embedded-resource'] ||
    additionalProperties === true;
  return Object.keys(value)
    .sort()
    .flatMap((key) => {
      const place = `${path}.${key}`;
      if (Object.hasOwn(properties, key)) return problemsAt(properties[key] as StructuralSchema, value[key], place);
      if (typeof additionalProperties === 'object') return problemsAt(additionalProperties, value[key], place);
      return open ? [] : [`${place}: field not declared in schema`];
    });
}

function listProblems(schema: StructuralSchema, list: readonly unknown[], path: string): readonly string[] {
  const keys = schema['x-kubernetes-list-type'] === 'map' ? (schema['x-kubernetes-list-map-keys'] ?? []) : undefined;
  if (!keys && schema['x-kubernetes-list-type'] !== 'set') {
    return list.flatMap((item, index) => problemsAt(schema.items ?? {}, item, `${path}[${index}]`));
  }
  const names = list.map((item) => itemName(item, keys, schema.items));
  return list.flatMap((item, index) => {
    const name = names[index];
    if (name === undefined) {
      const listed = `[${(keys ?? []).map((key) => JSON.stringify(key)).join(' ')}]`;
      const why = `associative list with keys has an element that omits all key fields ${listed} (and doesn't have default values for any key fields)`;
      return [`${path}: element ${index}: ${why}`];
    }
    const twice = names.indexOf(name) !== index ? [`${path}: duplicate entries for key ${name}`] : [];
    return [...twice, ...problemsAt(schema.items ?? {}, item, `${path}${name}`)];
  });
}

/** `[type="o"]` or `[="x"]`; undefined when an item has none of its keys. */
function itemName(
  item: unknown,
  keys: readonly string[] | undefined,
  items: StructuralSchema | undefined,
): string | undefined {
  if (!keys) return `[=${JSON.stringify(item)}]`;
  const holder = isObject(item) ? item : {};
  const partOf = (key: string) => holder[key] ?? items?.properties?.[key]?.default;
  if (keys.every((key) => partOf(key) === undefined)) return undefined;
  return `[${[...keys]
    .sort()
    .map((key) => `${key}=${JSON.stringify(partOf(key))}`)
    .join(',')}]`;
}

const goType = (value: unknown): string => {
  if (typeof value === 'boolean') return 'bool';
  if (typeof value === 'string') return 'string';
  return Array.isArray(value) ? '[]interface {}' : 'map[string]interface {}';
};

const goValue = (value: unknown): string =>
  `&{${isObject(value) || Array.isArray(value) ? JSON.stringify(value) : String(value)}}`;
