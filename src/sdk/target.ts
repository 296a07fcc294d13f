import type { Arrival } from '../api/arrival.ts';
import type { Claim } from './holdable.ts';

/** Where a resource is that a claim asks for: not always where the claim is. */
export interface Target {
  readonly namespace: string;
  readonly name: string;
}

/** As it is written: `NAME`, or `NAMESPACE/NAME` for one that is not in the claim's namespace. */
export function targetOf(written: string, namespace: string): Target {
  const [first = '', ...rest] = String(written).split('/');
  return rest.length === 0 ? { namespace, name: first } : { namespace: first, name: rest.join('/') };
}

/** What a claim names. */
export function targetIn({ spec, metadata: { namespace = '' } }: Claim | Arrival): Target {
  if ('semaphore' in spec) return { namespace: spec.semaphoreNamespace ?? namespace, name: spec.semaphore };
  if ('lease' in spec) return { namespace: spec.leaseNamespace ?? namespace, name: spec.lease };
  return { namespace: spec.barrierNamespace ?? namespace, name: spec.barrier };
}

export const isSameTarget = (one: Target, other: Target): boolean =>
  one.namespace === other.namespace && one.name === other.name;
