import type { LeaseRequest } from '../src/api/lease-request.ts';
import type { Permit } from '../src/api/permit.ts';
import { formatTime, parseTime } from '../src/api/time.ts';
import type { Answer, Step, StepView } from './step.ts';
import { isOn, isOwned } from './step-claim.ts';
import { type Held, heldBy } from './step-hold.ts';
import { failed, sayResource, succeeded, waiting } from './step-words.ts';

type Holder = Permit | LeaseRequest;

/** Lets go of what the run holds of the resource: all of it, or what it names. Nothing that another run has made. */
export function answerOfRelease(step: Step, view: StepView): Answer {
  const found = holdsOfRun(step, view);
  if ('reply' in found) return found;
  const { holds } = found;
  const writes = holds.map(({ claim }) => ({ does: 'delete' as const, claim }));
  const message =
    holds.length === 0
      ? `nothing of ${sayResource(step)} is held by this run`
      : `${holds.map(({ claim }) => claim.spec.holder).join(', ')} let go of ${sayResource(step)}`;
  // the same whether it was this call or one before it that let go
  return { reply: succeeded({}, message), writes };
}

/** Moves the time of what the run holds. What its owner keeps alive needs none of it, and the reply says so. */
export function answerOfRenewal(step: Step, view: StepView): Answer {
  const found = holdsOfRun(step, view);
  if ('reply' in found) return found;
  const [first] = found.holds;
  if (!first) {
    return only(failed('NotHeld', `nothing of ${sayResource(step)} is held by this run: there is nothing to renew`));
  }
  const due = found.holds.map(({ claim }) => claim).filter((claim) => !isRenewed(step, claim));
  const { claim, held } = first;
  const isKept = claim.spec.renewal === 'Owner';
  return {
    reply: succeeded(
      { ...held, holder: claim.spec.holder, claim: claim.metadata.name },
      `${sayResource(step)} is ${isKept ? 'kept as long as this run: there is nothing to renew' : 'renewed'}`,
    ),
    writes: due.map((claim) => ({ does: 'renew', claim, renewTime: formatTime(view.now) })),
  };
}

/** Asked again, a renewal that has been made is not made again. */
const isRenewed = ({ askedAt }: Step, { spec }: Holder): boolean =>
  spec.renewal === 'Owner' ||
  (askedAt !== undefined && spec.renewTime !== undefined && parseTime(spec.renewTime) >= askedAt);

interface HoldOfRun {
  readonly claim: Holder;
  readonly held: Held;
}

function holdsOfRun(step: Step, { resource, claims }: StepView): { readonly holds: readonly HoldOfRun[] } | Answer {
  if (claims === 'unseen') return only(waiting('NotSeen', 'looking for what this run holds'));
  const { claim: named, holder } = step.options;
  const all = claims.filter((claim): claim is Holder => claim.kind !== 'Arrival' && isOn(step, claim));
  const other = all.find((claim) => claim.metadata.name === named && !isOwned(step, claim));
  if (other) return only(failed('NotOurs', `claim: ${other.metadata.name} was made by another run`));
  return {
    holds: all
      .filter((claim) => isOwned(step, claim) && !claim.metadata.deletionTimestamp)
      .filter(({ metadata, spec }) => (!named || metadata.name === named) && (!holder || spec.holder === holder))
      .flatMap((claim) => {
        const held = heldBy(claim, resource);
        return held ? [{ claim, held }] : [];
      }),
  };
}

const only = (reply: Answer['reply']): Answer => ({ reply, writes: [] });
