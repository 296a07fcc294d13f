import * as z from 'zod';
import { DEFAULT_TTL, intent, refusals, watermark } from './claim.ts';
import { conditions, observedGeneration } from './condition.ts';
import { duration } from './duration.ts';
import { age, column, defineKind, type ObjectOf, wideColumn } from './kind.ts';
import { allowedNamespaces, holderName } from './names.ts';
import { count, int64, priority } from './quantity.ts';
import { neverFalls } from './rule.ts';
import { timestamp } from './time.ts';

const spec = z.strictObject({
  ttl: duration()
    .default(DEFAULT_TTL)
    .describe('How long a hold lives without a renewal when its LeaseRequest does not say. `0s`: the default.'),
  priority: priority().default(0).describe('Priority of a LeaseRequest that names none.'),
  preemption: z
    .enum(['LowerPriority', 'Never'])
    .default('LowerPriority')
    .describe(
      '`LowerPriority`: a request of strictly higher priority takes the lease from its holder. `Never`: it waits.',
    ),
  gracePeriod: duration()
    .default('30s')
    .describe('How long a holder that is to lose the lease has to let go by itself.'),
  allowedNamespaces: allowedNamespaces()
    .optional()
    .describe('Other namespaces whose LeaseRequests may name this lease; `*` is every namespace.'),
});

const status = z.strictObject({
  holder: holderName().optional().describe('Who holds it.'),
  acquiredAt: timestamp().optional().describe('When the holder got it.'),
  // the product specification's manifest says `acquired`; kubectl refuses a manifest with a field nobody knows
  acquired: timestamp().optional().describe('The same as `acquiredAt`, under its first name.'),
  expiresAt: timestamp().optional().describe('When the hold ends unless it is renewed.'),
  renewCount: count().optional().describe('How often the holder has renewed it.'),
  waiting: count().optional().describe('Requests in the queue.'),
  token: int64().optional().describe('Highest fencing token granted.'),
  phase: z.enum(['Available', 'Held']).optional().describe('`Held`: somebody has it.'),
  intents: z
    .array(intent)
    .max(1)
    .optional()
    .meta({ 'x-kubernetes-list-type': 'atomic' })
    .describe(
      'The grant that its claim may not say yet: until it does, this is a hold. For operators, and clients that take their grant early.',
    ),
  refusals: refusals(),
  watermark: watermark(),
  observedGeneration: observedGeneration(),
  conditions: conditions(),
});

export const Lease = defineKind({
  kind: 'Lease',
  plural: 'leases',
  singular: 'lease',
  shortName: 'klease',
  summary: 'A Lease has one holder at a time, who must renew it. Each candidate makes a LeaseRequest.',
  spec: spec.prefault({}),
  status,
  rules: [neverFalls('token')],
  columns: [
    column('Holder', '.status.holder'),
    column('Phase', '.status.phase'),
    column('Token', '.status.token', 'integer'),
    column('Expires', '.status.expiresAt'),
    wideColumn('TTL', '.spec.ttl'),
    wideColumn('Renewals', '.status.renewCount', 'integer'),
    wideColumn('Waiting', '.status.waiting', 'integer'),
    age,
  ],
  selectable: [],
  example: { ttl: '5m', priority: 1 },
});

export type Lease = ObjectOf<typeof Lease>;
