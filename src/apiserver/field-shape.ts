import type { StructuralSchema } from '../api/structural.ts';
import { isObject } from './json.ts';
import { OBJECT_META } from './object-meta.ts';

/** How a value is owned: whole, or by its parts. */
export type FieldShape =
  | { readonly owned: 'whole' }
  | { readonly owned: 'by key'; readonly child: (key: string) => ChildShape }
  | {
      readonly owned: 'by item';
      readonly step: (item: unknown) => string;
      readonly items: StructuralSchema | undefined;
    };

export interface ChildShape {
  readonly schema: StructuralSchema | undefined;
  /** Told by name in the schema: such a field is not owned apart from what is in it. */
  readonly named: boolean;
}

/** By the schema where it says something, else as the value looks: maps by key, lists whole. */
export function shapeOf(schema: StructuralSchema | undefined, value: unknown): FieldShape {
  if (isObject(value)) {
    if (schema?.['x-kubernetes-map-type'] === 'atomic') return WHOLE;
    return { owned: 'by key', child: (key) => childShape(schema, key) };
  }
  if (!Array.isArray(value)) return WHOLE;
  const items = schema?.items;
  switch (schema?.['x-kubernetes-list-type']) {
    case 'set':
      return { owned: 'by item', step: (item) => `v:${JSON.stringify(item)}`, items };
    case 'map': {
      const keys = [...(schema['x-kubernetes-list-map-keys'] ?? [])].sort();
      return { owned: 'by item', step: (item) => `k:${JSON.stringify(keyOf(item, keys, items))}`, items };
    }
    default:
      return WHOLE;
  }
}

/** The whole object's schema, with what is known of every object. */
export const objectSchema = (schema: StructuralSchema | undefined): StructuralSchema => ({
  ...(schema ?? { 'x-kubernetes-preserve-unknown-fields': true }),
  properties: {
    ...schema?.properties,
    apiVersion: { type: 'string' },
    kind: { type: 'string' },
    metadata: OBJECT_META,
  },
});

const WHOLE: FieldShape = { owned: 'whole' };

export function childShape(schema: StructuralSchema | undefined, key: string): ChildShape {
  const { properties, additionalProperties } = schema ?? {};
  if (properties && Object.hasOwn(properties, key)) return { schema: properties[key], named: true };
  return { schema: typeof additionalProperties === 'object' ? additionalProperties : undefined, named: false };
}

function keyOf(item: unknown, keys: readonly string[], items: StructuralSchema | undefined): Record<string, unknown> {
  const holder = isObject(item) ? item : {};
  return Object.fromEntries(keys.map((key) => [key, holder[key] ?? items?.properties?.[key]?.default]));
}
