import type { StructuralSchema } from '../api/structural.ts';
import { type Check, type Failure, fail, failNowhere, shown } from './failure.ts';
import { isObject, sameJson } from './json.ts';

export function requiredCheck({ required = [] }: Pick<StructuralSchema, 'required'>): Check | undefined {
  if (required.length === 0) return undefined;
  return (value) => {
    if (!isObject(value)) return undefined;
    let failures: Failure[] | undefined;
    for (const key of required) {
      if (value[key] !== undefined && Object.hasOwn(value, key)) continue;
      failures ??= [];
      failures.push({ keys: [key], say: () => 'Required value' });
    }
    return failures;
  };
}

export function mapSizeChecks({ minProperties, maxProperties }: StructuralSchema): readonly (Check | undefined)[] {
  return [
    sizeCheck(minProperties, keyCount, (size, limit) => size >= limit, tooFew('properties')),
    sizeCheck(maxProperties, keyCount, (size, limit) => size <= limit, tooMany),
  ];
}

export function listSizeChecks({ minItems, maxItems }: StructuralSchema): readonly (Check | undefined)[] {
  return [
    sizeCheck(minItems, itemCount, (size, limit) => size >= limit, tooFew('items')),
    sizeCheck(maxItems, itemCount, (size, limit) => size <= limit, tooMany),
  ];
}

export function enumCheck({ enum: allowed }: StructuralSchema): Check | undefined {
  if (!allowed) return undefined;
  const primitives = new Set(allowed);
  const list = allowed.map((value) => JSON.stringify(typeof value === 'string' ? value : String(value))).join(', ');
  return (value) => {
    if (value === null || primitives.has(value) || allowed.some((one) => sameJson(one, value))) return undefined;
    return [fail(() => `Unsupported value: ${shown(value)}: supported values: ${list}`)];
  };
}

/** anyOf, oneOf, allOf and not. */
export function combinationChecks(
  { anyOf, oneOf, allOf, not }: StructuralSchema,
  checkOf: (schema: StructuralSchema) => Check | undefined,
): readonly (Check | undefined)[] {
  const compiled = (schemas: readonly StructuralSchema[]): readonly Check[] =>
    schemas.map((schema) => checkOf(schema) ?? (() => undefined));
  return [
    anyOf && anyOfCheck(compiled(anyOf)),
    oneOf && oneOfCheck(compiled(oneOf)),
    allOf && allOfCheck(compiled(allOf)),
    not && notCheck(checkOf(not)),
  ];
}

const keyCount = (value: unknown): number | undefined => (isObject(value) ? Object.keys(value).length : undefined);
const itemCount = (value: unknown): number | undefined => (Array.isArray(value) ? value.length : undefined);

function sizeCheck(
  limit: number | undefined,
  sizeOf: (value: unknown) => number | undefined,
  fits: (size: number, limit: number) => boolean,
  otherwise: (size: number, limit: number) => Failure,
): Check | undefined {
  if (limit === undefined) return undefined;
  return (value) => {
    const size = sizeOf(value);
    return size === undefined || fits(size, limit) ? undefined : [otherwise(size, limit)];
  };
}

const tooFew =
  (what: string) =>
  (size: number, limit: number): Failure =>
    fail((field) => `Invalid value: ${size}: ${field} in body should have at least ${limit} ${what}`);

// a real server calls the properties items here
const tooMany = (size: number, limit: number): Failure =>
  fail(() => `Too many: ${size}: must have at most ${limit} items`);

/** Tells what is wrong with the first alternative, for one. */
function anyOfCheck(alternatives: readonly Check[]): Check {
  return (value) => {
    let first: Failure[] | undefined;
    for (const check of alternatives) {
      const failures = check(value);
      if (!failures) return undefined;
      first ??= failures;
    }
    return [
      failNowhere((field) => `Invalid value: "": "${field}" must validate at least one schema (anyOf)`),
      ...(first ?? []),
    ];
  };
}

function oneOfCheck(alternatives: readonly Check[]): Check {
  return (value) => {
    const results = alternatives.map((check) => check(value));
    const valid = results.filter((failures) => failures === undefined).length;
    if (valid === 1) return undefined;
    const found = valid === 0 ? 'Found none valid' : `Found ${valid} valid alternatives`;
    const why = valid === 0 ? (results[0] ?? []) : [];
    return [
      failNowhere((field) => `Invalid value: "": "${field}" must validate one and only one schema (oneOf). ${found}`),
      ...why,
    ];
  };
}

function allOfCheck(parts: readonly Check[]): Check {
  return (value) => {
    const results = parts.map((check) => check(value));
    const failures = results.flatMap((found) => found ?? []);
    if (failures.length === 0) return undefined;
    const none = results.every((found) => found !== undefined) ? '. None validated' : '';
    return [
      ...failures,
      failNowhere((field) => `Invalid value: "": "${field}" must validate all the schemas (allOf)${none}`),
    ];
  };
}

function notCheck(check: Check | undefined): Check {
  return (value) => {
    if (check?.(value)) return undefined;
    return [failNowhere((field) => `Invalid value: "": "${field}" must not validate the schema (not)`)];
  };
}
