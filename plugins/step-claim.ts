import { createHash } from 'node:crypto';
import { Arrival } from '../src/api/arrival.ts';
import { claimLabelsOf, claimNameOf } from '../src/api/claim-name.ts';
import { API_VERSION } from '../src/api/group.ts';
import type { NewObjectOf } from '../src/api/kind.ts';
import { LeaseRequest } from '../src/api/lease-request.ts';
import type { NewObjectMeta } from '../src/api/metadata.ts';
import { Permit } from '../src/api/permit.ts';
import type { Step, StepClaim } from './step.ts';
import { sayResource } from './step-words.ts';

export type ClaimKind = typeof Permit | typeof LeaseRequest | typeof Arrival;
export type NewClaim = NewObjectOf<typeof Permit> | NewObjectOf<typeof LeaseRequest> | NewObjectOf<typeof Arrival>;

/** What is claimed on what; a Gate is only looked at. */
export const CLAIM_KINDS = { Semaphore: Permit, Lease: LeaseRequest, Barrier: Arrival, Gate: undefined } as const;

export function claimNameFor(step: Step): string {
  return claimNameOf({ resource: step.resource.name, holderUid: step.identity.run, requestId: requestIdOf(step) });
}

export const holderOf = ({ options, identity }: Step): string =>
  options.holder ?? fitted(identity.holder || identity.step);

/** What the step wants to be created. */
export function newClaim(step: Step): NewClaim {
  const { resource, options, namespace, owner } = step;
  const elsewhere = resource.namespace === namespace ? undefined : resource.namespace;
  const holder = holderOf(step);
  const metadata: NewObjectMeta = {
    name: claimNameFor(step),
    namespace,
    labels: labelsOf(step),
    ownerReferences: [{ ...owner, controller: false, blockOwnerDeletion: false }],
  };
  if (resource.kind === 'Barrier') {
    const { generation } = options;
    const spec = { barrier: resource.name, ...(elsewhere && { barrierNamespace: elsewhere }), holder };
    return {
      ...{ apiVersion: API_VERSION, kind: 'Arrival', metadata },
      spec: { ...spec, ...(generation !== undefined && { generation }) },
    };
  }
  const { ttl, priority, weight, timeout, whenUnavailable } = options;
  const waits = whenUnavailable === 'fail' ? '0s' : timeout;
  const common = {
    holder,
    requestId: requestIdOf(step),
    renewal: 'Owner' as const,
    ...(ttl !== undefined && { ttl }),
    ...(waits !== undefined && { timeout: waits }),
    ...(priority !== undefined && { priority }),
  };
  if (resource.kind === 'Lease') {
    const spec = { lease: resource.name, ...(elsewhere && { leaseNamespace: elsewhere }), ...common };
    return { apiVersion: API_VERSION, kind: 'LeaseRequest', metadata, spec };
  }
  const spec = { semaphore: resource.name, ...(elsewhere && { semaphoreNamespace: elsewhere }), ...common };
  return {
    ...{ apiVersion: API_VERSION, kind: 'Permit', metadata },
    spec: { ...spec, ...(weight !== undefined && { weight }) },
  };
}

/**
 * Whether an object of the step's name is what the step would have made. A name is everybody's to take: one that holds
 * less, or does not end with the run, would be taken for a hold that is none.
 */
export function isOurs(step: Step, claim: StepClaim): boolean {
  const mine = newClaim(step);
  const isOwnedAlike = (claim.metadata.ownerReferences ?? []).some(({ uid }) => uid === step.owner.uid);
  if (claim.kind !== mine.kind || !isOn(step, claim) || !isOwnedAlike) return false;
  if (claim.spec.holder !== mine.spec.holder) return false;
  if (claim.kind === 'Arrival') return claim.spec.generation === step.options.generation;
  if (claim.spec.requestId !== requestIdOf(step)) return false;
  return claim.kind === 'LeaseRequest' || claim.spec.weight === (step.options.weight ?? 1);
}

export const sayTaken = (step: Step): string =>
  `the name of its claim on ${sayResource(step)} is taken by one that this step did not make: delete ${claimNameFor(step)}, then run the step again`;

/** Whether a claim is on the step's resource. */
export function isOn({ resource }: Step, claim: StepClaim): boolean {
  const { kind, name, namespace } = targetOf(claim);
  return kind === resource.kind && name === resource.name && namespace === resource.namespace;
}

/** Whether a claim belongs to the step's run. */
export const isOwned = ({ owner, identity, namespace }: Step, { metadata }: StepClaim): boolean =>
  metadata.namespace === namespace &&
  (metadata.ownerReferences ?? []).some(({ uid }) => uid === owner.uid || uid === identity.run);

/** What a claim is on. */
export function targetOf({ kind, spec, metadata: { namespace = '' } }: StepClaim): Step['resource'] {
  switch (kind) {
    case 'Permit':
      return { kind: 'Semaphore', name: spec.semaphore, namespace: spec.semaphoreNamespace ?? namespace };
    case 'LeaseRequest':
      return { kind: 'Lease', name: spec.lease, namespace: spec.leaseNamespace ?? namespace };
    case 'Arrival':
      return { kind: 'Barrier', name: spec.barrier, namespace: spec.barrierNamespace ?? namespace };
  }
}

/** The step and its attempt; a resource of the same name elsewhere is another. */
function requestIdOf({ resource, namespace, identity: { step, attempt } }: Step): string {
  const place = resource.namespace === namespace ? '' : `${resource.namespace}/`;
  return fitted(`${place}${step}${attempt ? `#${attempt}` : ''}`);
}

const labelsOf = ({ resource: { kind, name } }: Step): Record<string, string> =>
  kind === 'Gate' ? {} : claimLabelsOf(kind.toLowerCase() as 'semaphore' | 'lease' | 'barrier', name);

const LONGEST = 253;

/** Nodes of deep workflows have names longer than any field of ours. */
function fitted(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: what no field of ours takes
  const printable = text.replace(/[\x00-\x1f\x7f]/g, '?');
  if ([...printable].length <= LONGEST && printable === text) return text;
  const hash = createHash('sha256').update(text).digest('hex').slice(0, 16);
  return `${[...printable].slice(0, LONGEST - hash.length - 1).join('')}-${hash}`;
}
