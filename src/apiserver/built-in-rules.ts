import type { Problem } from '../api/problem.ts';
import type { StructuralSchema } from '../api/structural.ts';
import { isObject, type Json, type JsonObject } from './json.ts';
import { jsonTypeOf, type NameRule, subdomainName } from './metadata.ts';
import type { ResourceType } from './resource-type.ts';
import { pruner } from './schema-validation.ts';
import { DecodeError, type KindRules } from './served-resource.ts';
import type { StoredObject } from './stored-object.ts';

/** What a built-in kind may say otherwise than most. */
export interface BuiltInRules extends Partial<Omit<KindRules, 'decode'>> {
  readonly nameRule?: NameRule;
  /** Fields with exactly six digits of a second: `spec.renewTime`. */
  readonly microTimes?: readonly string[];
  /** What is filled in when it is not given. */
  readonly defaults?: (object: JsonObject) => JsonObject;
}

/** How objects of a built-in kind are written: read as Go reads them, then checked by hand. */
export function builtInRules(type: ResourceType, special: BuiltInRules): KindRules {
  const prune = type.schema && pruner(type.schema);
  const read = type.schema && reader(type.schema, type.kind, '');
  const micro = (special.microTimes ?? []).map((path) => path.split('.'));
  return {
    nameRule: subdomainName,
    generation: false,
    unconditionalUpdate: true,
    createOnUpdate: false,
    deletionAnswer: 'status',
    toStorage: (object) => object,
    fromStorage: (object) => object,
    ...special,
    decode: (written) => {
      const { value, unknown } = prune ? prune(written) : { value: written, unknown: [] };
      read?.(value as JsonObject);
      const object = micro.reduce(withMicroTimeAt, value as JsonObject);
      return { object: special.defaults?.(object) ?? object, unknown };
    },
    problems: special.problems ?? NONE,
  };
}

const NONE = (_object: StoredObject, _old: StoredObject | undefined): Problem[] => [];

export const at = (value: Json | undefined, path: readonly string[]): Json | undefined =>
  path.reduce<Json | undefined>((holder, key) => (isObject(holder) ? holder[key] : undefined), value);

function withMicroTimeAt(object: JsonObject, path: readonly string[]): JsonObject {
  const value = at(object, path);
  if (typeof value !== 'string') return object;
  const time = microTime(value);
  return time === value ? object : withAt(object, path, time);
}

function withAt(object: JsonObject, [key = '', ...rest]: readonly string[], value: Json): JsonObject {
  const child = object[key];
  return { ...object, [key]: rest.length > 0 && isObject(child) ? withAt(child, rest, value) : value };
}

/** Go's layout of a MicroTime, and how it says what does not follow it. Kept in UTC. */
function microTime(value: string): string {
  const [, date, fraction = ''] = /^([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2})(.*)$/.exec(value) ?? [];
  const refuse = (rest: string, as: string) =>
    new DecodeError(
      `parsing time ${JSON.stringify(value)} as "2006-01-02T15:04:05.000000Z07:00": cannot parse ${JSON.stringify(rest)} as ${JSON.stringify(as)}`,
    );
  if (!date) throw refuse(value, '2006');
  if (!/^[.,][0-9]{6}/.test(fraction)) throw refuse(fraction, '.000000');
  const zone = fraction.slice(7);
  if (!/^(Z|[+-][0-9]{2}:[0-9]{2})$/.test(zone)) throw refuse(zone, 'Z07:00');
  if (zone === 'Z') return value;
  // whole minutes lie between the zones: the digits of the second stay
  return `${new Date(`${date}${zone}`).toISOString().slice(0, 19)}.${fraction.slice(1, 7)}Z`;
}

type Read = (value: Json | undefined) => void;

/** Throws what Go's decoder says when a value is not of the type its field has; undefined when any will do. */
function reader(schema: StructuralSchema, owner: string, path: string): Read | undefined {
  if (path === 'metadata') return undefined;
  const checks: Read[] = [];
  if (schema.type) checks.push((value) => checkType(schema, value, owner, path));
  if (schema.format === 'date-time') checks.push(checkTime);
  if (schema.format === 'byte') checks.push(checkBase64);
  const properties = Object.entries(schema.properties ?? {}).flatMap(([key, child]) => {
    const read = reader(
      child,
      path ? `${owner}${upperFirst(path.split('.').at(-1) as string)}` : owner,
      path ? `${path}.${key}` : key,
    );
    return read ? [{ key, read }] : [];
  });
  if (properties.length > 0) {
    checks.push((value) => {
      if (isObject(value)) for (const { key, read } of properties) read(value[key]);
    });
  }
  const each =
    typeof schema.additionalProperties === 'object' ? reader(schema.additionalProperties, owner, path) : undefined;
  if (each) checks.push((value) => isObject(value) && Object.values(value).forEach(each));
  const items = schema.items && reader(schema.items, owner, path);
  if (items) checks.push((value) => Array.isArray(value) && value.forEach(items));
  if (checks.length === 0) return undefined;
  return (value) => {
    if (value !== undefined && value !== null) for (const check of checks) check(value);
  };
}

const upperFirst = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

function checkType(schema: StructuralSchema, value: Json | undefined, owner: string, path: string): void {
  const found = jsonTypeOf(value);
  const fits =
    schema.type === 'integer'
      ? Number.isInteger(value)
      : schema.type === 'boolean'
        ? found === 'bool'
        : found === schema.type;
  if (fits) return;
  const shown = schema.type === 'integer' && typeof value === 'number' ? `number ${value}` : found;
  throw new DecodeError(
    `json: cannot unmarshal ${shown} into Go struct field ${owner}.${path} of type ${goType(schema)}`,
  );
}

function goType(schema: StructuralSchema): string {
  switch (schema.type) {
    case 'integer':
      return schema.format ?? 'int64';
    case 'boolean':
      return 'bool';
    case 'array':
      return `[]${goType(schema.items ?? {})}`;
    case 'object':
      return typeof schema.additionalProperties === 'object'
        ? `map[string]${goType(schema.additionalProperties)}`
        : 'v1.Object';
    case 'number':
      return 'float64';
    default:
      return 'string';
  }
}

function checkTime(value: Json | undefined): void {
  if (typeof value !== 'string' || value === '') return;
  if (/^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?(Z|[+-][0-9]{2}:[0-9]{2})$/.test(value)) return;
  const quoted = JSON.stringify(value);
  throw new DecodeError(`parsing time ${quoted} as "2006-01-02T15:04:05Z07:00": cannot parse ${quoted} as "2006"`);
}

function checkBase64(value: Json | undefined): void {
  if (typeof value !== 'string') return;
  const bad = /[^A-Za-z0-9+/=\r\n]/.exec(value);
  if (!bad && value.replace(/[\r\n]/g, '').length % 4 === 0) return;
  throw new DecodeError(`illegal base64 data at input byte ${bad?.index ?? value.length}`);
}
