import * as z from 'zod';
import { condition, conditions, observedGeneration } from './condition.ts';
import { duration } from './duration.ts';
import { holderName, objectName } from './names.ts';
import { int64 } from './quantity.ts';
import { DECIMAL } from './resource-version.ts';
import { immutable, lastsAsLong, oneWay, type Rule, rule } from './rule.ts';
import { printable, text } from './text.ts';
import { timestamp } from './time.ts';

/** A claim that nobody knows the time of lives this long unless its resource or itself says otherwise. */
export const DEFAULT_TTL = '10m';

export const CLAIM_PHASES = ['Pending', 'Granted', 'Denied', 'Expired', 'Lost'] as const;
export type ClaimPhase = (typeof CLAIM_PHASES)[number];

/** The fields a Permit and a LeaseRequest share: what a client says when it wants to hold something. */
export const claimFields = {
  holder: holderName().describe(
    'Who is to hold it. Shown to people; ownership is decided by `metadata.ownerReferences`.',
  ),
  ttl: duration()
    .optional()
    .describe('How long the hold lives without a renewal. Not set, or `0s`: as the resource says.'),
  timeout: duration()
    .optional()
    .describe(
      'How long to wait in the queue before the claim is Denied. `0s` tries once. Not set: as long as it takes.',
    ),
  requestId: printable(253, 1)
    .optional()
    .describe('What makes two creations the same request, such as a workflow uid and node.'),
  renewal: z
    .enum(['Client', 'Owner'])
    .default('Client')
    .describe(
      '`Client`: the holder moves `renewTime`. `Owner`: the hold lives while its owner exists and has not finished.',
    ),
  renewTime: timestamp()
    .optional()
    .describe('The last renewal. The only field of a claim that changes, and only forward.'),
  confirmWithin: duration()
    .optional()
    .describe(
      'A grant that is not renewed within this time is taken back: its client is gone. Not set, or `0s`: no need to confirm.',
    ),
};

const RENEWAL_GROWS: Rule = rule(
  '.renewTime',
  'renewTime may only move forward',
  '!has(oldSelf.renewTime) || (has(self.renewTime) && self.renewTime >= oldSelf.renewTime)',
);

const DURATIONS = ['ttl', 'timeout', 'confirmWithin'];

/** A claim says once what it wants: only its renewal moves. */
export const claimRules = (fields: Readonly<Record<string, unknown>>): Rule[] => [
  ...immutable(Object.keys(fields).filter((field) => field !== 'renewTime' && !DURATIONS.includes(field))),
  ...immutable(DURATIONS, lastsAsLong),
  RENEWAL_GROWS,
];

/** What the operator answers to a claim. */
export const claimStatusFields = {
  phase: z
    .enum(CLAIM_PHASES)
    .optional()
    .describe(
      '`Pending`: in the queue. `Granted`: held. `Denied`: refused or timed out. `Expired`: not renewed in time. `Lost`: taken back.',
    ),
  acquiredAt: timestamp().optional().describe('When it was granted.'),
  expiresAt: timestamp().optional().describe('When the hold ends unless it is renewed.'),
  ttl: duration()
    .optional()
    .describe(
      'How long the hold lives from its grant and from each renewal: at least, whatever becomes of the resource.',
    ),
  token: int64()
    .optional()
    .describe(
      'Fencing token of the grant: higher than every earlier one. Let the protected resource refuse lower ones.',
    ),
  sequence: int64().optional().describe('Place of arrival: orders claims of equal priority.'),
  observedGeneration: observedGeneration(),
  conditions: conditions(),
};

export const CLAIM_MOVES = {
  Pending: ['Granted', 'Denied', 'Expired', 'Lost'],
  Granted: ['Expired', 'Lost'],
} as const satisfies Partial<Record<ClaimPhase, readonly ClaimPhase[]>>;

/** A claim's phase goes one way, and the token of a grant stays what it was. */
export const claimStatusRules: Rule[] = [
  oneWay(CLAIM_MOVES),
  rule(
    '.status.token',
    'status.token never changes once granted',
    '!has(oldSelf.status) || !has(oldSelf.status.token) || (has(self.status) && has(self.status.token) && self.status.token == oldSelf.status.token)',
  ),
];

/** A grant that is durable on its resource and not yet told to its claim. It is a hold. */
export const intent = z.strictObject({
  claim: objectName().describe('Name of the claim.'),
  namespace: printable(63, 1).describe('Namespace of the claim.'),
  uid: printable(64, 1).describe('UID of the claim.'),
  holder: holderName().describe('Who holds.'),
  token: int64().describe('Fencing token of the grant.'),
  acquiredAt: timestamp().describe('When it was granted.'),
  expiresAt: timestamp().describe('When the hold ends unless it is renewed.'),
});

/** The resource notes this many grants and refusals before it tells them; the rest follows once they have been told. */
export const MAX_UNTOLD_CLAIMS = 256;

/** A refusal that is durable on its resource and not yet told to its claim. Nobody grants it any more. */
const refusal = z.strictObject({
  claim: objectName().describe('Name of the claim.'),
  namespace: printable(63, 1).describe('Namespace of the claim.'),
  uid: printable(64, 1).describe('UID of the claim.'),
  reason: condition.shape.reason.describe('Why, in the word that the claim is told.'),
});

export const refusals = () =>
  z
    .array(refusal)
    .max(MAX_UNTOLD_CLAIMS)
    .optional()
    .meta({ 'x-kubernetes-list-type': 'atomic' })
    .describe('Claims that were refused and may not say so yet. For operators only.');

/** The highest claim resourceVersion a swap took into account: whoever swaps next must have seen as much. */
export const watermark = () =>
  text(20, { min: 1, pattern: DECIMAL, says: 'must be a resourceVersion: a decimal number' })
    .optional()
    .describe('Highest `resourceVersion` of a claim that was taken into account. For operators only.');
