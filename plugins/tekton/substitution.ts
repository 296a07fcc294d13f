import type { Param } from './kinds.ts';

/** Texts with their `$(params.…)` filled in, or the first that names no param. */
export type Substituted = { readonly text: string; readonly missing?: never } | { readonly missing: string };

/** `$(params.app)`, `$(params["app"])`, `$(params.list[0])`, `$(params.list[*])`, `$(params.object.key)`. */
const REFERENCE = /\$\(params(?:\.([\w-]+)|\["([^"]+)"\]|\['([^']+)'\])(?:\.([\w-]+)|\[(\d+|\*)\])?\)/g;

/** Tekton substitutes nothing inside an embedded spec: that is left to whoever runs the task. */
export function substitute(template: string, params: readonly Param[]): Substituted {
  let missing: string | undefined;
  const text = template.replace(REFERENCE, (whole, dotted, double, single, key, index) => {
    const found = valueAt(params.find(({ name }) => name === (dotted ?? double ?? single))?.value, key, index);
    if (found === undefined) missing ??= whole;
    return found ?? '';
  });
  return missing === undefined ? { text } : { missing };
}

/** Which params a text refers to. */
export const referencesIn = (template: string): string[] =>
  [...template.matchAll(REFERENCE)].map(([, dotted, double, single]) => dotted ?? double ?? single ?? '');

function valueAt(value: unknown, key: string | undefined, index: string | undefined): string | undefined {
  if (value === undefined || value === null) return undefined;
  if (key !== undefined) return textOf(isObject(value) ? value[key] : undefined);
  if (index === '*') return Array.isArray(value) ? value.map(textOf).join(' ') : undefined;
  if (index !== undefined) return textOf(Array.isArray(value) ? value[Number(index)] : undefined);
  return textOf(value);
}

/** A number or a flag that came past the webhook is as good as its text. */
const textOf = (value: unknown): string | undefined =>
  value === undefined || value === null ? undefined : typeof value === 'object' ? JSON.stringify(value) : String(value);

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
