import type { LeaseRequest } from '../../src/api/lease-request.ts';
import type { Permit } from '../../src/api/permit.ts';
import type { KubeClient } from '../../src/kube/client.ts';
import type { DoorContext } from '../../src/kube/door.ts';
import { carryOut, look } from '../runner.ts';
import type { Sight, Step, StepClaim, StepResource } from '../step.ts';
import { claimNameFor, isOurs, isOwned, newClaim, targetOf } from '../step-claim.ts';
import { heldBy } from '../step-hold.ts';
import { stepFor } from './annotations.ts';
import { PipelineRun } from './kinds.ts';
import type { Sights } from './sights.ts';

/** Whether a run is to have what it has asked for, by what is known of that. */
export type IsKept = (claim: Hold, resource: Sight<StepResource>) => boolean;

type Hold = Permit | LeaseRequest;

/** One that has not started is to have what its annotations ask for, to the letter: nothing of a claim can be edited. */
export const asksFor =
  (step: Step | undefined): IsKept =>
  (claim) => {
    if (!step || !isOurs(step, claim)) return false;
    const { priority, ttl, timeout } = newClaim(step).spec as Hold['spec'];
    const { spec } = claim;
    return spec.ttl === ttl && spec.timeout === timeout && spec.priority === (priority ?? DEFAULT_PRIORITY[claim.kind]);
  };

const DEFAULT_PRIORITY = { Permit: 0, LeaseRequest: undefined } as const;

/** One that has keeps what it holds, whoever started it: it may be working under that. What is over is for people to look at. */
export const isHeld: IsKept = (claim, resource) =>
  (claim.status?.phase ?? 'Pending') !== 'Pending' || heldBy(claim, resource) !== undefined;

/** Whether it is what the run as a whole has asked for, whatever its annotations said then: no task's and nobody else's. */
export function isOfWhole(run: PipelineRun, claim: StepClaim): claim is Hold {
  const step = stepFor(run, targetOf(claim));
  return claim.kind !== 'Arrival' && isOwned(step, claim) && claimNameFor(step) === claim.metadata.name;
}

export interface LeftoversParts {
  readonly context: Pick<DoorContext, 'client' | 'clock'>;
  readonly sights: Sights;
}

/** Takes back what a run is not to have. Kept with whether there seemed to be any: then it asks for nothing yet. */
export async function takeBack(
  { context: { client, clock }, sights }: LeftoversParts,
  run: PipelineRun,
  isKept: IsKept,
  cut: AbortSignal,
): Promise<boolean> {
  const suspects = sights
    .claimsOf(run.metadata.uid)
    .filter((claim): claim is Hold => isOfWhole(run, claim))
    .map((claim) => ({ claim, step: stepFor(run, targetOf(claim)) }))
    .filter(({ claim, step }) => !isKept(claim, sights.viewOf(step)?.resource ?? 'unseen'));
  for (const { step } of suspects) {
    const { claim, resource } = await look(client, step, clock.now(), cut);
    if (typeof claim === 'string' || !isOfWhole(run, claim) || isKept(claim, resource)) continue;
    // last: another operator may have started it with this by now
    if (!(await isAsKnown(client, run, cut))) break;
    await carryOut(client, [{ does: 'delete', claim }], cut);
  }
  return suspects.length > 0;
}

async function isAsKnown(client: KubeClient, { metadata }: PipelineRun, signal: AbortSignal): Promise<boolean> {
  const { namespace, name, resourceVersion } = metadata;
  const options = { fieldSelector: `metadata.name=${name}`, signal };
  const { items } = await client.of(PipelineRun, namespace).listAll(options);
  return items.some((run) => run.metadata.resourceVersion === resourceVersion);
}
