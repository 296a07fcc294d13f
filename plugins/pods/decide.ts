import { formatDuration } from '../../src/api/duration.ts';
import { earliest } from '../../src/core/moment.ts';
import {
  type Answer,
  answer,
  cancel,
  type Reply,
  type Step,
  type StepClaim,
  type StepView,
  type StepWrite,
} from '../step.ts';
import { needsOf, type PodNeeds } from './needs.ts';
import { ADMITTED, conditionOf, isFinished, isGated, isLeaving, isReady, type Pod } from './pod.ts';

/** Everything the rule looks at. */
export interface PodView {
  readonly pod: Pod;
  readonly viewOf: (step: Step) => StepView;
  /** Wall clock. */
  readonly now: number;
}

/** What is to be written for a Pod, in this order, each only once what is before it has been. */
export interface PodDecision {
  readonly claims: readonly StepWrite[];
  /** What a Pod that runs seems not to have been granted: its claims are deleted if a look at each finds the same. */
  readonly suspects: readonly Step[];
  readonly pod?: 'ungate' | 'delete' | undefined;
  readonly says?: Saying | undefined;
  /** Milliseconds until it is to be looked at again, whatever happens. */
  readonly lookAgainIn?: number | undefined;
}

/** The condition on the Pod; `warns` once, when it comes to this, by an event. */
export interface Saying {
  readonly status: 'True' | 'False';
  readonly reason: string;
  readonly message: string;
  readonly warns: boolean;
}

/** A Pod that waits is told so once it has waited this long: most never wait, and are spared the write. */
const TELL_AFTER = 2_000;
/** How long until one is looked at again that nothing but somebody's hand can help. */
const LOOK_AGAIN = 60_000;

const NOTHING: PodDecision = { claims: [], suspects: [] };

/** What must happen to a Pod now. Done twice or by two it comes to the same. */
export function decidePod(view: PodView): PodDecision {
  const { pod } = view;
  const read = needsOf(pod);
  if (!isGated(pod)) return read.problem === undefined ? decideUngated(view, read.needs) : NOTHING;
  if (read.problem !== undefined) {
    return isLeaving(pod) ? NOTHING : { ...NOTHING, says: saying(pod, refusal('BadAnnotations', read.problem)) };
  }
  // it will never run: what it has asked for is for others
  if (isLeaving(pod)) return { ...NOTHING, claims: letGo(view, read.needs.steps) };
  return decideGated(view, read.needs);
}

/** The one that keeps a Pod waiting: what comes after it is not asked for yet. */
export function waitingStepOf({ pod, viewOf }: Pick<PodView, 'pod' | 'viewOf'>): Step | undefined {
  const steps = isGated(pod) ? needsOf(pod).needs?.steps : undefined;
  return steps?.find((step) => answer(step, viewOf(step)).reply.is !== 'succeeded');
}

interface Asked extends Answer {
  readonly step: Step;
}

function decideGated(view: PodView, needs: PodNeeds): PodDecision {
  const replies: readonly Asked[] = needs.steps.map((step) => ({ step, ...answer(step, view.viewOf(step)) }));

  // it has not run yet, so nothing is lost but its place: it asks anew
  const lost = replies.filter(({ reply }) => reply.is === 'failed' && TAKEN_BACK.has(reply.reason));
  const steps = lost.map(({ step }) => step);
  if (steps.length > 0) return { ...NOTHING, claims: letGo(view, steps) };

  const refused = replies.find(({ reply }) => reply.is === 'failed');
  if (refused) return decideRefused(view, needs, refused.step, refused.reply);

  const next = replies.findIndex(({ reply }) => reply.is !== 'succeeded');
  // that it has been let go is said by the next look at it: others are to be let go first
  if (next < 0) return { ...NOTHING, pod: 'ungate' };
  return decideWaiting(view, needs, replies[next] as Asked);
}

/** It has all that comes before this one, and asks for nothing that comes after it. */
function decideWaiting({ pod, now }: PodView, needs: PodNeeds, { step, reply, writes }: Asked): PodDecision {
  const deadline = needs.timeout === undefined ? undefined : createdAt(pod) + needs.timeout;
  const isLate = deadline !== undefined && now >= deadline;
  if (isLate && needs.onTimeout === 'delete') {
    return {
      ...NOTHING,
      pod: 'delete',
      says: refusal('TimedOut', `${sayWaited(needs)}, and is deleted: ${sayWait(step, reply)}`),
    };
  }
  const says = isLate
    ? refusal('TimedOut', `${sayWaited(needs)}, and waits on: ${sayWait(step, reply)}`)
    : { status: 'False' as const, reason: reasonOf(reply), message: sayWait(step, reply), warns: false };
  const tellAt = createdAt(pod) + TELL_AFTER;
  const isEarly = !isLate && conditionOf(pod, ADMITTED) === undefined && now < tellAt;
  const lookAgainAt = earliest(isEarly ? tellAt : undefined, isLate ? undefined : deadline);
  return {
    ...NOTHING,
    claims: writes,
    says: isEarly ? undefined : saying(pod, says),
    lookAgainIn: lookAgainAt === undefined ? undefined : lookAgainAt - now,
  };
}

