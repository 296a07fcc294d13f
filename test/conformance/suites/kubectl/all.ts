import type { Suites } from '../../ground.ts';
import { apply } from './apply.ts';
import { edit } from './edit.ts';
import { explore } from './explore.ts';
import { get } from './get.ts';

/** What is promised to people with kubectl, by topic. */
export const KUBECTL_SUITES: Suites = {
  'kubectl get': get,
  'kubectl apply': apply,
  'kubectl patch, wait, delete': edit,
  'kubectl explain and others': explore,
};
