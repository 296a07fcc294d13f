import { Arrival } from '../../src/api/arrival.ts';
import { Barrier } from '../../src/api/barrier.ts';
import { Gate } from '../../src/api/gate.ts';
import type { Kind } from '../../src/api/kind.ts';
import { Lease } from '../../src/api/lease.ts';
import { LeaseRequest } from '../../src/api/lease-request.ts';
import { Permit } from '../../src/api/permit.ts';
import { Semaphore } from '../../src/api/semaphore.ts';
import { pictureOf } from '../../src/core/picture.ts';
import { keyFor, keyOf } from '../../src/kube/cache.ts';
import type { DoorContext } from '../../src/kube/door.ts';
import { type ResourceType, resourceTypeOf } from '../../src/kube/resource-type.ts';
import { needsOf, type Sight, type Step, type StepClaim, type StepResource, type StepView } from '../step.ts';
import { isOwned } from '../step-claim.ts';
import { type Watched, watched } from './watched.ts';

/** Everything that steps are answered from, kept up to date by watches: no question costs a read. */
export interface Sights {
  readonly synced: Promise<unknown>;
  readonly ended: Promise<unknown>;
  /** Undefined when only a read can tell. */
  viewOf(step: Step): StepView | undefined;
  /** Who waits for a resource at which place. */
  placesIn(resource: Step['resource']): Places;
  /** Told of each claim that was answered, or is gone, by `claimKey`. */
  onClaim(listener: (key: string) => void): void;
  /** Told of each resource that is another now, by `resourceKey`. */
  onResource(listener: (key: string, change: ResourceChange) => void): void;
}

/** `turned`: whoever waits for it may have got what they wait for. `moved`: only numbers are others. */
export type ResourceChange = 'turned' | 'moved';

/** By the uid of the claim; the first is 1. */
export type Places = ReadonlyMap<string, number>;

export const resourceKey = ({ kind, name, namespace }: Step['resource']): string =>
  `${kind}/${keyFor(name, namespace)}`;
export const claimKey = (kind: string, name: string, namespace: string): string => `${kind}/${keyFor(name, namespace)}`;

const NOBODY: Places = new Map();

export function sights(context: DoorContext, signal: AbortSignal, onError: (error: unknown) => void): Sights {
  const { client, clock, random, namespaces } = context;
  const tellClaim: ((key: string) => void)[] = [];
  const tellResource: ((key: string, change: ResourceChange) => void)[] = [];
  const common = { client, clock, random, namespaces, signal, onError };

  const resourcesOf = (kind: Kind): Watched<StepResource, never> => {
    const type = resourceTypeOf(kind) as unknown as ResourceType<StepResource>;
    const objects = watched<StepResource>({ ...common, type });
    objects.onChange((old, object) => {
      const one = object ?? old;
      if (!one) return;
      for (const tell of tellResource) tell(`${one.kind}/${keyOf(one)}`, hasTurned(old, object) ? 'turned' : 'moved');
      // the swap is the grant: its claim need not say so before anybody goes on
      for (const key of newIntents(old, object)) for (const tell of tellClaim) tell(key);
    });
    return objects;
  };
  const claimsOf = (kind: Kind): Watched<StepClaim, 'resource'> => {
    const type = resourceTypeOf(kind) as unknown as ResourceType<StepClaim>;
    const objects = watched<StepClaim, 'resource'>({
      ...common,
      type,
      indexes: { resource: (claim) => [targetOf(claim)] },
    });
    objects.onChange((old, object) => {
      const one = object ?? old;
      if (one && (old?.status?.phase !== object?.status?.phase || !old || !object)) {
        for (const tell of tellClaim) tell(claimKey(one.kind, one.metadata.name, one.metadata.namespace ?? ''));
      }
    });
    return objects;
  };

  const claims = { Semaphore: claimsOf(Permit), Lease: claimsOf(LeaseRequest), Barrier: claimsOf(Arrival) };
  const resources = {
    Semaphore: resourcesOf(Semaphore),
    Lease: resourcesOf(Lease),
    Barrier: resourcesOf(Barrier),
    Gate: resourcesOf(Gate),
  };
  const all = [...Object.values(claims), ...Object.values(resources)];

  const resourceOf = ({ kind, name, namespace }: Step['resource']): Sight<StepResource> =>
    resources[kind].covers(namespace) ? (resources[kind].get(name, namespace) ?? 'missing') : 'unseen';

  return {
    synced: Promise.all(all.map(({ synced }) => synced)),
    ended: Promise.all(all.map(({ ended }) => ended)),
    viewOf(step) {
      const needs = needsOf(step);
      const { kind } = step.resource;
      const view = { resource: resourceOf(step.resource), now: clock.now() };
      if (kind === 'Gate') return { ...view, claim: 'missing', claims: [] };
      if (needs.claims) {
        const found = claims[kind].by('resource', resourceKey(step.resource)).filter((claim) => isOwned(step, claim));
        // what another controller has acquired a moment ago may not have been heard of here: then a read tells
        return found.length > 0 ? { ...view, claim: 'missing', claims: found } : undefined;
      }
      const claim = needs.claim && (claims[kind].get(needs.claim.name, step.namespace) ?? 'missing');
      return { ...view, claim: claim ?? 'missing', claims: [] };
    },
    placesIn(resource) {
      const object = resourceOf(resource);
      if (typeof object === 'string' || object.kind === 'Gate' || object.kind === 'Barrier') return NOBODY;
      const waiting = claims[object.kind].by('resource', resourceKey(resource));
      const picture =
        object.kind === 'Semaphore'
          ? pictureOf(object, waiting as readonly Permit[], clock.now())
          : pictureOf(object, waiting as readonly LeaseRequest[], clock.now());
      return new Map(picture.waiting.map(({ uid, position }) => [uid, position]));
    },
    onClaim: (listener) => void tellClaim.push(listener),
    onResource: (listener) => void tellResource.push(listener),
  };
}

/** What a claim is on, as `resourceKey` says it. */
function targetOf({ kind, metadata, spec }: StepClaim): string {
  const own = metadata.namespace ?? '';
  if ('semaphore' in spec) return `Semaphore/${keyFor(spec.semaphore, spec.semaphoreNamespace ?? own)}`;
  if ('lease' in spec) return `Lease/${keyFor(spec.lease, spec.leaseNamespace ?? own)}`;
  if ('barrier' in spec) return `Barrier/${keyFor(spec.barrier, spec.barrierNamespace ?? own)}`;
  return `${kind}/`;
}

function hasTurned(old: StepResource | undefined, object: StepResource | undefined): boolean {
  if (!old || !object) return true;
  if (object.kind !== 'Barrier' && object.kind !== 'Gate') return false;
  const before = old.status as Barrier['status'];
  const now = object.status as Barrier['status'];
  return before?.phase !== now?.phase || before?.generation !== now?.generation;
}

function newIntents(old: StepResource | undefined, object: StepResource | undefined): string[] {
  if (object?.kind !== 'Semaphore' && object?.kind !== 'Lease') return [];
  const { intents = [] } = object.status ?? {};
  if (intents.length === 0) return [];
  const known = new Set(((old as Semaphore | undefined)?.status?.intents ?? []).map(({ uid }) => uid));
  const kind = object.kind === 'Semaphore' ? Permit.kind : LeaseRequest.kind;
  return intents.filter(({ uid }) => !known.has(uid)).map(({ claim, namespace }) => claimKey(kind, claim, namespace));
}
