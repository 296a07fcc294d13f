import type { StructuralSchema } from '../api/structural.ts';
import { both, type Check, type Failure, fail, under } from './failure.ts';
import { isObject } from './json.ts';

/** Lists that are sets or maps must not have the same item, or key, twice. Undefined when there is no such list. */
export function listTypeCheck(schema: StructuralSchema): Check | undefined {
  const identity = identityOf(schema);
  const items = schema.items && listTypeCheck(schema.items);
  if (schema.type === 'array' || schema.items) {
    if (!identity && !items) return undefined;
    return (value) => {
      if (!Array.isArray(value)) return undefined;
      return both(identity && duplicates(value, identity), items && inItems(value, items));
    };
  }
  const properties = Object.entries(schema.properties ?? {}).flatMap(([key, child]) => {
    const check = listTypeCheck(child);
    return check ? [{ key, check }] : [];
  });
  const additional =
    typeof schema.additionalProperties === 'object' ? listTypeCheck(schema.additionalProperties) : undefined;
  if (properties.length === 0 && !additional) return undefined;
  return (value) => {
    if (!isObject(value)) return undefined;
    let failures: Failure[] | undefined;
    for (const { key, check } of properties) failures = both(failures, under(key, check(value[key])));
    if (additional) for (const key of Object.keys(value)) failures = both(failures, under(key, additional(value[key])));
    return failures;
  };
}

type Identity = (item: unknown) => unknown;

/** What makes an item of the list another one; undefined when any number may be equal. */
function identityOf(schema: StructuralSchema): Identity | undefined {
  const keys = schema['x-kubernetes-list-map-keys'] ?? [];
  switch (schema['x-kubernetes-list-type']) {
    case 'set':
      return (item) => item;
    case 'map': {
      const defaults = schema.items?.properties ?? {};
      return (item) => {
        if (!isObject(item)) return item;
        return Object.fromEntries(keys.map((key) => [key, item[key] ?? defaults[key]?.default]));
      };
    }
    default:
      return undefined;
  }
}

/** Told once for each value, at its second place. */
function duplicates(list: readonly unknown[], identity: Identity): Failure[] | undefined {
  if (list.length < 2) return undefined;
  const times = new Map<string, number>();
  let failures: Failure[] | undefined;
  list.forEach((item, index) => {
    const shown = JSON.stringify(identity(item));
    const seen = times.get(shown) ?? 0;
    times.set(shown, seen + 1);
    if (seen === 1) failures = both(failures, under(index, [fail(() => `Duplicate value: ${shown}`)]));
  });
  return failures;
}

function inItems(list: readonly unknown[], check: Check): Failure[] | undefined {
  let failures: Failure[] | undefined;
  list.forEach((item, index) => {
    failures = both(failures, under(index, check(item)));
  });
  return failures;
}
