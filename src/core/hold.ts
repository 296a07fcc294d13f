import { parseTime } from '../api/time.ts';
import { type Claim, milliseconds } from './claim.ts';
import { earliest, type Moment, writtenAt } from './moment.ts';

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
  /** 0 when nothing says which any more. */
  readonly token: number;
  /** Set while the claim has not been told, or not all of it. */
  readonly intent?: Intent;
}

/** Why a hold is over. */
export type Ending = 'OwnerFinished' | 'NotConfirmed' | 'NotRenewed' | 'Preempted';

/**
 * The holds: claims that say Granted, and intents whose claim is still there and does not say that it is over. The
 * counter in status only shows them. An intent whose claim is gone was released; the view has caught up with the
 * watermark, so a claim that is not in it does not exist.
 */
export function holdsOf(claims: readonly Claim[], intents: readonly Intent[]): Hold[] {
  const intentOf = new Map(intents.map((intent) => [intent.uid, intent]));
  return claims.flatMap((claim): Hold[] => {
    const intent = intentOf.get(claim.metadata.uid);
    const told = claim.status?.token;
    if (claim.phase === 'Granted' && (told !== undefined || !intent)) return [{ claim, token: told ?? 0 }];
    const isOver = claim.phase === 'Expired' || claim.phase === 'Lost';
    return intent && !isOver ? [{ claim, token: intent.token, intent }] : [];
  });
}

/**
 * Denied although a swap granted it: by who looked just before the resource was made, and had no swap to fail by. Its
 * client may have begun to work, so it holds; nothing more can be told to its claim.
 */
export const isDenied = ({ claim }: Hold): boolean => claim.phase === 'Denied';

export const weightOf = (holds: readonly Hold[]): number => holds.reduce((sum, { claim }) => sum + claim.weight, 0);

/** Why the hold is over by now, if it is. */
export function endingOf(hold: Hold, now: Moment): Ending | undefined {
  const { claim } = hold;
  // who loses is told first: an end that cannot be told would keep everybody else from theirs
  if (claim.unwritableUntil !== undefined) return undefined;
  if (claim.owner === 'finished') return 'OwnerFinished';
  const { alive } = claim.seen;
  if (claim.unconfirmedFor !== undefined && now.elapsed >= alive.elapsed + claim.unconfirmedFor) return 'NotConfirmed';
  const deadline = renewalDue(hold);
  return deadline !== undefined && now.elapsed >= deadline ? 'NotRenewed' : undefined;
}

/** When to look at the hold again; undefined when time alone cannot end it. */
export const endsAt = (hold: Hold): number | undefined => {
  const { claim } = hold;
  if (claim.unwritableUntil !== undefined) return claim.unwritableUntil;
  return earliest(
    renewalDue(hold),
    claim.unconfirmedFor === undefined ? undefined : claim.seen.alive.elapsed + claim.unconfirmedFor,
  );
};

/** What people read as the end of the hold: as it was told, and moved by a renewal that this operator has seen. */
export function expiryOf(hold: Hold): string | undefined {
  const { claim, intent } = hold;
  const { seen, ownerRenews, renewTime } = claim;
  if (intent) return intent.expiresAt;
  const renewed = !ownerRenews && seen.witnessed && renewTime !== undefined && !isAnswered(claim);
  return renewed ? writtenAt(seen.alive, seen.alive.elapsed + livesFor(hold)) : claim.status?.expiresAt;
}

/** Somebody wrote what the renewal came to: two operators whose clocks differ would else correct each other for ever. */
const isAnswered = ({ metadata: { generation }, status }: Claim): boolean =>
  generation !== undefined && status?.observedGeneration === generation;

/** Counted from what this operator saw, so that neither a jump of a clock nor another machine's ends a hold early. */
function renewalDue(hold: Hold): number | undefined {
  const { seen, owner, ownerRenews, ownerAlive } = hold.claim;
  if (ownerRenews && owner === 'alive') return undefined;
  const alive = Math.max(seen.alive.elapsed, (ownerRenews && ownerAlive?.elapsed) || 0);
  return alive + livesFor(hold);
}

/** An edit of the resource never shortens what a holder was told at its grant: it may know of nothing else. */
function livesFor(hold: Hold): number {
  return Math.max(hold.claim.ttl, toldLife(hold) ?? 0);
}

/** How long the holder was told that it lives. An intent's times were written at one moment of one clock. */
export const toldLife = ({ claim, intent }: Hold): number | undefined =>
  intent ? parseTime(intent.expiresAt) - parseTime(intent.acquiredAt) : milliseconds(claim.status?.ttl);

/** The highest token that anybody was ever given, as far as can be known. */
export function highestToken(
  status: { readonly token?: number | undefined } | undefined,
  holds: readonly Hold[],
  createdAt: number,
): number {
  // no resource goes before each of its grants has been told or deleted, and every such write moves the cluster's
  // resourceVersion: one that starts at its own is above every token that an earlier resource of its name gave out
  return Math.max(status?.token ?? createdAt, ...holds.map(({ token }) => token));
}
