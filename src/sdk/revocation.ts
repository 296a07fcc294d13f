import { type Claim, conditionOf } from './holdable.ts';
import type { RevocationRequest } from './options.ts';

/** Tells of each request to let go once; look at every version of the claim with the answer. */
export function revocationTeller(
  onRevocation: ((request: RevocationRequest) => void) | undefined,
): (claim: Claim) => void {
  let told: string | undefined;
  return (claim) => {
    const condition = conditionOf(claim, 'RevocationRequested');
    const asked = condition?.status === 'True' ? condition : undefined;
    if (asked?.lastTransitionTime === told) return;
    told = asked?.lastTransitionTime;
    if (!asked || !onRevocation) return;
    // what it throws is the program's, not the watch's
    queueMicrotask(() => onRevocation({ message: asked.message, since: new Date(asked.lastTransitionTime) }));
  };
}
