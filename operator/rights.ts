import { GROUP } from '../src/api/group.ts';
import { CLAIM_PLURALS, FOLLOW, REPRESENT, RESOURCE_PLURALS, type Right, SEE } from '../src/api/right.ts';
import { WORKLOADS } from './workloads.ts';

const ofWorkloads = (group: string): Right => ({
  apiGroups: [group],
  resources: WORKLOADS.filter((workload) => workload.group === group).map(({ plural }) => plural),
  verbs: FOLLOW,
});

/** Everything the controllers do in the namespaces they watch. */
export const OPERATOR_RIGHTS: readonly Right[] = [
  // by its name is asked for what a claim names and nobody has heard of, and for what a refused write has met
  { apiGroups: [GROUP], resources: RESOURCE_PLURALS, verbs: SEE },
  // the finalizer that keeps a resource while somebody holds
  { apiGroups: [GROUP], resources: ['semaphores', 'leases'], verbs: ['patch'] },
  { apiGroups: [GROUP], resources: RESOURCE_PLURALS.map((plural) => `${plural}/status`), verbs: ['patch'] },
  // a claim that is over is deleted once everybody has had the time to see it
  { apiGroups: [GROUP], resources: CLAIM_PLURALS, verbs: [...SEE, 'delete', REPRESENT] },
  { apiGroups: [GROUP], resources: CLAIM_PLURALS.map((plural) => `${plural}/status`), verbs: ['patch'] },
  // finished Pods are listed; one that owns a claim and is not among them is asked for by its name
  { ...ofWorkloads(''), verbs: ['get', ...FOLLOW] },
  ofWorkloads('batch'),
  { apiGroups: [''], resources: ['events'], verbs: ['create'] },
];

/** Owners of claims, and what gates look at, where Argo Workflows is installed. */
export const ARGO_WORKLOAD_RIGHTS: readonly Right[] = [ofWorkloads('argoproj.io')];

/** The same where Tekton is. */
export const TEKTON_WORKLOAD_RIGHTS: readonly Right[] = [ofWorkloads('tekton.dev')];

/** In the operator's own namespace: which of several acts. */
export const ELECTION_RIGHTS: readonly Right[] = [
  {
    apiGroups: ['coordination.k8s.io'],
    resources: ['leases'],
    resourceNames: ['konductor-operator'],
    verbs: ['get', 'patch'],
  },
  // a name cannot be demanded of what is being made
  { apiGroups: ['coordination.k8s.io'], resources: ['leases'], verbs: ['create'] },
];
