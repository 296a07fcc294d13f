import type { StructuralSchema } from './structural.ts';

/**
 * The value with the schema's defaults filled in, as an API server does it: at any depth, and a null where
 * none is allowed counts as nothing when there is a default (Go's serialiser writes such nulls).
 */
export function applyDefaults(schema: StructuralSchema, value: unknown): unknown {
  return fillerOf(schema)?.(value) ?? value;
}

type Filler = (value: unknown) => unknown;

/** Made once a schema: most of a schema has no default, and is then not even looked at. */
const fillers = new WeakMap<StructuralSchema, Filler | 'none'>();

function fillerOf(schema: StructuralSchema): Filler | undefined {
  let filler = fillers.get(schema);
  if (filler === undefined) {
    filler = makeFiller(schema) ?? 'none';
    fillers.set(schema, filler);
  }
  return filler === 'none' ? undefined : filler;
}

interface Property {
  readonly key: string;
  readonly schema: StructuralSchema;
  readonly fill: Filler | undefined;
}

function makeFiller({ properties = {}, additionalProperties, items }: StructuralSchema): Filler | undefined {
  const own = Object.entries(properties)
    .map(([key, schema]): Property => ({ key, schema, fill: fillerOf(schema) }))
    .filter(({ schema, fill }) => fill || schema.default !== undefined);
  const values = typeof additionalProperties === 'object' ? fillerOf(additionalProperties) : undefined;
  const each = items && fillerOf(items);
  if (own.length === 0 && !values && !each) return undefined;

  return (value) => {
    if (Array.isArray(value)) return each ? value.map(each) : value;
    if (typeof value !== 'object' || value === null) return value;
    const out: Record<string, unknown> = { ...value };
    for (const { key, schema, fill } of own) {
      const absent = out[key] === undefined || (out[key] === null && !schema.nullable);
      if (absent && schema.default !== undefined) out[key] = structuredClone(schema.default);
      if (fill && out[key] !== undefined) out[key] = fill(out[key]);
    }
    if (values) for (const key of Object.keys(out)) if (!(key in properties)) out[key] = values(out[key]);
    return out;
  };
}
