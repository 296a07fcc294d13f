import type { KubeObject } from '../src/api/metadata.ts';
import { generationOf } from '../src/core/barrier-generation.ts';
import type { Seen } from '../src/core/claim.ts';
import type { Moment } from '../src/core/moment.ts';

/** A claim or an Arrival, as far as it is looked at here. */
export interface SeenClaim extends KubeObject {
  readonly spec: { readonly renewTime?: string | undefined };
  readonly status?: {
    readonly phase?: string | undefined;
    readonly conditions?: readonly { readonly type: string; readonly status: string }[] | undefined;
  };
}

/** A resource, as far as it is looked at here: grants that it records. */
export interface SeenResource extends KubeObject {
  readonly status?: {
    readonly intents?: readonly { readonly uid: string; readonly token: number }[] | undefined;
    readonly generation?: number | undefined;
  };
}

/**
 * What this operator has seen of each claim, on its own clock. It forgets claims that are gone, and begins anew with
 * itself: a hold that it only finds is counted from then, so that a restart can extend one and never shortens it.
 */
export interface SeenClaims {
  /** Told of every change of a claim, by a watch or by an own write. */
  claimChanged(old: SeenClaim | undefined, claim: SeenClaim | undefined): void;
  /** Told of every change of a resource: a swap is the grant, whatever its claims say by then. */
  resourceChanged(old: SeenResource | undefined, resource: SeenResource | undefined): void;
  of(claim: KubeObject): Seen;
  /** When a resource was first seen in the generation that its status has. */
  since(resource: KubeObject): Moment;
  readonly size: number;
}

export function seenClaims(now: () => Moment): SeenClaims {
  const seen = new Map<string, Seen>();
  // granted before the claim itself was heard of
  const early = new Map<string, Moment>();
  const generations = new Map<string, { readonly generation: number; readonly since: Moment }>();

  const begin = (claim: SeenClaim): Seen => {
    const { uid, resourceVersion } = claim.metadata;
    const moment = now();
    const facts: Seen = {
      first: moment,
      // one that is found renewed was renewed after its swap, and nobody here saw when
      alive: (claim.spec.renewTime === undefined && early.get(uid)) || moment,
      witnessed: false,
      phase: moment,
      arrival: resourceVersion,
      ...(isRevoked(claim) && { revoked: moment }),
    };
    early.delete(uid);
    seen.set(uid, facts);
    return facts;
  };

  const grantedBySwap = (uid: string): void => {
    const facts = seen.get(uid);
    // a claim that has waited longer than its time to live would else end with its first breath
    if (facts) seen.set(uid, { ...facts, alive: now(), witnessed: false });
    else early.set(uid, now());
  };

  const followGeneration = (resource: SeenResource): Moment => {
    const { uid } = resource.metadata;
    const generation = generationOf(resource);
    const known = generations.get(uid);
    if (known && known.generation === generation) return known.since;
    const since = now();
    generations.set(uid, { generation, since });
    return since;
  };

  return {
    claimChanged(old, claim) {
      if (old && old.metadata.uid !== claim?.metadata.uid) seen.delete(old.metadata.uid);
      if (!claim) return;
      const { uid } = claim.metadata;
      const before = seen.get(uid) ?? begin(claim);
      if (old?.metadata.uid !== uid) return;
      const moment = now();
      const moved = old.status?.phase !== claim.status?.phase;
      const renewed = old.spec.renewTime !== claim.spec.renewTime;
      const granted = moved && claim.status?.phase === 'Granted';
      const revoked = isRevoked(claim) ? (before.revoked ?? moment) : undefined;
      if (!moved && !renewed && revoked === before.revoked) return;
      seen.set(uid, {
        ...before,
        alive: renewed || granted ? moment : before.alive,
        // the grant wrote its own end; only a renewal moves it
        witnessed: renewed || (before.witnessed && !granted),
        phase: moved ? moment : before.phase,
        revoked,
      });
    },
    resourceChanged(old, resource) {
      if (old && old.metadata.uid !== resource?.metadata.uid) generations.delete(old.metadata.uid);
      if (resource) followGeneration(resource);
      const known = new Set(old?.status?.intents?.map(({ uid, token }) => `${uid} ${token}`));
      const intents = resource?.status?.intents ?? [];
      for (const { uid, token } of intents) if (!known.has(`${uid} ${token}`)) grantedBySwap(uid);
      const still = new Set(intents.map(({ uid }) => uid));
      for (const { uid } of old?.status?.intents ?? []) if (!still.has(uid)) early.delete(uid);
    },
    of: (claim) => seen.get(claim.metadata.uid) ?? begin(claim as SeenClaim),
    since: (resource) => followGeneration(resource as SeenResource),
    get size() {
      return seen.size;
    },
  };
}

const isRevoked = ({ status }: SeenClaim): boolean =>
  status?.conditions?.some(({ type, status }) => type === 'RevocationRequested' && status === 'True') ?? false;
