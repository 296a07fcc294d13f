/** What is on the wire, once parsed. Whoever has one must not change it in place: it may be stored. */
export type Json = string | number | boolean | null | readonly Json[] | JsonObject;

export interface JsonObject {
  readonly [key: string]: Json | undefined;
}

export const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Same value, whatever the order of keys; an absent key and an undefined one are the same. */
export function sameJson(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (Array.isArray(a)) {
    return Array.isArray(b) && a.length === b.length && a.every((item, index) => sameJson(item, b[index]));
  }
  if (!isObject(a) || !isObject(b)) return false;
  let left = 0;
  for (const key in a) {
    if (a[key] === undefined) continue;
    left++;
    if (b[key] === undefined || !sameJson(a[key], b[key])) return false;
  }
  for (const key in b) if (b[key] !== undefined) left--;
  return left === 0;
}
