import type { Claim } from './claim.ts';
import { conditionsOf } from './conditions.ts';
import type { ClaimPatch } from './decision.ts';
import type { Ending, Hold } from './hold.ts';
import { type Moment, writtenAt } from './moment.ts';
import type { Ended, Refusal, Refused } from './queue.ts';

/** A claim that waits is told so once it has waited this long: most never wait, and are spared the write. */
export const TELL_WAITING_AFTER = 1_000;

const ENDINGS: Readonly<Record<Ending, { readonly phase: 'Expired' | 'Lost'; readonly message: string }>> = {
  OwnerFinished: { phase: 'Expired', message: 'its owner has finished' },
  NotConfirmed: { phase: 'Expired', message: 'nobody confirmed the grant in time' },
  NotRenewed: { phase: 'Expired', message: 'it was not renewed in time' },
  Preempted: { phase: 'Lost', message: 'a request of higher priority took it' },
};

const REFUSALS: Readonly<Record<Refusal, string>> = {
  // the same words for what is missing and what is forbidden: nobody learns what exists elsewhere
  NotAllowed: 'there is no such resource for this namespace',
  TooHeavy: 'its weight is more than there are permits',
  TimedOut: 'its time to wait is over',
  QueueFull: 'too many are waiting already',
  Terminating: 'the resource is being deleted',
  OwnerFinished: 'its owner has finished',
};

/** Tells a claim that it holds, from the intent on its resource. */
export function grantPatch({ claim, intent, token }: Hold, now: Moment): ClaimPatch {
  const told = intent ?? { acquiredAt: writtenAt(now, now.elapsed), expiresAt: undefined };
  return patch(claim, now, 'Granted', 'True', 'Granted', `granted with token ${token}`, {
    token,
    acquiredAt: told.acquiredAt,
    ...(told.expiresAt && { expiresAt: told.expiresAt }),
    ...(claim.status?.sequence !== undefined && { sequence: claim.status.sequence }),
  });
}

export const endPatch = ({ hold, why }: Ended, now: Moment): ClaimPatch => {
  const { phase, message } = ENDINGS[why];
  return patch(hold.claim, now, phase, 'False', why, message, { token: hold.token });
};

export const refusalPatch = ({ claim, why }: Refused, now: Moment): ClaimPatch =>
  patch(claim, now, 'Denied', 'False', why, REFUSALS[why]);

/** Tells those who have waited a while that they are in the queue, and keeps their place over a restart. */
export const waitingPatches = (waiting: readonly Claim[], now: Moment): ClaimPatch[] =>
  waiting
    .filter((claim) => claim.status?.phase === undefined && now.elapsed >= tellWaitingAt(claim))
    .map((claim) =>
      patch(claim, now, 'Pending', 'False', 'Waiting', 'waiting for its turn', { sequence: claim.sequence }),
    );

/** When the next of them is to be told; undefined when all have been. */
export const nextToTell = (waiting: readonly Claim[]): number | undefined => {
  const times = waiting.filter(({ status }) => status?.phase === undefined).map(tellWaitingAt);
  return times.length > 0 ? Math.min(...times) : undefined;
};

const tellWaitingAt = ({ seen }: Claim): number => seen.first.elapsed + TELL_WAITING_AFTER;

/** A renewal that this operator has witnessed moves the time that people see. */
export function renewalPatches(holds: readonly Hold[]): ClaimPatch[] {
  return holds.flatMap(({ claim }) => {
    if (claim.phase !== 'Granted' || claim.ownerRenews || !claim.seen.witnessed) return [];
    const expiresAt = writtenAt(claim.seen.alive, claim.seen.alive.elapsed + claim.ttl);
    if (claim.status?.expiresAt === expiresAt) return [];
    return [{ claim: claim.metadata, status: { expiresAt }, reason: 'Renewed', message: `held until ${expiresAt}` }];
  });
}

function patch(
  claim: Claim,
  now: Moment,
  phase: string,
  status: 'True' | 'False',
  reason: string,
  message: string,
  more: Readonly<Record<string, unknown>> = {},
): ClaimPatch {
  const { generation } = claim.metadata;
  const conditions = conditionsOf(
    [{ type: 'Granted', status, reason, message }],
    claim.status?.conditions,
    generation,
    now,
  );
  return {
    claim: claim.metadata,
    status: { phase, ...more, ...(generation !== undefined && { observedGeneration: generation }), conditions },
    reason,
    message,
  };
}
