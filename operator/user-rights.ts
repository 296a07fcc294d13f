import { GROUP } from '../src/api/group.ts';
import { CLAIM_PLURALS, REPRESENT, RESOURCE_PLURALS, type Right, SEE } from '../src/api/right.ts';

/** What a workload needs to hold, wait and arrive: claims of its own, and a look at what they are made on. */
export const HOLDER_RIGHTS: readonly Right[] = [
  { apiGroups: [GROUP], resources: CLAIM_PLURALS, verbs: ['create', ...SEE, 'patch', 'delete'] },
  { apiGroups: [GROUP], resources: RESOURCE_PLURALS, verbs: SEE },
];

export const VIEWER_RIGHTS: readonly Right[] = [
  { apiGroups: [GROUP], resources: [...RESOURCE_PLURALS, ...CLAIM_PLURALS], verbs: SEE },
];

/** Somebody who may make Pods may be any service account of the namespace: so claims of others are no more than that. */
export const EDITOR_RIGHTS: readonly Right[] = [
  {
    apiGroups: [GROUP],
    resources: [...RESOURCE_PLURALS, ...CLAIM_PLURALS],
    verbs: ['create', 'update', 'patch', 'delete', 'deletecollection'],
  },
  { apiGroups: [GROUP], resources: CLAIM_PLURALS, verbs: [REPRESENT] },
  // an older client opens and closes a gate by writing its phase
  { apiGroups: [GROUP], resources: ['gates/status'], verbs: ['update', 'patch'] },
  // its permits say that their semaphore may not go before them: some clusters ask for this
  { apiGroups: [GROUP], resources: ['semaphores/finalizers'], verbs: ['update'] },
];
