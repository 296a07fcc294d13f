import type { StructuralSchema } from './structural.ts';

/**
 * The value with the schema's defaults filled in, as an API server does it: at any depth, and a null where
 * none is allowed counts as nothing when there is a default (Go's serialiser writes such nulls).
 */
export function applyDefaults(schema: StructuralSchema, value: unknown): unknown {
  if (Array.isArray(value))
    return schema.items ? value.map((item) => applyDefaults(schema.items as StructuralSchema, item)) : value;
  if (!isObject(value)) return value;
  const out: Record<string, unknown> = { ...value };
  const { properties = {}, additionalProperties } = schema;
  for (const [key, child] of Object.entries(properties)) {
    const absent = out[key] === undefined || (out[key] === null && !child.nullable && child.default !== undefined);
    if (absent && child.default !== undefined) out[key] = structuredClone(child.default);
    if (out[key] !== undefined) out[key] = applyDefaults(child, out[key]);
  }
  if (typeof additionalProperties === 'object') {
    for (const key of Object.keys(out)) {
      if (!(key in properties)) out[key] = applyDefaults(additionalProperties, out[key]);
    }
  }
  return out;
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
