import { Arrival } from '../api/arrival.ts';
import { LeaseRequest } from '../api/lease-request.ts';
import { Permit } from '../api/permit.ts';
import { isSameTarget, targetIn, targetOf } from '../sdk/target.ts';
import type { Session } from './session.ts';

const CLAIM_ON = { semaphore: Permit, lease: LeaseRequest, barrier: Arrival } as const;

/** The kind of claim that is made on each. */
export const claimKindOf = <N extends keyof typeof CLAIM_ON>(noun: N): (typeof CLAIM_ON)[N] => CLAIM_ON[noun];

/** Every claim of this namespace on it. By its spec: labels are anybody's to write. */
export async function claimsOn(
  noun: keyof typeof CLAIM_ON,
  name: string,
  { kube, namespace }: Session,
  signal: AbortSignal,
): Promise<readonly (Permit | LeaseRequest | Arrival)[]> {
  const target = targetOf(name, namespace);
  const { items } = await kube
    .of(CLAIM_ON[noun] as typeof Permit, namespace)
    .listAll({ fieldSelector: `spec.${noun}=${target.name}`, signal });
  return items.filter((claim) => isSameTarget(targetIn(claim), target));
}
