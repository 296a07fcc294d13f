import type { ObjectMeta } from '../api/metadata.ts';
import type { Claim } from './claim.ts';
import {
  endPatch,
  grantPatch,
  nextToTell,
  onePerClaim,
  refusalPatch,
  renewalPatches,
  waitingPatches,
} from './claim-patches.ts';
import { collectables, nextToCollect } from './collect.ts';
import type { ClaimPatch, Decision, Swap } from './decision.ts';
import { finalizerFor } from './finalizer.ts';
import { type Hold, isDenied } from './hold.ts';
import { earliest, type Moment } from './moment.ts';
import type { Outcome } from './queue.ts';
import { noteOf, type RefusalNote, type Refused } from './refusal.ts';

/** What a resource's queue came to, and what its kind has to add. */
export interface Answer<Status> {
  readonly metadata: ObjectMeta;
  readonly claims: readonly Claim[];
  readonly outcome: Outcome;
  readonly swap: Swap<Status> | undefined;
  /** What holders are told beside. */
  readonly news?: readonly ClaimPatch[];
  readonly now: Moment;
}

/** Tells everybody what became of them: losses before the swap, the rest after it. */
export function answer<Status>({
  metadata,
  claims,
  outcome,
  swap,
  news: more = [],
  now,
}: Answer<Status>): Decision<Status> {
  const holds = holdsAfter(outcome);
  const held = new Set(holds.map(({ claim }) => claim.metadata.uid));
  const losers = outcome.ended.filter(({ hold }) => !isDenied(hold));
  const revoke = losers.map((ended) => endPatch(ended, now));
  // the swap that drops an intent is to have seen its claim's end: who has not would grant the claim once more
  if (losers.some(({ hold }) => hold.intent)) return { revoke, announce: [], collect: [], wakeAt: now.elapsed };
  const news = onePerClaim([
    ...untold(holds)
      .filter((hold) => !isDenied(hold))
      .map((hold) => grantPatch(hold, now)),
    ...refusedAfter(outcome).map((refused) => refusalPatch(refused, now)),
    ...waitingPatches(outcome.waiting, 'Waiting', now),
    ...renewalPatches(outcome.holds),
    ...more,
  ]);
  const unwritable = new Set(claims.filter(isUnwritable).map(({ metadata }) => metadata.uid));
  const unheld = claims.filter(({ metadata }) => !held.has(metadata.uid));
  const told = revoke.length + news.length === 0;
  return {
    revoke,
    ...(swap && { swap }),
    announce: news.filter(({ claim }) => !unwritable.has(claim.uid)),
    ...finalizer(finalizerFor(metadata, holds.length > 0 ? 'held' : told ? 'idle' : 'busy')),
    collect: collectables(unheld, now),
    wakeAt: earliest(outcome.wakeAt, nextToTell(outcome.waiting, 'Waiting', now), nextToCollect(unheld, now)),
  };
}

const isUnwritable = ({ unwritableUntil }: Claim): boolean => unwritableUntil !== undefined;

/** Who holds once the decision is carried out. */
export const holdsAfter = ({ holds, granted }: Outcome): Hold[] => [...holds, ...granted];

export const untold = (holds: readonly Hold[]): Hold[] => holds.filter(({ intent }) => intent);

const refusedAfter = ({ refusedBefore, refused }: Outcome): Refused[] => [...refusedBefore, ...refused];

/** What the status says of refusals; nothing where there are none. */
export function refusalNotes(outcome: Outcome): { readonly refusals?: RefusalNote[] } {
  const refused = refusedAfter(outcome);
  return refused.length > 0 ? { refusals: refused.map(noteOf) } : {};
}

const finalizer = (change: Decision<never>['finalizer']) => (change ? { finalizer: change } : {});
