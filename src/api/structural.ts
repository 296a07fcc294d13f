import * as z from 'zod';
import { API_VERSION } from './group.ts';
import type { Kind } from './kind.ts';
import type { Rule } from './rule.ts';

/** The part of OpenAPI that a CustomResourceDefinition may use. */
export interface StructuralSchema {
  type?: 'object' | 'array' | 'string' | 'integer' | 'number' | 'boolean';
  description?: string;
  default?: unknown;
  enum?: readonly unknown[];
  format?: string;
  pattern?: string;
  nullable?: boolean;
  minLength?: number;
  maxLength?: number;
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: boolean;
  exclusiveMaximum?: boolean;
  multipleOf?: number;
  minItems?: number;
  maxItems?: number;
  uniqueItems?: boolean;
  minProperties?: number;
  maxProperties?: number;
  required?: readonly string[];
  properties?: Readonly<Record<string, StructuralSchema>>;
  additionalProperties?: StructuralSchema | boolean;
  items?: StructuralSchema;
  allOf?: readonly StructuralSchema[];
  anyOf?: readonly StructuralSchema[];
  oneOf?: readonly StructuralSchema[];
  not?: StructuralSchema;
  'x-kubernetes-validations'?: readonly Rule[];
  'x-kubernetes-list-type'?: 'atomic' | 'set' | 'map';
  'x-kubernetes-list-map-keys'?: readonly string[];
  'x-kubernetes-map-type'?: 'atomic' | 'granular';
  'x-kubernetes-preserve-unknown-fields'?: boolean;
  'x-kubernetes-embedded-resource'?: boolean;
  'x-kubernetes-int-or-string'?: boolean;
}

/** The whole object's schema as the CRD carries it. */
export function structuralSchema(kind: Kind): StructuralSchema {
  const spec = structural(kind.spec);
  return {
    type: 'object',
    description: kind.summary,
    ...(spec.default === undefined && { required: ['spec'] }),
    properties: {
      apiVersion: { type: 'string', description: `Always \`${API_VERSION}\`.` },
      kind: { type: 'string', description: `Always \`${kind.kind}\`.` },
      metadata: { type: 'object' },
      spec: { ...spec, description: 'What is wanted.' },
      status: { ...structural(kind.status), description: 'What is so. Written by the operator only.' },
    },
    ...(kind.rules.length > 0 && { 'x-kubernetes-validations': kind.rules }),
  };
}

/** What zod makes of a schema, brought into the form a CRD must have. */
function structural(schema: z.ZodType): StructuralSchema {
  return z.toJSONSchema(schema, {
    target: 'openapi-3.0',
    io: 'input',
    reused: 'inline',
    override: ({ jsonSchema }) => {
      const node = jsonSchema as StructuralSchema;
      // pruning does on the server what strictness does here
      delete node.additionalProperties;
      if (node.type === 'integer') node.format = (node.maximum ?? 0) < 2 ** 31 ? 'int32' : 'int64';
    },
  }) as StructuralSchema;
}
