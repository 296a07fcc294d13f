import { isDeepStrictEqual } from 'node:util';

/**
 * The merge patch (RFC 7396) that makes `before` into `after`: what is the same is left out, what has gone is null.
 * Undefined when there is nothing to change.
 */
export function patchOf(before: object | undefined, after: object): Readonly<Record<string, unknown>> | undefined {
  const old = (before ?? {}) as Readonly<Record<string, unknown>>;
  const now = after as Readonly<Record<string, unknown>>;
  const patch: Record<string, unknown> = {};
  for (const key of new Set([...Object.keys(old), ...Object.keys(now)])) {
    const change = changeOf(old[key] ?? undefined, now[key] ?? undefined);
    if (change !== undefined) patch[key] = change;
  }
  return Object.keys(patch).length > 0 ? patch : undefined;
}

function changeOf(old: unknown, now: unknown): unknown {
  if (now === undefined) return old === undefined ? undefined : null;
  // a list has no merge: it is replaced
  if (isObject(old) && isObject(now)) return patchOf(old, now);
  return isDeepStrictEqual(old, now) ? undefined : now;
}

const isObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
