import * as z from 'zod';
import { DEFAULT_TTL, intent, MAX_UNTOLD_CLAIMS, refusals, watermark } from './claim.ts';
import { conditions, observedGeneration } from './condition.ts';
import { duration } from './duration.ts';
import { age, column, defineKind, type ObjectOf, wideColumn } from './kind.ts';
import { allowedNamespaces } from './names.ts';
import { count, int64 } from './quantity.ts';
import { neverFalls, rule, withRules } from './rule.ts';

const spec = withRules(
  z.strictObject({
    permits: count(1).describe('How many permits there are: the weight that may be held at once.'),
    ttl: duration()
      .default(DEFAULT_TTL)
      .describe('How long a hold lives without a renewal when its Permit does not say. `0s`: the default.'),
    maxTTL: duration().optional().describe('The longest `ttl` a Permit may ask for; a longer one is cut to it.'),
    ordering: z
      .enum(['Strict', 'BestEffort'])
      .default('Strict')
      .describe('`Strict`: a heavy claim is never overtaken. `BestEffort`: lighter claims may pass it, for a minute.'),
    maxWaiters: count().default(10_000).describe('How many claims may wait; the next is Denied at once.'),
    allowedNamespaces: allowedNamespaces()
      .optional()
      .describe('Other namespaces whose Permits may name this semaphore; `*` is every namespace.'),
  }),
  [rule('.maxTTL', 'maxTTL must be at least ttl', '!has(self.maxTTL) || duration(self.ttl) <= duration(self.maxTTL)')],
);

const status = z.strictObject({
  inUse: count().optional().describe('Weight held now.'),
  available: count().optional().describe('Weight free now; 0 while more is held than `permits` allows.'),
  waiting: count().optional().describe('Claims in the queue.'),
  phase: z
    .enum(['Ready', 'Full', 'Terminating'])
    .optional()
    .describe('`Ready`: something is free. `Full`: nothing is. `Terminating`: being deleted, grants nothing.'),
  token: int64().optional().describe('Highest fencing token granted.'),
  intents: z
    .array(intent.extend({ weight: count(1).describe('Permits taken.') }))
    .max(MAX_UNTOLD_CLAIMS)
    .optional()
    .meta({ 'x-kubernetes-list-type': 'atomic' })
    .describe(
      'Grants that their claims may not say yet: until they do, these are holds. For operators, and clients that take their grant early.',
    ),
  refusals: refusals(),
  watermark: watermark(),
  observedGeneration: observedGeneration(),
  conditions: conditions(),
});

export const Semaphore = defineKind({
  kind: 'Semaphore',
  plural: 'semaphores',
  singular: 'semaphore',
  shortName: 'ksem',
  summary: 'A Semaphore limits how many holders use something at once. Each holder takes a Permit.',
  spec,
  status,
  rules: [neverFalls('token')],
  columns: [
    column('Permits', '.spec.permits', 'integer'),
    column('In Use', '.status.inUse', 'integer'),
    column('Available', '.status.available', 'integer'),
    column('Waiting', '.status.waiting', 'integer'),
    column('Phase', '.status.phase'),
    wideColumn('TTL', '.spec.ttl'),
    wideColumn('Ordering', '.spec.ordering'),
    wideColumn('Token', '.status.token', 'integer'),
    age,
  ],
  selectable: [],
  example: { permits: 5, ttl: '10m' },
});

export type Semaphore = ObjectOf<typeof Semaphore>;
