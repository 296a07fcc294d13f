import * as z from 'zod';
import { claimFields, claimRules, claimStatusFields, claimStatusRules } from './claim.ts';
import { age, column, defineKind, type ObjectOf, wideColumn } from './kind.ts';
import { namespaceName, objectName } from './names.ts';
import { count, priority } from './quantity.ts';
import { withRules } from './rule.ts';
import { timestamp } from './time.ts';

const fields = {
  lease: objectName().describe('Name of the Lease.'),
  leaseNamespace: namespaceName()
    .optional()
    .describe('Namespace of the Lease when it is not this one; it must allow this one in `allowedNamespaces`.'),
  priority: priority()
    .optional()
    .describe('Higher goes first, and may take the lease from a lower one. Not set: as the lease says.'),
  ...claimFields,
};

export const LeaseRequest = defineKind({
  kind: 'LeaseRequest',
  plural: 'leaserequests',
  singular: 'leaserequest',
  shortName: 'kreq',
  summary:
    'A LeaseRequest is a claim on a Lease: create it to ask, watch `status.phase` for the answer, delete it to release.',
  spec: withRules(z.strictObject(fields), claimRules(fields)),
  status: z.strictObject({
    ...claimStatusFields,
    requestedAt: timestamp().optional().describe('When the operator first saw it.'),
    renewCount: count().optional().describe('How often the holder has renewed it.'),
  }),
  rules: claimStatusRules,
  columns: [
    column('Lease', '.spec.lease'),
    column('Holder', '.spec.holder'),
    column('Phase', '.status.phase'),
    wideColumn('Priority', '.spec.priority', 'integer'),
    wideColumn('Token', '.status.token', 'integer'),
    wideColumn('Expires', '.status.expiresAt'),
    age,
  ],
  selectable: ['.spec.lease', '.spec.holder', '.status.phase'],
  example: { lease: 'example', holder: 'worker-1', ttl: '5m' },
});

export type LeaseRequest = ObjectOf<typeof LeaseRequest>;