const TAKEN_BACK: ReadonlySet<string> = new Set(['Expired', 'Lost']);

/** All or none: what else it holds goes back. The claim that was refused stays, so that it is not asked for again at once. */
function decideRefused(view: PodView, { steps, onTimeout }: PodNeeds, refused: Step, reply: Reply): PodDecision {
  const message = reply.is === 'succeeded' ? '' : reply.message;
  if (onTimeout === 'delete')
    return { ...NOTHING, pod: 'delete', says: refusal('Denied', `${message}: it is deleted`) };
  const others = steps.filter((step) => step !== refused);
  return {
    ...NOTHING,
    claims: letGo(view, others),
    says: saying(view.pod, refusal('Denied', message)),
    lookAgainIn: LOOK_AGAIN,
  };
}

function decideUngated(view: PodView, { steps, releaseOn }: PodNeeds): PodDecision {
  const { pod } = view;
  if (isFinished(pod) || isLeaving(pod)) return NOTHING;
  const told = conditionOf(pod, ADMITTED);
  const isToldToWait = told?.status === 'False' && told.reason !== UNGATED_BY_HAND.reason;
  if (releaseOn === 'Ready' && isReady(pod)) {
    return { ...NOTHING, claims: letGo(view, steps), says: isToldToWait ? admitted : undefined };
  }
  const suspects = steps.filter((step) => isWaiting(view.viewOf(step).claim));
  if (suspects.length > 0) return { ...NOTHING, suspects };
  if (!isToldToWait) return NOTHING;
  // we said that it waits, and it does not: we went down in between, or somebody else took the gate away
  const isAdmitted = steps.every((step) => answer(step, view.viewOf(step)).reply.is === 'succeeded');
  return { ...NOTHING, says: isAdmitted ? admitted : UNGATED_BY_HAND };
}

/** We take no gate away before every claim says that it is granted; so one that waits was not what let the Pod go. */
export const isWaiting = (claim: StepView['claim']): claim is StepClaim =>
  typeof claim !== 'string' &&
  claim.kind !== 'Arrival' &&
  (claim.status?.phase ?? 'Pending') === 'Pending' &&
  claim.metadata.deletionTimestamp === undefined;

const letGo = (view: PodView, steps: readonly Step[]): StepWrite[] =>
  steps.flatMap((step) => cancel(step, view.viewOf(step)));

const admitted: Saying = {
  status: 'True',
  reason: 'Admitted',
  message: 'it has all that it waited for',
  warns: false,
};

export const UNGATED_BY_HAND: Saying = {
  status: 'False',
  reason: 'UngatedByHand',
  message: 'somebody else took the scheduling gate away: it runs without what it asked for',
  warns: true,
};

const refusal = (reason: string, message: string): Saying => ({ status: 'False', reason, message, warns: true });

/** Nothing when the Pod says so already. */
function saying(pod: Pod, says: Saying): Saying | undefined {
  const told = conditionOf(pod, ADMITTED);
  if (told?.status === says.status && told.reason === says.reason && told.message === says.message) return undefined;
  // in other words, but nothing new: no second event
  return told?.reason === says.reason ? { ...says, warns: false } : says;
}

/** A sentence in which nothing counts: a thousand Pods at one barrier are not told of each arrival. */
function sayWait({ resource: { kind, name, namespace }, namespace: own }: Step, reply: Reply): string {
  if (reply.is === 'succeeded') return '';
  if (kind !== 'Barrier' || reply.is === 'failed' || reply.reason !== 'NotOpen') return reply.message;
  return `waiting for barrier "${name}"${namespace === own ? '' : ` of namespace "${namespace}"`} to open`;
}

const reasonOf = (reply: Reply): string =>
  reply.is === 'waiting' && reply.reason === 'NoSuchResource' ? 'NoSuchResource' : 'Waiting';

const sayWaited = ({ timeout = 0 }: PodNeeds): string => `waited ${formatDuration(timeout)}, as long as it was to`;

const createdAt = ({ metadata }: Pod): number => Date.parse(metadata.creationTimestamp);
