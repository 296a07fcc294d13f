import { Arrival } from '../../src/api/arrival.ts';
import { Barrier } from '../../src/api/barrier.ts';
import { Gate } from '../../src/api/gate.ts';
import { LeaseRequest } from '../../src/api/lease-request.ts';
import type { KubeObject } from '../../src/api/metadata.ts';
import { Permit } from '../../src/api/permit.ts';
import type { DoorContext, KnownKind } from '../../src/kube/door.ts';
import { needsOf, type Sight, type Step, type StepClaim, type StepResource, type StepView } from '../step.ts';

export interface SightsOptions extends Pick<DoorContext, 'cacheOf'> {
  /** Told of every claim of a Pod that has changed, by the Pod's uid. */
  readonly onClaim: (podUid: string) => void;
  /** Told of every gate and barrier that has changed. */
  readonly onResource: (resource: StepResource) => void;
}

/** What is known of what Pods ask for: their claims, and the gates and barriers they wait for. */
export interface Sights {
  of(step: Step, now: number): StepView;
  claimsOfPod(uid: string): readonly StepClaim[];
  /** Tells nobody any more. */
  stop(): void;
}

export function sightsOf({ cacheOf, onClaim, onResource }: SightsOptions): Sights {
  const claims: readonly KnownKind<StepClaim>[] = [cacheOf(Permit), cacheOf(LeaseRequest), cacheOf(Arrival)];
  const resources: Readonly<Record<'Gate' | 'Barrier', KnownKind<StepResource>>> = {
    Gate: cacheOf(Gate),
    Barrier: cacheOf(Barrier),
  };
  const claimChanged = (old: StepClaim | undefined, now: StepClaim | undefined): void => {
    for (const uid of new Set([old, now].flatMap((claim) => (claim ? podsOf(claim) : [])))) onClaim(uid);
  };
  const resourceChanged = (old: StepResource | undefined, now: StepResource | undefined): void => {
    const resource = now ?? old;
    if (resource) onResource(resource);
  };
  const ends = [
    ...claims.map((known) => known.onChange(claimChanged)),
    ...Object.values(resources).map((known) => known.onChange(resourceChanged)),
  ];

  const resourceOf = ({ resource: { kind, name, namespace } }: Step): Sight<StepResource> =>
    // whether a claim is granted is said by the claim: what it is on is not looked at
    kind === 'Gate' || kind === 'Barrier' ? resources[kind].sight(name, namespace) : 'unseen';

  const claimOf = (step: Step): Sight<StepClaim> => {
    const { claim } = needsOf(step);
    return claim ? (cacheOf(claim.kind) as KnownKind<StepClaim>).sight(claim.name, claim.namespace) : 'missing';
  };

  return {
    of: (step, now) => ({ resource: resourceOf(step), claim: claimOf(step), claims: [], now }),
    claimsOfPod: (uid) => claims.flatMap((known) => known.ownedBy(uid)),
    stop() {
      for (const end of ends) end();
    },
  };
}

const podsOf = ({ metadata: { ownerReferences = [] } }: KubeObject): string[] =>
  ownerReferences.filter(({ kind, apiVersion }) => kind === 'Pod' && apiVersion === 'v1').map(({ uid }) => uid);
