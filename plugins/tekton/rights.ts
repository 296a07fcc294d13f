import { GROUP } from '../../src/api/group.ts';
import { FOLLOW, type Right, SEE } from '../../src/api/right.ts';
import { CustomRun } from './kinds.ts';

/** Everything the Tekton door does, and nothing else: it grants nothing, and never touches a TaskRun or a Pod. */
export const TEKTON_RIGHTS: readonly Right[] = [
  { apiGroups: [CustomRun.group], resources: ['customruns'], verbs: FOLLOW },
  { apiGroups: [CustomRun.group], resources: ['customruns/status'], verbs: ['patch'] },
  // to start one that waits as a whole, or to cancel it when it has waited too long
  { apiGroups: [CustomRun.group], resources: ['pipelineruns'], verbs: [...FOLLOW, 'patch'] },
  // what becomes of a run, for people
  { apiGroups: [''], resources: ['events'], verbs: ['create'] },
  // a task may bring the semaphore that it needs
  { apiGroups: [GROUP], resources: ['semaphores'], verbs: [...SEE, 'create'] },
  { apiGroups: [GROUP], resources: ['leases', 'barriers', 'gates'], verbs: SEE },
  // a renewal is a patch
  { apiGroups: [GROUP], resources: ['permits', 'leaserequests'], verbs: [...SEE, 'create', 'patch', 'delete'] },
  { apiGroups: [GROUP], resources: ['arrivals'], verbs: [...SEE, 'create', 'delete'] },
];
