import { isObject } from './json.ts';
import { setKey } from './own-key.ts';

/** Kubernetes' own JSON for a set of fields: `f:spec`, `k:{"type":"Open"}` and `v:"x"` for the steps, `.` for the place itself. */
export interface FieldsV1 {
  readonly [step: string]: FieldsV1;
}

/** A set of paths into an object. Never changed once it is made, except by who makes it. */
export interface FieldSet {
  /** Whether the path that leads here is in the set. */
  readonly member: boolean;
  readonly below: ReadonlyMap<string, FieldSet>;
}

export const NO_FIELDS: FieldSet = { member: false, below: new Map() };
export const LEAF: FieldSet = { member: true, below: new Map() };

export const isEmpty = ({ member, below }: FieldSet): boolean => !member && below.size === 0;

/** Drops what holds nothing. */
export function fieldSet(member: boolean, below: Iterable<readonly [string, FieldSet]>): FieldSet {
  return { member, below: new Map([...below].filter(([, child]) => !isEmpty(child))) };
}

export function union(a: FieldSet, b: FieldSet): FieldSet {
  if (isEmpty(a)) return b;
  if (isEmpty(b)) return a;
  const below = new Map(a.below);
  for (const [step, child] of b.below) below.set(step, union(below.get(step) ?? NO_FIELDS, child));
  return { member: a.member || b.member, below };
}

export function difference(a: FieldSet, b: FieldSet): FieldSet {
  if (isEmpty(a) || isEmpty(b)) return a;
  const below = [...a.below].map(([step, child]) => [step, difference(child, b.below.get(step) ?? NO_FIELDS)] as const);
  return fieldSet(a.member && !b.member, below);
}

export function intersection(a: FieldSet, b: FieldSet): FieldSet {
  const below = [...a.below].map(
    ([step, child]) => [step, intersection(child, b.below.get(step) ?? NO_FIELDS)] as const,
  );
  return fieldSet(a.member && b.member, below);
}

/** Every path as `.spec.maplist[type="o"].v`; in each place first what ends there. */
export function pathsOf(set: FieldSet, prefix = ''): readonly string[] {
  const steps = [...set.below].sort(([a], [b]) => (a < b ? -1 : 1));
  const ending = steps.filter(([, child]) => child.member).map(([step]) => prefix + readable(step));
  return [...ending, ...steps.flatMap(([step, child]) => pathsOf(child, prefix + readable(step)))];
}

export function fromFieldsV1(fields: unknown): FieldSet {
  if (!isObject(fields)) return NO_FIELDS;
  const steps = Object.entries(fields).filter(([step]) => step !== '.');
  const below = steps.map(([step, child]) => {
    const inside = fromFieldsV1(child);
    return [step, isEmpty(inside) ? LEAF : inside] as const;
  });
  return fieldSet(Object.hasOwn(fields, '.'), below);
}

export function toFieldsV1(set: FieldSet): FieldsV1 {
  const out: Record<string, FieldsV1> = {};
  if (set.member && set.below.size > 0) out['.'] = {};
  for (const step of [...set.below.keys()].sort()) setKey(out, step, toFieldsV1(set.below.get(step) as FieldSet));
  return out;
}

function readable(step: string): string {
  const content = step.slice(2);
  if (step.startsWith('f:')) return `.${content}`;
  if (step.startsWith('v:')) return `[=${content}]`;
  if (!step.startsWith('k:')) return `[${content}]`;
  const keys = Object.entries(JSON.parse(content) as Record<string, unknown>);
  return `[${keys.map(([key, value]) => `${key}=${JSON.stringify(value)}`).join(',')}]`;
}
