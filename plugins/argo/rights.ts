import { GROUP } from '../../src/api/group.ts';
import { CLAIM_PLURALS, FOLLOW, RESOURCE_PLURALS, type Right, SEE } from '../../src/api/right.ts';
import { WorkflowTaskSet } from './kinds.ts';

/** Everything the door for Argo's task sets does, where Argo makes no agent pods. */
export const TASK_SET_RIGHTS: readonly Right[] = [
  { apiGroups: [WorkflowTaskSet.group], resources: [WorkflowTaskSet.plural], verbs: FOLLOW },
  { apiGroups: [WorkflowTaskSet.group], resources: [`${WorkflowTaskSet.plural}/status`], verbs: ['patch'] },
  // whether a message has reached the Workflow
  { apiGroups: [WorkflowTaskSet.group], resources: ['workflows'], verbs: FOLLOW },
  { apiGroups: [GROUP], resources: RESOURCE_PLURALS, verbs: SEE },
  // a step may bring the semaphore that it needs
  { apiGroups: [GROUP], resources: ['semaphores'], verbs: ['create'] },
  { apiGroups: [GROUP], resources: CLAIM_PLURALS, verbs: [...SEE, 'create', 'patch', 'delete'] },
];
