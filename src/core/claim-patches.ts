import type { ClaimPhase } from '../api/claim.ts';
import { type Condition, MAX_CONDITIONS } from '../api/condition.ts';
import { formatDuration, LONGEST_DURATION } from '../api/duration.ts';
import type { Claim } from './claim.ts';
import { conditionsOf, type Finding } from './conditions.ts';
import type { ClaimPatch } from './decision.ts';
import { type Ending, expiryOf, type Hold, toldLife } from './hold.ts';
import { earliest, type Moment, writtenAt } from './moment.ts';
import { REVOCATION } from './preemption.ts';
import type { Ended } from './queue.ts';
import type { Refusal, Refused } from './refusal.ts';

/** A claim that waits is told so once it has waited this long: most never wait, and are spared the write. */
export const TELL_WAITING_AFTER = 1_000;

const ENDINGS: Readonly<Record<Ending, { readonly phase: 'Expired' | 'Lost'; readonly message: string }>> = {
  OwnerFinished: { phase: 'Expired', message: 'its owner has finished' },
  NotConfirmed: { phase: 'Expired', message: 'nobody confirmed the grant in time' },
  NotRenewed: { phase: 'Expired', message: 'it was not renewed in time' },
  Preempted: { phase: 'Lost', message: 'a request of higher priority took it' },
};

const REFUSALS: Readonly<Record<string, string>> = {
  // the same words for what is missing and what is forbidden: nobody learns what exists elsewhere
  NotAllowed: 'there is no such resource for this namespace',
  TooHeavy: 'its weight is more than there are permits',
  TimedOut: 'its time to wait is over',
  QueueFull: 'too many are waiting already',
  Terminating: 'the resource is being deleted',
  OwnerFinished: 'its owner has finished',
} satisfies Record<Refusal, string>;

/** Tells a claim that it holds, from the intent on its resource. */
export function grantPatch(hold: Hold, now: Moment): ClaimPatch {
  const { claim, intent, token } = hold;
  const ttl = toldLife(hold);
  const told = intent ?? { acquiredAt: writtenAt(now, now.elapsed), expiresAt: undefined };
  const message = `granted with token ${token}${claim.ownerRenews ? ', and kept while its owner runs' : ''}`;
  return patch(claim, now, 'Granted', granted('True', 'Granted', message), {
    token,
    acquiredAt: told.acquiredAt,
    ...(told.expiresAt && { expiresAt: told.expiresAt }),
    ...(ttl !== undefined && { ttl: formatDuration(Math.min(ttl, LONGEST_DURATION)) }),
  });
}

export const endPatch = ({ hold: { claim, token }, why }: Ended, now: Moment): ClaimPatch => {
  const { phase, message } = ENDINGS[why];
  return patch(claim, now, phase, granted('False', why, message), token > 0 ? { token } : {});
};

export const refusalPatch = ({ claim, why }: Refused, now: Moment): ClaimPatch =>
  patch(claim, now, 'Denied', granted('False', why, REFUSALS[why] ?? 'it was refused'));

/** Why a claim waits, in the words it is told once. */
export const WAITS = {
  Waiting: 'waiting for its turn',
  NoSuchResource: 'waiting for the resource that it names to be created',
} as const;

/** Tells those who have waited a while that they do, and keeps their place over a restart. */
export const waitingPatches = (waiting: readonly Claim[], why: keyof typeof WAITS, now: Moment): ClaimPatch[] =>
  waiting
    .filter((claim) => !isTold(claim, why) && now.elapsed >= tellWaitingAt(claim))
    .map((claim) => patch(claim, now, 'Pending', granted('False', why, WAITS[why]), { sequence: claim.sequence }));

/** When the next of them is to be told; undefined when all have been. */
export const nextToTell = (waiting: readonly Claim[], why: keyof typeof WAITS, now: Moment): number | undefined =>
  earliest(
    ...waiting
      .filter((claim) => !isTold(claim, why))
      .map(tellWaitingAt)
      .filter((time) => time > now.elapsed),
  );

const isTold = ({ status }: Claim, why: string): boolean =>
  status?.conditions?.find(({ type }) => type === 'Granted')?.reason === why;

const tellWaitingAt = ({ seen }: Claim): number => seen.first.elapsed + TELL_WAITING_AFTER;

/** A renewal that this operator has witnessed moves the time that people see. */
export const renewalPatches = (holds: readonly Hold[]): ClaimPatch[] =>
  holds.filter(isRenewed).map((hold) => {
    const expiresAt = expiryOf(hold);
    const { metadata } = hold.claim;
    const status = { expiresAt, ...(metadata.generation !== undefined && { observedGeneration: metadata.generation }) };
    return { claim: metadata, status, reason: 'Renewed', message: `held until ${expiresAt}` };
  });

export const isRenewed = (hold: Hold): boolean => !hold.intent && expiryOf(hold) !== hold.claim.status?.expiresAt;

/** Tells a claim something beside its phase. */
export const newsPatch = (claim: Claim, finding: Finding, now: Moment): ClaimPatch => ({
  claim: claim.metadata,
  status: { conditions: conditionsWith(claim, finding, now) },
  reason: finding.status === 'True' ? finding.type : finding.reason,
  message: finding.message,
});

/** One patch for each claim: a second would fail on the resourceVersion that the first has moved. */
export function onePerClaim(patches: readonly ClaimPatch[]): ClaimPatch[] {
  const byUid = new Map<string, ClaimPatch>();
  for (const patch of patches) {
    const { uid } = patch.claim;
    byUid.set(uid, { ...patch, status: { ...byUid.get(uid)?.status, ...patch.status } });
  }
  return [...byUid.values()];
}

const granted = (status: Finding['status'], reason: string, message: string): Finding => ({
  type: 'Granted',
  status,
  reason,
  message,
});

function patch(
  claim: Claim,
  now: Moment,
  phase: ClaimPhase,
  finding: Finding,
  more: Readonly<Record<string, unknown>> = {},
): ClaimPatch {
  const { generation } = claim.metadata;
  return {
    claim: claim.metadata,
    status: {
      phase,
      ...more,
      ...(generation !== undefined && { observedGeneration: generation }),
      conditions: conditionsWith(claim, finding, now),
    },
    reason: finding.reason,
    message: finding.message,
  };
}

/** A list of conditions is written whole: what others say is kept as long as there is room for what we say. */
function conditionsWith({ metadata, status }: Claim, finding: Finding, now: Moment): readonly Condition[] {
  const rest = status?.conditions?.filter(({ type }) => type !== finding.type) ?? [];
  const [ours, theirs] = [rest.filter(isOurs), rest.filter((condition) => !isOurs(condition))];
  const written = conditionsOf([finding], status?.conditions, metadata.generation, now);
  return [...written, ...ours, ...theirs].slice(0, MAX_CONDITIONS);
}

const isOurs = ({ type }: Condition): boolean => type === 'Granted' || type === REVOCATION;
