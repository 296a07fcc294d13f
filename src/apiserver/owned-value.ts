import type { StructuralSchema } from '../api/structural.ts';
import { difference, type FieldSet, fieldSet, isEmpty, LEAF, NO_FIELDS, union } from './field-set.ts';
import { childShape, shapeOf } from './field-shape.ts';
import { isObject, sameJson } from './json.ts';
import { ownValue, setKey } from './own-key.ts';

type Schema = StructuralSchema | undefined;

/** What somebody who writes exactly this lays claim to. */
export function fieldsOf(schema: Schema, value: unknown): FieldSet {
  const shape = shapeOf(schema, value);
  if (shape.owned === 'whole') return LEAF;
  if (shape.owned === 'by item') {
    const items = (value as readonly unknown[]).map((item) => {
      return [shape.step(item), { ...fieldsOf(shape.items, item), member: true }] as const;
    });
    return fieldSet(false, items);
  }
  const entries = Object.entries(value as object);
  const below = entries.map(([key, child]): readonly [string, FieldSet] => {
    const { schema: inside, named } = shape.child(key);
    const fields = fieldsOf(inside, child);
    const isNothing = isObject(child) && Object.keys(child).length === 0;
    return [`f:${key}`, named && !isNothing ? fields : { ...fields, member: true }];
  });
  return fieldSet(false, below);
}

/** Every place in a value, the containers too. */
function placesOf(schema: Schema, value: unknown): FieldSet {
  const shape = shapeOf(schema, value);
  if (shape.owned === 'whole') return LEAF;
  const below =
    shape.owned === 'by item'
      ? (value as readonly unknown[]).map((item) => [shape.step(item), placesOf(shape.items, item)] as const)
      : Object.entries(value as object).map(
          ([key, child]) => [`f:${key}`, placesOf(shape.child(key).schema, child)] as const,
        );
  return fieldSet(true, below);
}

/** What a change did to which places. */
export interface Comparison {
  /** Added, or given another value. */
  readonly changed: FieldSet;
  readonly removed: FieldSet;
}

const SAME: Comparison = { changed: NO_FIELDS, removed: NO_FIELDS };

export const isSame = ({ changed, removed }: Comparison): boolean => isEmpty(changed) && isEmpty(removed);

export function compare(schema: Schema, before: unknown, after: unknown): Comparison {
  if (before === after) return SAME;
  if (before === undefined) return { changed: placesOf(schema, after), removed: NO_FIELDS };
  if (after === undefined) return { changed: NO_FIELDS, removed: placesOf(schema, before) };
  const shape = shapeOf(schema, after);
  if (shape.owned !== shapeOf(schema, before).owned) return replaced(schema, before, after);
  switch (shape.owned) {
    case 'whole':
      return sameJson(before, after) ? SAME : { changed: LEAF, removed: NO_FIELDS };
    case 'by key':
      return compareParts(keysIn(before), keysIn(after), (key) => [`f:${key}`, shape.child(key).schema]);
    case 'by item':
      return compareParts(itemsIn(before, shape.step), itemsIn(after, shape.step), (step) => [step, shape.items]);
  }
}

/** Containers of different kinds have nothing in common but their place. */
function replaced(schema: Schema, before: unknown, after: unknown): Comparison {
  const places = placesOf(schema, after);
  return { changed: places, removed: difference(placesOf(schema, before), places) };
}

const keysIn = (value: unknown): ReadonlyMap<string, unknown> => new Map(Object.entries(value as object));
const itemsIn = (value: unknown, step: (item: unknown) => string): ReadonlyMap<string, unknown> =>
  new Map((value as readonly unknown[]).map((item) => [step(item), item]));

function compareParts(
  before: ReadonlyMap<string, unknown>,
  after: ReadonlyMap<string, unknown>,
  partOf: (key: string) => readonly [step: string, schema: Schema],
): Comparison {
  const changed: (readonly [string, FieldSet])[] = [];
  const removed: (readonly [string, FieldSet])[] = [];
  for (const key of new Set([...before.keys(), ...after.keys()])) {
    const [step, schema] = partOf(key);
    const part = compare(schema, before.get(key), after.get(key));
    if (part === SAME) continue;
    changed.push([step, part.changed]);
    removed.push([step, part.removed]);
  }
  if (changed.length === 0) return SAME;
  return { changed: fieldSet(false, changed), removed: fieldSet(false, removed) };
}

/** The live value with the applied one on top: what the applied one does not name stays. */
export function mergeApplied(schema: Schema, live: unknown, applied: unknown): unknown {
  const shape = shapeOf(schema, applied);
  if (live === undefined || shape.owned === 'whole' || shape.owned !== shapeOf(schema, live).owned) return applied;
  if (shape.owned === 'by item') {
    return mergeItems(live as readonly unknown[], applied as readonly unknown[], shape.step, (a, b) =>
      mergeApplied(shape.items, a, b),
    );
  }
  const out: Record<string, unknown> = { ...(live as object) };
  for (const [key, child] of Object.entries(applied as object)) {
    setKey(out, key, mergeApplied(shape.child(key).schema, ownValue(out, key), child));
  }
  return out;
}

/** In the order of the applied items; what only the live list has stays before what followed it. */
function mergeItems(
  live: readonly unknown[],
  applied: readonly unknown[],
  step: (item: unknown) => string,
  merge: (live: unknown, applied: unknown) => unknown,
): readonly unknown[] {
  const lives = new Map(live.map((item) => [step(item), item]));
  const wanted = new Set(applied.map(step));
  const out: unknown[] = [];
  const rest = [...live];
  const takeOnlyLive = () => {
    while (rest.length > 0 && !wanted.has(step(rest[0]))) out.push(rest.shift());
  };
  for (const item of applied) {
    const name = step(item);
    takeOnlyLive();
    out.push(merge(lives.get(name), item));
    if (rest.length > 0 && step(rest[0]) === name) rest.shift();
  }
  return [...out, ...rest.filter((item) => !wanted.has(step(item)))];
}

/** The value without these places, and what is in them. */
export function removeFields(schema: Schema, value: unknown, places: FieldSet): unknown {
  if (places.below.size === 0) return value;
  const shape = shapeOf(schema, value);
  if (shape.owned === 'whole') return value;
  if (shape.owned === 'by item') {
    return (value as readonly unknown[])
      .filter((item) => !places.below.get(shape.step(item))?.member)
      .map((item) => removeFields(shape.items, item, places.below.get(shape.step(item)) ?? NO_FIELDS));
  }
  const out: Record<string, unknown> = {};
  for (const [key, child] of Object.entries(value as object)) {
    const place = places.below.get(`f:${key}`);
    if (!place?.member) setKey(out, key, place ? removeFields(shape.child(key).schema, child, place) : child);
  }
  return out;
}

/** A field that the schema names goes when the last of what it holds goes: here it counts as a member itself. */
export function withHolders(schema: Schema, set: FieldSet): FieldSet {
  const below = [...set.below].map(([step, child]): readonly [string, FieldSet] => {
    if (!step.startsWith('f:')) return [step, withHolders(schema?.items, child)];
    const { schema: inside, named } = childShape(schema, step.slice(2));
    const held = withHolders(inside, child);
    return [step, named && held.below.size > 0 ? { ...held, member: true } : held];
  });
  return fieldSet(set.member, below);
}

export const unionOf = (sets: Iterable<FieldSet>): FieldSet => [...sets].reduce(union, NO_FIELDS);
