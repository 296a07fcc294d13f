import * as z from 'zod';
import { conditions, observedGeneration } from './condition.ts';
import { age, column, defineKind, type ObjectOf, wideColumn } from './kind.ts';
import { holderName, namespaceName, objectName } from './names.ts';
import { int64 } from './quantity.ts';
import { immutable, oneWay, withRules } from './rule.ts';
import { printable } from './text.ts';
import { timestamp } from './time.ts';

const fields = {
  barrier: objectName().describe('Name of the Barrier.'),
  barrierNamespace: namespaceName()
    .optional()
    .describe('Namespace of the Barrier when it is not this one; it must allow this one in `allowedNamespaces`.'),
  holder: holderName().describe('Who arrives. The same holder counts once.'),
  generation: int64()
    .optional()
    .describe('The generation of a cyclic barrier this belongs to. Not set: the one that is waiting.'),
};

export const Arrival = defineKind({
  kind: 'Arrival',
  plural: 'arrivals',
  singular: 'arrival',
  shortName: 'karr',
  summary: 'An Arrival says that a holder has reached a Barrier. Making it twice is the same as making it once.',
  spec: withRules(z.strictObject(fields), immutable(Object.keys(fields))),
  status: z.strictObject({
    phase: z
      .enum(['Recorded', 'Denied'])
      .optional()
      .describe('`Recorded`: it counts. `Denied`: it does not, and a condition says why.'),
    arrivedAt: timestamp().optional().describe('When it was counted.'),
    generation: int64().optional().describe('The generation it was counted for.'),
    barrierUID: printable(64)
      .optional()
      .describe('UID of the Barrier that counted it: one that is made anew under the same name does not.'),
    observedGeneration: observedGeneration(),
    conditions: conditions(),
  }),
  rules: [oneWay({})],
  columns: [
    column('Barrier', '.spec.barrier'),
    column('Holder', '.spec.holder'),
    column('Phase', '.status.phase'),
    wideColumn('Generation', '.status.generation', 'integer'),
    age,
  ],
  selectable: ['.spec.barrier', '.spec.holder', '.status.phase'],
  example: { barrier: 'example', holder: 'worker-1' },
});

export type Arrival = ObjectOf<typeof Arrival>;
