import { GROUP } from '../../src/api/group.ts';
import { CLAIM_PLURALS, RESOURCE_PLURALS, type Right, SEE } from '../../src/api/right.ts';

/** Everything the door for Pods does: it takes its own scheduling gate away, and claims for those that have it. */
export const PODS_RIGHTS: readonly Right[] = [
  // deleted are only those that ask to be when they waited in vain
  { apiGroups: [''], resources: ['pods'], verbs: [...SEE, 'patch', 'delete'] },
  { apiGroups: [''], resources: ['pods/status'], verbs: ['patch'] },
  { apiGroups: [''], resources: ['events'], verbs: ['create'] },
  { apiGroups: [GROUP], resources: CLAIM_PLURALS, verbs: [...SEE, 'create', 'delete'] },
  { apiGroups: [GROUP], resources: RESOURCE_PLURALS, verbs: SEE },
];
