import * as z from 'zod';
import { claimFields, claimRules, claimStatusFields, claimStatusRules } from './claim.ts';
import { age, column, defineKind, type ObjectOf, wideColumn } from './kind.ts';
import { namespaceName, objectName } from './names.ts';
import { count, priority } from './quantity.ts';
import { withRules } from './rule.ts';

const fields = {
  semaphore: objectName().describe('Name of the Semaphore.'),
  semaphoreNamespace: namespaceName()
    .optional()
    .describe('Namespace of the Semaphore when it is not this one; it must allow this one in `allowedNamespaces`.'),
  weight: count(1).default(1).describe('How many permits this claim takes, all or none.'),
  priority: priority().default(0).describe('Higher goes first; waiting long makes up for a low one.'),
  ...claimFields,
};

export const Permit = defineKind({
  kind: 'Permit',
  plural: 'permits',
  singular: 'permit',
  shortName: 'kpermit',
  summary:
    'A Permit is a claim on a Semaphore: create it to ask, watch `status.phase` for the answer, delete it to release.',
  spec: withRules(z.strictObject(fields), claimRules(fields)),
  status: z.strictObject(claimStatusFields),
  rules: claimStatusRules,
  columns: [
    column('Semaphore', '.spec.semaphore'),
    column('Holder', '.spec.holder'),
    column('Phase', '.status.phase'),
    wideColumn('Weight', '.spec.weight', 'integer'),
    wideColumn('Priority', '.spec.priority', 'integer'),
    wideColumn('Token', '.status.token', 'integer'),
    wideColumn('Expires', '.status.expiresAt'),
    age,
  ],
  selectable: ['.spec.semaphore', '.spec.holder', '.status.phase'],
  example: { semaphore: 'example', holder: 'worker-1', ttl: '5m' },
});

export type Permit = ObjectOf<typeof Permit>;
