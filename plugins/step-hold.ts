import type { LeaseRequest } from '../src/api/lease-request.ts';
import type { Permit } from '../src/api/permit.ts';
import type { Semaphore } from '../src/api/semaphore.ts';
import { pictureOf, waitsFor } from '../src/core/picture.ts';
import type { Answer, Reply, Sight, Step, StepResource, StepView } from './step.ts';
import { holderOf, isOurs, newClaim, sayTaken } from './step-claim.ts';
import { deadlineOf } from './step-deadline.ts';
import { failed, sayMissing, sayResource, succeeded, waiting } from './step-words.ts';

/** The operator ends a wait to the moment; only one that is not there leaves it to us. */
const OPERATOR_LATE = 10_000;

/** A hold by its claim, or by the intent on its resource that the claim has not been told of. */
export interface Held {
  readonly token: number | undefined;
  readonly acquiredAt: string | undefined;
  readonly expiresAt: string | undefined;
}

export function answerOfHold(step: Step, view: StepView): Answer {
  const { resource, claim, now } = view;
  if (claim === 'unseen') return only(waiting('NotSeen', 'looking for what it has asked for'));
  if (claim === 'missing') return begin(step, view);
  if (!isOurs(step, claim) || claim.kind === 'Arrival') return only(failed('NotOurs', sayTaken(step)));
  const held = heldBy(claim, resource);
  if (held) {
    return only(succeeded({ ...held, holder: claim.spec.holder, claim: claim.metadata.name }, sayHeld(step, held)));
  }
  const over = endOf(step, claim);
  // refused by the one operator while the other granted it: that hold would last as long as the run
  if (over) return { reply: over, writes: intentOf(claim, resource) ? [{ does: 'delete', claim }] : [] };
  if (claim.metadata.deletionTimestamp) {
    return only(waiting('Leaving', 'its claim is being deleted; it asks again once that is gone'));
  }
  const deadline = deadlineOf(step, claim);
  if (deadline !== undefined && now >= deadline + OPERATOR_LATE) {
    // without this it would hold, some day, what nobody waits for any more
    return { reply: timedOut(step), writes: [{ does: 'delete', claim }] };
  }
  const { reply, writes } = asked(
    step,
    saysMissing(claim) && resource === 'unseen' ? { ...view, resource: 'missing' } : view,
  );
  const lookAgainAt = deadline === undefined ? undefined : deadline + OPERATOR_LATE;
  return { reply: reply.is === 'waiting' && lookAgainAt !== undefined ? { ...reply, lookAgainAt } : reply, writes };
}

/** Nothing has been asked for, or it is gone since. */
function begin(step: Step, view: StepView): Answer {
  if (step.options.permits !== undefined && step.resource.namespace !== step.namespace) {
    return only(failed('Invalid', 'permits: a semaphore is made in the namespace of the run only, not in another'));
  }
  const deadline = deadlineOf(step, undefined);
  if (deadline !== undefined && view.now >= deadline + OPERATOR_LATE) return only(timedOut(step));
  const { reply, writes } = asked(step, view);
  return { reply, writes: [...writes, { does: 'create', claim: newClaim(step) }] };
}

/** How it stands while it waits, and the semaphore that it may have to bring with it. */
function asked(step: Step, view: StepView): Answer {
  const { resource } = view;
  const { kind, namespace, name } = step.resource;
  const { permits } = step.options;
  if (resource !== 'missing') return only(waiting('Queued', sayQueue(step, view)));
  if (kind !== 'Semaphore' || permits === undefined) {
    return only(waiting('NoSuchResource', sayMissing(step)));
  }
  const reply = waiting('Queued', `${sayResource(step)} is made with ${permits} permits`);
  return { reply, writes: [{ does: 'create-semaphore', namespace, name, permits }] };
}

/** The operator has looked, for those who do not. */
const saysMissing = ({ status }: Permit | LeaseRequest): boolean =>
  status?.conditions?.some(({ type, reason }) => type === 'Granted' && reason === 'NoSuchResource') ?? false;

/** What a claim holds now. An intent is as much of a grant as what the claim says. */
export function heldBy({ metadata, status }: Permit | LeaseRequest, resource: Sight<StepResource>): Held | undefined {
  if (status?.phase === 'Granted') {
    const { token, acquiredAt, expiresAt } = status;
    return { token, acquiredAt, expiresAt };
  }
  if (status?.phase !== undefined && status.phase !== 'Pending') return undefined;
  const intent = intentOf({ metadata }, resource);
  return intent && { token: intent.token, acquiredAt: intent.acquiredAt, expiresAt: intent.expiresAt };
}

function intentOf({ metadata }: Pick<Permit, 'metadata'>, resource: Sight<StepResource>) {
  if (typeof resource === 'string' || (resource.kind !== 'Semaphore' && resource.kind !== 'Lease')) return undefined;
  return resource.status?.intents?.find(({ uid }) => uid === metadata.uid);
}

/** Why a claim that is over is over. */
function endOf(step: Step, { status, metadata }: Permit | LeaseRequest): Reply | undefined {
  const why = status?.conditions?.find(({ type }) => type === 'Granted');
  const said = why ? `: ${why.message}` : '';
  switch (status?.phase) {
    case 'Denied':
      if (why?.reason !== 'TimedOut') return failed('Denied', `${sayResource(step)} was refused${said}`);
      return step.options.whenUnavailable === 'fail' || step.options.timeout === '0s'
        ? failed('Unavailable', `${sayResource(step)} was not free`)
        : timedOut(step);
    case 'Expired':
    case 'Lost':
      return failed(status.phase, `what ${metadata.name} held of ${sayResource(step)} is over${said}`);
    default:
      return undefined;
  }
}

const timedOut = (step: Step): Reply =>
  failed('TimedOut', `waited ${step.options.timeout} for ${sayResource(step)}, as long as it was to`);

const sayHeld = (step: Step, { token }: Held): string =>
  `${holderOf(step)} holds ${sayResource(step)} with token ${token ?? 'unknown'}`;

function sayQueue(step: Step, { resource, claim, queue, now }: StepView): string {
  const what = sayResource(step);
  if (typeof resource === 'string') return `waiting for ${what}`;
  if (queue && (resource.kind === 'Semaphore' || resource.kind === 'Lease')) {
    // by the minute, so that the message stands still for that long
    const picture = pictureOf(resource as Semaphore, queue as readonly Permit[], now - (now % A_MINUTE));
    return `${what}: ${waitsFor(picture, typeof claim === 'string' ? undefined : claim)}`;
  }
  if (resource.kind === 'Lease') {
    const { holder } = resource.status ?? {};
    return holder ? `waiting for ${what}, which ${holder} holds` : `waiting for ${what}`;
  }
  if (resource.kind !== 'Semaphore') return `waiting for ${what}`;
  const { weight = 1 } = step.options;
  const { inUse = 0 } = resource.status ?? {};
  return `waiting for ${weight === 1 ? 'a permit' : `${weight} permits`} of ${what}: ${inUse} of ${resource.spec.permits} are held`;
}

const A_MINUTE = 60_000;

const only = (reply: Reply): Answer => ({ reply, writes: [] });
