import type { Claim } from './claim.ts';

export type Refusal = 'NotAllowed' | 'TooHeavy' | 'TimedOut' | 'QueueFull' | 'Terminating' | 'OwnerFinished';

/** A refusal on the resource that its claim does not say yet. Nobody grants the claim any more; whoever finds it tells. */
export interface RefusalNote {
  readonly claim: string;
  readonly namespace: string;
  readonly uid: string;
  /** A refusal; a newer operator may know more of them. */
  readonly reason: string;
}

export interface Refused {
  readonly claim: Claim;
  readonly why: string;
}

/** Which of the claims that nobody has answered are refused already. One that is gone, or says so, needs no note. */
export function refusalsOf(claims: readonly Claim[], notes: readonly RefusalNote[]): Refused[] {
  const reasonOf = new Map(notes.map(({ uid, reason }) => [uid, reason]));
  return claims.flatMap((claim): Refused[] => {
    const why = reasonOf.get(claim.metadata.uid);
    return why === undefined ? [] : [{ claim, why }];
  });
}

export const noteOf = ({ claim: { metadata }, why }: Refused): RefusalNote => ({
  claim: metadata.name,
  namespace: metadata.namespace ?? '',
  uid: metadata.uid,
  reason: why,
});
