/** What somebody may do to some kinds of objects: a rule of a role, as RBAC writes it. */
export interface Right {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly verbs: readonly string[];
}

/** To know objects and hear of their changes, without asking for one by its name. */
export const FOLLOW = ['list', 'watch'] as const;
export const SEE = ['get', ...FOLLOW] as const;

/**
 * A verb of our own: whoever has it on claims may make, renew and end those of others. Nothing but the admission policy
 * asks for it; without that policy it means nothing.
 */
export const REPRESENT = 'represent';

export const CLAIM_PLURALS = ['permits', 'leaserequests', 'arrivals'] as const;
export const RESOURCE_PLURALS = ['semaphores', 'leases', 'barriers', 'gates'] as const;
