import { Arrival } from '../../src/api/arrival.ts';
import { Barrier } from '../../src/api/barrier.ts';
import { Gate } from '../../src/api/gate.ts';
import { Lease } from '../../src/api/lease.ts';
import { LeaseRequest } from '../../src/api/lease-request.ts';
import { Permit } from '../../src/api/permit.ts';
import { Semaphore } from '../../src/api/semaphore.ts';
import { pictureOf } from '../../src/core/picture.ts';
import { keyFor, keyOf } from '../../src/kube/cache.ts';
import type { DoorContext, KnownKind } from '../../src/kube/door.ts';
import { hasTurned, newlyGranted } from '../resource-news.ts';
import { needsOf, type Sight, type Step, type StepClaim, type StepResource, type StepView } from '../step.ts';
import { isOwned } from '../step-claim.ts';

/** Everything that steps are answered from, as the operator knows it: no question costs a read. */
export interface Sights {
  /** Undefined when only a read can tell. */
  viewOf(step: Step): StepView | undefined;
  /** Who waits for a resource at which place. */
  placesIn(resource: Step['resource']): Places;
  /** Told of each claim that was answered, or is gone, by `claimKey`. */
  onClaim(listener: (key: string) => void): void;
  /** What is held or waited for in the name of that owner. */
  claimsOf(uid: string): readonly StepClaim[];
  /** Told of each claim that is new, by the `namespace/name` of the PipelineRun that owns it. */
  onClaimOfRun(listener: (run: string) => void): void;
  /** Told of each resource that is another now, by `resourceKey`. */
  onResource(listener: (key: string, change: ResourceChange) => void): void;
  /** Tells nobody any more. */
  stop(): void;
}

/** `turned`: whoever waits for it may have got what they wait for. `moved`: only numbers are others. */
export type ResourceChange = 'turned' | 'moved';

/** By the uid of the claim; the first is 1. */
export type Places = ReadonlyMap<string, number>;

export const resourceKey = ({ kind, name, namespace }: Step['resource']): string =>
  `${kind}/${keyFor(name, namespace)}`;
export const claimKey = (kind: string, name: string, namespace: string): string => `${kind}/${keyFor(name, namespace)}`;

type ClaimedKind = Exclude<Step['resource']['kind'], 'Gate'>;

const NOBODY: Places = new Map();

export function sights({ cacheOf, clock }: Pick<DoorContext, 'cacheOf' | 'clock'>): Sights {
  const tellClaim: ((key: string) => void)[] = [];
  const tellRun: ((run: string) => void)[] = [];
  const tellResource: ((key: string, change: ResourceChange) => void)[] = [];
  const claims: Readonly<Record<ClaimedKind, KnownKind<StepClaim>>> = {
    Semaphore: cacheOf(Permit),
    Lease: cacheOf(LeaseRequest),
    Barrier: cacheOf(Arrival),
  };
  const resources: Readonly<Record<Step['resource']['kind'], KnownKind<StepResource>>> = {
    Semaphore: cacheOf(Semaphore),
    Lease: cacheOf(Lease),
    Barrier: cacheOf(Barrier),
    Gate: cacheOf(Gate),
  };

  const resourceChanged = (old: StepResource | undefined, object: StepResource | undefined): void => {
    const one = object ?? old;
    if (!one) return;
    for (const tell of tellResource) tell(`${one.kind}/${keyOf(one)}`, hasTurned(old, object) ? 'turned' : 'moved');
    for (const { kind, name, namespace } of newlyGranted(old, object)) {
      for (const tell of tellClaim) tell(claimKey(kind.kind, name, namespace));
    }
  };
  const claimChanged = (old: StepClaim | undefined, object: StepClaim | undefined): void => {
    const one = object ?? old;
    if (one && (old?.status?.phase !== object?.status?.phase || !old || !object)) {
      for (const tell of tellClaim) tell(claimKey(one.kind, one.metadata.name, one.metadata.namespace ?? ''));
    }
    if (old || !object) return;
    const run = object.metadata.ownerReferences?.find(({ kind }) => kind === 'PipelineRun');
    if (run) for (const tell of tellRun) tell(keyFor(run.name, object.metadata.namespace));
  };
  const ends = [
    ...Object.values(resources).map((known) => known.onChange(resourceChanged)),
    ...Object.values(claims).map((known) => known.onChange(claimChanged)),
  ];

  const resourceOf = ({ kind, name, namespace }: Step['resource']): Sight<StepResource> =>
    resources[kind].sight(name, namespace);
  const claimsOn = ({ kind, name, namespace }: Step['resource']): readonly StepClaim[] =>
    kind === 'Gate' ? [] : claims[kind].on(keyFor(name, namespace));

  return {
    viewOf(step) {
      const needs = needsOf(step);
      const { kind } = step.resource;
      const view = { resource: resourceOf(step.resource), now: clock.now() };
      if (kind === 'Gate') return { ...view, claim: 'missing', claims: [] };
      if (needs.claims) {
        const found = claimsOn(step.resource).filter((claim) => isOwned(step, claim));
        // what another controller has acquired a moment ago may not have been heard of here: then a read tells
        return found.length > 0 ? { ...view, claim: 'missing', claims: found } : undefined;
      }
      const claim = needs.claim ? claims[kind].sight(needs.claim.name, step.namespace) : 'missing';
      return { ...view, claim, claims: [] };
    },
    placesIn(resource) {
      const object = resourceOf(resource);
      if (typeof object === 'string' || object.kind === 'Gate' || object.kind === 'Barrier') return NOBODY;
      const waiting = claimsOn(resource);
      const picture =
        object.kind === 'Semaphore'
          ? pictureOf(object, waiting as readonly Permit[], clock.now())
          : pictureOf(object, waiting as readonly LeaseRequest[], clock.now());
      return new Map(picture.waiting.map(({ uid, position }) => [uid, position]));
    },
    claimsOf: (uid) => Object.values(claims).flatMap((known) => known.ownedBy(uid)),
    onClaim: (listener) => void tellClaim.push(listener),
    onClaimOfRun: (listener) => void tellRun.push(listener),
    onResource: (listener) => void tellResource.push(listener),
    stop() {
      for (const end of ends) end();
    },
  };
}
