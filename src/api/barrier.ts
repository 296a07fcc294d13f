import * as z from 'zod';
import { watermark } from './claim.ts';
import { conditions, observedGeneration } from './condition.ts';
import { duration } from './duration.ts';
import { age, column, defineKind, type ObjectOf, wideColumn } from './kind.ts';
import { allowedNamespaces, holderName } from './names.ts';
import { count, int64 } from './quantity.ts';
import { neverFalls, oneWay, rule, withRules } from './rule.ts';
import { printable } from './text.ts';
import { timestamp } from './time.ts';

/** `status.arrivals` names this many; `status.arrived` counts them all. */
export const MAX_LISTED_ARRIVALS = 1_000;

/** A cyclic barrier counts this many arrivals before it tells them; the rest follows once they have been told. */
export const MAX_UNTOLD_ARRIVALS = 256;

const spec = withRules(
  z.strictObject({
    expected: count(1).describe('How many distinct holders are expected.'),
    quorum: count(1).optional().describe('How many are enough to open it. Not set: all that are expected.'),
    timeout: duration()
      .optional()
      .describe(
        'How long to wait for them; then the barrier is closed for good, as `Timeout`. Not set, or `0s`: for ever.',
      ),
    cyclic: z
      .boolean()
      .default(false)
      .describe('Start a new generation after it has opened, so that the same holders can meet again.'),
    arrivalPolicy: z
      .enum(['Sticky', 'Live'])
      .default('Sticky')
      .describe(
        '`Sticky`: who arrived counts, even if gone since. `Live`: only those still there count until it opens.',
      ),
    allowedNamespaces: allowedNamespaces()
      .optional()
      .describe('Other namespaces whose Arrivals may name this barrier; `*` is every namespace.'),
  }),
  [rule('.quorum', 'quorum must be at most expected', '!has(self.quorum) || self.quorum <= self.expected')],
);

const status = z.strictObject({
  arrived: count().optional().describe('Distinct holders that have arrived in this generation.'),
  arrivals: z
    .array(holderName())
    .max(MAX_LISTED_ARRIVALS)
    .optional()
    .meta({ 'x-kubernetes-list-type': 'atomic' })
    .describe(`Who has arrived; the first ${MAX_LISTED_ARRIVALS}.`),
  phase: z
    .enum(['Waiting', 'Open', 'Failed', 'Timeout'])
    .optional()
    .describe('`Open`: enough have arrived. `Timeout`: too few did in time. `Failed`: it cannot open any more.'),
  openedAt: timestamp().optional().describe('When it opened.'),
  generation: int64()
    .optional()
    .describe('How many times a cyclic barrier has started over; arrivals belong to one generation.'),
  startedAt: timestamp().optional().describe('When this generation began: `timeout` counts from here.'),
  intents: z
    .array(
      z.strictObject({
        uid: printable(64, 1).describe('UID of the Arrival.'),
        generation: int64().describe('The generation it was counted for.'),
      }),
    )
    .max(MAX_UNTOLD_ARRIVALS)
    .optional()
    .meta({ 'x-kubernetes-list-type': 'atomic' })
    .describe('Arrivals of a cyclic barrier that were counted and do not say so yet. For operators only.'),
  watermark: watermark(),
  observedGeneration: observedGeneration(),
  conditions: conditions(),
});

const NEXT_GENERATION =
  'has(self.status) && has(self.status.generation) && has(oldSelf.status.generation) && self.status.generation > oldSelf.status.generation';

export const Barrier = defineKind({
  kind: 'Barrier',
  plural: 'barriers',
  singular: 'barrier',
  shortName: 'kbar',
  summary: 'A Barrier lets nobody pass until enough holders have arrived. Each of them makes an Arrival.',
  spec,
  status,
  rules: [oneWay({ Waiting: ['Open', 'Failed', 'Timeout'] }, `(${NEXT_GENERATION})`), neverFalls('generation')],
  columns: [
    column('Expected', '.spec.expected', 'integer'),
    column('Arrived', '.status.arrived', 'integer'),
    column('Phase', '.status.phase'),
    wideColumn('Quorum', '.spec.quorum', 'integer'),
    wideColumn('Timeout', '.spec.timeout'),
    wideColumn('Generation', '.status.generation', 'integer'),
    age,
  ],
  selectable: [],
  example: { expected: 10, quorum: 8, timeout: '30m' },
});

export type Barrier = ObjectOf<typeof Barrier>;
