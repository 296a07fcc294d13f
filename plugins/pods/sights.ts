import { Arrival } from '../../src/api/arrival.ts';
import { Barrier } from '../../src/api/barrier.ts';
import { Gate } from '../../src/api/gate.ts';
import { LeaseRequest } from '../../src/api/lease-request.ts';
import type { KubeObject } from '../../src/api/metadata.ts';
import { Permit } from '../../src/api/permit.ts';
import type { DoorContext } from '../../src/kube/door.ts';
import { resourceTypeOf } from '../../src/kube/resource-type.ts';
import { needsOf, type Sight, type Step, type StepClaim, type StepResource, type StepView } from '../step.ts';
import { POD_CLAIM_SELECTOR } from './needs.ts';
import { type Watched, watched } from './watched.ts';

export interface SightsOptions extends Pick<DoorContext, 'client' | 'clock' | 'random' | 'namespaces'> {
  readonly onError: (error: unknown) => void;
  readonly signal: AbortSignal;
  /** Told of every claim of a Pod that has changed, by the Pod's uid. */
  readonly onClaim: (podUid: string) => void;
  /** Told of every gate and barrier that has changed. */
  readonly onResource: (resource: StepResource) => void;
}

/** What is known of what Pods ask for: their claims, and the gates and barriers they wait for. */
export interface Sights {
  /** Kept once the claims have been listed. */
  readonly synced: Promise<unknown>;
  readonly ended: () => Promise<unknown>;
  of(step: Step, now: number): StepView;
  claimsOfPod(uid: string): readonly StepClaim[];
  /** What writes of ours have made. */
  deleted(claim: StepClaim): void;
}

type AnyClaims = Watched<StepClaim, 'pod'>;
type AnyResources = Watched<StepResource, never>;

export function sightsOf(options: SightsOptions): Sights {
  const { clock, random, client, namespaces, onError, signal } = options;
  const common = { clock, random, client, onError, signal };
  const claims = new Map<string, AnyClaims>(
    [Permit, LeaseRequest, Arrival].map((kind) => [
      kind.kind,
      watched<StepClaim, 'pod'>({
        ...common,
        namespaces,
        type: resourceTypeOf(kind) as never,
        labelSelector: POD_CLAIM_SELECTOR,
        indexes: { pod: podsOf },
        onChange: (old, now) => {
          for (const uid of new Set([old, now].flatMap((claim) => (claim ? podsOf(claim) : [])))) options.onClaim(uid);
        },
      }),
    ]),
  );

  // whoever needs no gates and barriers has none watched
  const resources = new Map<string, AnyResources>();
  const resourcesOf = (kind: 'Gate' | 'Barrier'): AnyResources => {
    let known = resources.get(kind);
    if (!known) {
      known = watched<StepResource>({
        ...common,
        namespaces,
        type: resourceTypeOf(kind === 'Gate' ? Gate : Barrier) as never,
        onChange: (old, now) => {
          const resource = now ?? old;
          if (resource) options.onResource(resource);
        },
      });
      resources.set(kind, known);
    }
    return known;
  };

  const resourceOf = ({ resource: { kind, name, namespace } }: Step): Sight<StepResource> => {
    // whether a claim is granted is said by the claim: what it is on need not be watched
    if (kind !== 'Gate' && kind !== 'Barrier') return 'unseen';
    const known = resourcesOf(kind);
    return known.get(name, namespace) ?? (known.isSynced() ? 'missing' : 'unseen');
  };

  const claimOf = (step: Step): Sight<StepClaim> => {
    const { claim } = needsOf(step);
    const known = claim && claims.get(claim.kind.kind);
    if (!claim || !known) return 'missing';
    return known.get(claim.name, claim.namespace) ?? (known.isSynced() ? 'missing' : 'unseen');
  };

  return {
    synced: Promise.all([...claims.values()].map(({ synced }) => synced)),
    ended: () => Promise.all([...claims.values(), ...resources.values()].map(({ ended }) => ended)),
    of: (step, now) => ({ resource: resourceOf(step), claim: claimOf(step), claims: [], now }),
    claimsOfPod: (uid) => [...claims.values()].flatMap((known) => known.by('pod', uid)),
    deleted: (claim) => claims.get(claim.kind)?.remove(claim),
  };
}

const podsOf = ({ metadata: { ownerReferences = [] } }: KubeObject): string[] =>
  ownerReferences.filter(({ kind, apiVersion }) => kind === 'Pod' && apiVersion === 'v1').map(({ uid }) => uid);
