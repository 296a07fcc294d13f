import { childField } from '../api/problem.ts';
import type { StructuralSchema } from '../api/structural.ts';
import { isObject } from './json.ts';
import { OBJECT_META } from './object-meta.ts';
import { setKey } from './own-key.ts';

export interface Pruned {
  /** The value itself when there was nothing to remove. */
  readonly value: unknown;
  /** `spec.foo`: what the schema does not know; a strict server refuses it. */
  readonly unknown: string[];
}

/** The object without what its schema does not know, and without nulls where none is allowed and no default waits. */
export const prune = (schema: StructuralSchema, value: unknown): Pruned => pruner(schema)(value);

/** Compiles a whole object's schema, once, to what prunes such objects. */
export function pruner(schema: StructuralSchema): (value: unknown) => Pruned {
  const pruneAt = prunerAt(asObject(schema));
  return (value) => {
    const lost: Lost[] = [];
    const pruned = pruneAt(value, lost);
    return { value: pruned, unknown: lost.map(({ keys }) => keys.reduceRight<string>(childField, '')) };
  };
}

/** The keys to an unknown field, innermost first. */
interface Lost {
  readonly keys: (string | number)[];
}

type Prune = (value: unknown, lost: Lost[]) => unknown;

const TYPE_META: Readonly<Record<string, StructuralSchema>> = {
  apiVersion: { type: 'string' },
  kind: { type: 'string' },
};

/** An object knows its type and its metadata, whatever the schema says. */
function asObject(schema: StructuralSchema): StructuralSchema {
  return { ...schema, properties: { ...schema.properties, ...TYPE_META, metadata: OBJECT_META } };
}

function prunerAt(schema: StructuralSchema): Prune {
  const inList = schema.items ? prunerAt(schema.items) : undefined;
  const whole = schema['x-kubernetes-embedded-resource'] ? asObject(schema) : schema;
  const named = new Map(
    Object.entries(whole.properties ?? {}).map(([key, child]) => [key, { prune: prunerAt(child), child }]),
  );
  const { additionalProperties } = whole;
  const values =
    typeof additionalProperties === 'object'
      ? { prune: prunerAt(additionalProperties), child: additionalProperties }
      : undefined;
  const keepsOthers = whole['x-kubernetes-preserve-unknown-fields'] === true || additionalProperties === true;
  const inMap = (value: Readonly<Record<string, unknown>>, lost: Lost[]) =>
    pruneMap(value, lost, (key) => named.get(key) ?? values, keepsOthers);
  return (value, lost) => {
    if (isObject(value)) return inMap(value, lost);
    return Array.isArray(value) ? pruneList(value, lost, inList ?? (keepsOthers ? undefined : prunesAll)) : value;
  };
}

interface Child {
  readonly prune: Prune;
  readonly child: StructuralSchema;
}

/** Copies at the first change only. */
function pruneMap(
  value: Readonly<Record<string, unknown>>,
  lost: Lost[],
  childOf: (key: string) => Child | undefined,
  keepsOthers: boolean,
): unknown {
  let out: Record<string, unknown> | undefined;
  for (const key of Object.keys(value)) {
    const known = childOf(key);
    const before = value[key];
    if (!known) {
      if (keepsOthers) continue;
      lost.push({ keys: [key] });
      out ??= { ...value };
      delete out[key];
      continue;
    }
    if (before === null && !known.child.nullable && known.child.default === undefined && isTyped(known.child)) {
      out ??= { ...value };
      delete out[key];
      continue;
    }
    const already = lost.length;
    const after = known.prune(before, lost);
    for (let index = already; index < lost.length; index++) (lost[index] as Lost).keys.push(key);
    if (after === before) continue;
    out ??= { ...value };
    setKey(out, key, after);
  }
  return out ?? value;
}

const isTyped = (schema: StructuralSchema): boolean =>
  schema.type !== undefined || schema['x-kubernetes-int-or-string'] === true;

function pruneList(list: readonly unknown[], lost: Lost[], prune: Prune | undefined): unknown {
  if (!prune) return list;
  let changed = false;
  const out = list.map((item, index) => {
    const already = lost.length;
    const after = prune(item, lost);
    for (let at = already; at < lost.length; at++) (lost[at] as Lost).keys.push(index);
    changed ||= after !== item;
    return after;
  });
  return changed ? out : list;
}

/** Where nothing is known, nothing inside stays. */
const prunesAll: Prune = prunerAt({});
