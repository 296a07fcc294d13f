import * as z from 'zod';
import { int64 } from './quantity.ts';
import { text } from './text.ts';
import { timestamp } from './time.ts';

/** The condition every Kubernetes API has (metav1.Condition): what `kubectl wait --for=condition=…` reads. */
export const condition = z.strictObject({
  type: text(316, { min: 1, pattern: /^[A-Za-z][A-Za-z0-9]*$/, says: 'must be CamelCase' }).describe(
    'What is true or not, such as `Ready`.',
  ),
  status: z.enum(['True', 'False', 'Unknown']).describe('Whether it is.'),
  observedGeneration: int64().optional().describe('The `metadata.generation` this was decided for.'),
  lastTransitionTime: timestamp().describe('When `status` last changed.'),
  reason: text(1024, {
    min: 1,
    pattern: /^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$/,
    says: 'must be CamelCase',
  }).describe('One word for programs.'),
  message: text(32_768).describe('One sentence for people.'),
});

export type Condition = z.output<typeof condition>;

export const MAX_CONDITIONS = 16;

export const conditions = () =>
  z
    .array(condition)
    .max(MAX_CONDITIONS)
    .optional()
    .meta({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['type'] })
    .describe('Standard conditions.');

export const observedGeneration = () =>
  int64().optional().describe('The `metadata.generation` this status was decided for.');
