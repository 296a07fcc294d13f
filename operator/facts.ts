import type { KubeObject } from '../src/api/metadata.ts';
import { isAllowed, type Lender } from '../src/core/allowed.ts';
import type { ClaimFacts } from '../src/core/claim.ts';
import type { Owners } from './owners.ts';
import type { SeenClaims } from './seen.ts';

/** What is known of a claim beside what is written on it. */
export const factsAbout =
  (seen: SeenClaims, owners: Owners) =>
  (resource: KubeObject | undefined, claim: KubeObject): ClaimFacts => ({
    seen: seen.of(claim),
    owner: owners.stateOf(claim),
    ownerAlive: owners.aliveUntil(claim),
    allowed: resource !== undefined && isAllowed(resource as unknown as Lender, claim.metadata.namespace),
  });
