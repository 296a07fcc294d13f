import type { Arrival } from '../src/api/arrival.ts';
import type { Barrier } from '../src/api/barrier.ts';
import type { Gate } from '../src/api/gate.ts';
import type { Lease } from '../src/api/lease.ts';
import type { LeaseRequest } from '../src/api/lease-request.ts';
import type { OwnerReference } from '../src/api/metadata.ts';
import type { Permit } from '../src/api/permit.ts';
import type { Semaphore } from '../src/api/semaphore.ts';
import { isAllowed, type Lender } from '../src/core/allowed.ts';
import { answerOfBarrier } from './step-barrier.ts';
import { CLAIM_KINDS, type ClaimKind, claimNameFor, isOurs, type NewClaim } from './step-claim.ts';
import { answerOfGate } from './step-gate.ts';
import { answerOfHold } from './step-hold.ts';
import type { StepAction, StepKind, StepOptions } from './step-options.ts';
import { answerOfRelease, answerOfRenewal } from './step-release.ts';

/**
 * A workflow engine's question: here is a step; is it done, and with what? The same for every engine. All of it is
 * known before anything is asked, so that asking again after any crash asks the same.
 */
export interface Step {
  readonly resource: { readonly kind: StepKind; readonly name: string; readonly namespace: string };
  readonly action: StepAction;
  readonly options: StepOptions;
  readonly identity: StepIdentity;
  /** Where the claim stands: the namespace of the run, which need not be that of the resource. */
  readonly namespace: string;
  /** What keeps the hold alive, and takes the claim with it when it goes: the run, or a part of it. Same namespace. */
  readonly owner: OwnerReference;
  /** When the engine first asked, by what it keeps; without it the wait is counted from the claim's creation. */
  readonly askedAt?: number | undefined;
}

/** Which step of which run: the same for every call about it, and different for every other. */
export interface StepIdentity {
  /** UID of the run: Workflow, PipelineRun, Pod. */
  readonly run: string;
  /** The step within it, down to the index of a loop or matrix. */
  readonly step: string;
  /** Another attempt asks anew; the same holder still arrives once. */
  readonly attempt?: number | undefined;
  /** Who it is to people, unless the options say. Distinct for steps that are to be counted apart at a barrier. */
  readonly holder: string;
}

/** An object; or known not to be there; or not looked at yet, which says nothing. */
export type Sight<T> = T | 'missing' | 'unseen';

export type StepResource = Semaphore | Lease | Barrier | Gate;
export type StepClaim = Permit | LeaseRequest | Arrival;

/** What is to be looked at before a step is answered. The resource first: an intent leaves it only once the claim says so. */
export interface StepNeeds {
  /** The step's own claim. */
  readonly claim: { readonly kind: ClaimKind; readonly namespace: string; readonly name: string } | undefined;
  /** All claims of that namespace on the resource. */
  readonly claims: { readonly kind: ClaimKind; readonly namespace: string; readonly fieldSelector: string } | undefined;
}

export interface StepView {
  readonly resource: Sight<StepResource>;
  /** `missing` where a step needs none. */
  readonly claim: Sight<StepClaim>;
  /** What `needs.claims` asks for; empty where it asks for none. */
  readonly claims: readonly StepClaim[] | 'unseen';
  /** All claims on the resource, whoever made them, for those who know them: waiting is then said with a place in the queue. */
  readonly queue?: readonly StepClaim[] | undefined;
  /** Wall clock. */
  readonly now: number;
}

/** Every one is always there; the empty text where it means nothing. */
export const OUTPUTS = [
  'token',
  'holder',
  'acquiredAt',
  'expiresAt',
  'claim',
  'openedAt',
  'arrived',
  'generation',
] as const;
export type Outputs = Readonly<Record<(typeof OUTPUTS)[number], string>>;

export type Reply =
  | {
      readonly is: 'waiting';
      readonly reason: WaitReason;
      /** The same until something has changed: no clock ticks in it. */
      readonly message: string;
      /** When to ask again even if nothing was heard, on the wall clock. */
      readonly lookAgainAt?: number | undefined;
    }
  | { readonly is: 'succeeded'; readonly outputs: Outputs; readonly message: string }
  | { readonly is: 'failed'; readonly reason: FailReason; readonly message: string };

export type WaitReason = 'Queued' | 'NoSuchResource' | 'NotOpen' | 'NotSeen' | 'Leaving' | 'Unreachable';
export type FailReason =
  /** The operator refused; the message says why. */
  | 'Denied'
  /** It waited as long as it was to. */
  | 'TimedOut'
  /** It was not to wait, and there was no room. */
  | 'Unavailable'
  /** It had been granted, and the hold is over. */
  | 'Expired'
  | 'Lost'
  /** The barrier or gate will not open any more. */
  | 'WillNotOpen'
  | 'NotHeld'
  /** A claim of the step's name, or the one it names, is somebody else's. */
  | 'NotOurs'
  /** The step asks for what cannot be. */
  | 'Invalid'
  | 'Forbidden';

/** What is to be written before the reply is given. All of it may be done twice, and by two. */
export type StepWrite =
  | { readonly does: 'create-semaphore'; readonly namespace: string; readonly name: string; readonly permits: number }
  | { readonly does: 'create'; readonly claim: NewClaim }
  | { readonly does: 'renew'; readonly claim: StepClaim; readonly renewTime: string }
  | { readonly does: 'delete'; readonly claim: StepClaim };

export interface Answer {
  readonly reply: Reply;
  readonly writes: readonly StepWrite[];
}

export function needsOf(step: Step): StepNeeds {
  const kind = CLAIM_KINDS[step.resource.kind];
  const { namespace, action } = step;
  if (!kind || action === 'wait') return { claim: undefined, claims: undefined };
  if (action === 'release' || action === 'renew') {
    const fieldSelector = `spec.${step.resource.kind.toLowerCase()}=${step.resource.name}`;
    return { claim: undefined, claims: { kind, namespace, fieldSelector } };
  }
  return { claim: { kind, namespace, name: claimNameFor(step) }, claims: undefined };
}

/**
 * Begins a step, and says how it stands: the first call and the hundredth are the same call. Whoever asks keeps a reply
 * that ends the step: once a claim is released nothing here remembers that it was granted, and asking again begins again.
 */
export function answer(step: Step, view: StepView): Answer {
  const seen = { ...view, resource: lent(step, view.resource) };
  switch (step.action) {
    case 'acquire':
      return answerOfHold(step, seen);
    case 'release':
      return answerOfRelease(step, seen);
    case 'renew':
      return answerOfRenewal(step, seen);
    default:
      return step.resource.kind === 'Gate' ? answerOfGate(step, seen) : answerOfBarrier(step, seen);
  }
}

/** What another namespace does not lend to this one looks as if it were not there: nobody learns what is. */
function lent({ namespace }: Step, resource: Sight<StepResource>): Sight<StepResource> {
  return typeof resource === 'string' || isAllowed(resource as Lender, namespace) ? resource : 'missing';
}

/** The step is not wanted any more: what it has asked for goes, granted or not. What it has released stays released. */
export function cancel(step: Step, { claim }: Pick<StepView, 'claim'>): readonly StepWrite[] {
  if (claim === 'missing' || claim === 'unseen' || !needsOf(step).claim) return [];
  return isOurs(step, claim) && !claim.metadata.deletionTimestamp ? [{ does: 'delete', claim }] : [];
}
