import type { Claim } from './claim.ts';
import { earliest, type Moment } from './moment.ts';

/** A grant on the resource that its claim does not say yet. It is as much of a hold as any. */
export interface Intent {
  readonly claim: string;
  readonly namespace: string;
  readonly uid: string;
  readonly holder: string;
  readonly token: number;
  readonly acquiredAt: string;
  readonly expiresAt: string;
}

/** Something that is held now. */
export interface Hold {
  readonly claim: Claim;
  readonly token: number;
  /** Set while only the resource says so. */
  readonly intent?: Intent;
}

/** Why a hold is over. */
export type Ending = 'OwnerFinished' | 'NotConfirmed' | 'NotRenewed' | 'Preempted';

/**
 * The holds: claims that say Granted, and intents whose claim is still there and says nothing else. The counter in
 * status only shows them. An intent whose claim is gone was released; the view has caught up with the watermark, so a
 * claim that is not in it does not exist.
 */
export function holdsOf(claims: readonly Claim[], intents: readonly Intent[]): Hold[] {
  const intentOf = new Map(intents.map((intent) => [intent.uid, intent]));
  return claims.flatMap((claim): Hold[] => {
    const intent = intentOf.get(claim.metadata.uid);
    if (claim.phase === 'Granted') return [{ claim, token: claim.status?.token ?? intent?.token ?? 0 }];
    return claim.phase === 'Pending' && intent ? [{ claim, token: intent.token, intent }] : [];
  });
}

export const weightOf = (holds: readonly Hold[]): number => holds.reduce((sum, { claim }) => sum + claim.weight, 0);

/** Why the hold is over by now, if it is. */
export function endingOf({ claim }: Hold, now: Moment): Ending | undefined {
  if (claim.owner === 'finished') return 'OwnerFinished';
  const { alive } = claim.seen;
  if (claim.unconfirmedFor !== undefined && now.elapsed >= alive.elapsed + claim.unconfirmedFor) return 'NotConfirmed';
  const deadline = renewalDue(claim);
  return deadline !== undefined && now.elapsed >= deadline ? 'NotRenewed' : undefined;
}

/** When to look at the hold again; undefined when time alone cannot end it. */
export const endsAt = ({ claim }: Hold): number | undefined =>
  earliest(
    renewalDue(claim),
    claim.unconfirmedFor === undefined ? undefined : claim.seen.alive.elapsed + claim.unconfirmedFor,
  );

/** Counted from what this operator saw, so that neither a jump of a clock nor another machine's ends a hold early. */
const renewalDue = (claim: Claim): number | undefined =>
  claim.ownerRenews && claim.owner === 'alive' ? undefined : claim.seen.alive.elapsed + claim.ttl;

/** The highest token that anybody was ever given, as far as can be known. */
export function highestToken(
  status: { readonly token?: number | undefined } | undefined,
  holds: readonly Hold[],
  createdAt: number,
): number {
  // every grant follows the creation of a claim, so no token passes the cluster's resourceVersion: one that starts at
  // the resource's own is above every token that an earlier resource of the same name gave out
  return Math.max(status?.token ?? createdAt, ...holds.map(({ token }) => token));
}
