import type { Lease } from '../../src/api/lease.ts';
import type { ObjectMeta } from '../../src/api/metadata.ts';
import { isNewer } from '../../src/api/resource-version.ts';
import type { Semaphore } from '../../src/api/semaphore.ts';
import type { ClaimFacts, Owner } from '../../src/core/claim.ts';
import type { ClaimPatch, Decision } from '../../src/core/decision.ts';
import { FINALIZER } from '../../src/core/finalizer.ts';
import { later } from '../../src/core/moment.ts';
import type { GoneBy } from '../../src/core/watermark.ts';
import { at, timeAt } from './claims.ts';
import {
  type AnyClaim,
  type AnyResource,
  type AnyStatus,
  isPending,
  type Kind,
  Promises,
  type Snapshot,
} from './promises.ts';
import { type Sighting, sighting } from './sighting.ts';

/** An operator: what it has seen, and how far its caches are. Starting it again forgets all of it. */
interface Operator {
  readonly sightings: Map<string, Sighting>;
  /** The version of its first list: what went before that, it does not know when. */
  readonly listedAt: number;
  claimsAt: number;
  resourceAt: number;
}

/** How far behind an operator's caches are, and after how many of its writes it dies. */
export interface Circumstances {
  readonly operator?: number;
  readonly claimLag?: number;
  readonly resourceLag?: number;
  readonly writes?: number;
}

/** Thrown inside a decision's writes: the operator is gone. */
class Crash extends Error {}
class Refused extends Error {}

/** One resource and its claims on a server, some operators, and a check of every promise after every write. */
export class History {
  now = at(0);
  readonly owners = new Map<string, Owner>();
  private readonly promises: Promises;
  private readonly operators: Operator[];
  private snapshots: Snapshot[];
  /** By which version claims were gone. */
  private readonly gone = new Map<string, number>();
  private created = 0;
  private readonly kind: Kind;

  constructor(kind: Kind, resource: AnyResource, operators = 1) {
    this.kind = kind;
    this.promises = new Promises(kind, this.owners);
    const version = Number(resource.metadata.resourceVersion);
    this.snapshots = [{ version, resource, claims: new Map() }];
    this.operators = Array.from({ length: operators }, () => this.started());
  }

  get truth(): Snapshot {
    return this.snapshots.at(-1) as Snapshot;
  }

  get grants(): Promises['grants'] {
    return this.promises.grants;
  }

  get claims(): AnyClaim[] {
    return [...this.truth.claims.values()];
  }

  claim(index: number): AnyClaim | undefined {
    const { claims } = this;
    return claims[index % Math.max(1, claims.length)];
  }

  create(make: (name: string) => AnyClaim): string {
    const name = `c${++this.created}`;
    const made = make(name);
    this.writeClaim({ ...made, metadata: { ...made.metadata, name, uid: `uid-${name}` } });
    return `uid-${name}`;
  }

  renew(claim: AnyClaim): void {
    this.promises.renewed(claim, this.now);
    this.writeClaim({ ...claim, spec: { ...claim.spec, renewTime: timeAt(this.now.elapsed / 1_000) } } as AnyClaim);
  }

  edit(claim: AnyClaim): void {
    this.writeClaim({
      ...claim,
      metadata: { ...claim.metadata, labels: { edited: `${this.truth.version}` } },
    } as AnyClaim);
  }

  release({ metadata: { uid } }: AnyClaim): void {
    const claims = new Map(this.truth.claims);
    claims.delete(uid);
    this.commit({ claims });
  }

  edited(spec: Partial<Semaphore['spec']> & Partial<Lease['spec']>): void {
    const { resource } = this.truth;
    if (resource) this.writeResource({ ...resource, spec: { ...resource.spec, ...spec } } as AnyResource);
  }

  /** Deletes the resource, as the API server does: at once when nothing keeps it. */
  remove(): void {
    const { resource } = this.truth;
    if (!resource) return;
    const { metadata } = resource;
    if ((metadata.finalizers ?? []).length === 0) this.commit({ resource: undefined });
    else this.writeResource({ ...resource, metadata: { ...metadata, deletionTimestamp: timeAt(0) } } as AnyResource);
  }

  recreate(resource: AnyResource): void {
    if (!this.truth.resource)
      this.writeResource({ ...resource, metadata: { ...resource.metadata, finalizers: [] } } as AnyResource);
  }

  advance(milliseconds: number): void {
    this.now = later(this.now, milliseconds);
  }

  /** The clock on the wall is set; no other. */
  jump(milliseconds: number): void {
    this.now = { ...this.now, wall: this.now.wall + milliseconds };
  }

  restart(index: number): void {
    this.operators[index % this.operators.length] = this.started();
  }

  /** One look of one operator: false when its caches have not caught up, or there is nothing to look at. */
  decide(circumstances: Circumstances = {}): boolean {
    const { operator: index = 0, claimLag = 0, resourceLag = 0, writes = Number.POSITIVE_INFINITY } = circumstances;
    const operator = this.operators[index % this.operators.length] as Operator;
    const { version } = this.truth;
    operator.claimsAt = Math.max(operator.claimsAt, version - claimLag);
    operator.resourceAt = Math.max(operator.resourceAt, version - resourceLag);
    const resource = this.at(operator.resourceAt).resource;
    if (!resource || isNewer(resource.status?.watermark ?? resource.metadata.resourceVersion, `${operator.claimsAt}`))
      return false;

    const claims = [...this.at(operator.claimsAt).claims.values()];
    const facts = this.look(operator, resource, claims);
    const decision = this.kind.decide(resource, claims, { facts, goneBy: this.goneBy(operator), now: this.now });
    let left = writes;
    const write = (change: () => void) => {
      if (left-- <= 0) throw new Crash();
      change();
    };
    try {
      this.carryOut(decision, resource, write);
    } catch (error) {
      if (error instanceof Crash) this.restart(index);
      else if (!(error instanceof Refused)) throw error;
      return false;
    }
    return true;
  }

  /** Decides until nothing is left to do; says how many times it had to. */
  settle(operator = 0): number {
    for (let looks = 1; ; looks++) {
      const before = this.truth.version;
      this.decide({ operator });
      if (this.truth.version === before) return looks;
      if (looks > 20) throw new Error('it does not settle');
    }
  }

  /** The next decision of an operator whose caches have caught up, without carrying it out. */
  preview(): Decision<AnyStatus> | undefined {
    const { resource } = this.truth;
    const operator = this.operators[0] as Operator;
    if (!resource) return undefined;
    const facts = this.look(operator, resource, this.claims);
    return this.kind.decide(resource, this.claims, { facts, goneBy: this.goneBy(operator), now: this.now });
  }

  private carryOut(decision: Decision<AnyStatus>, seen: AnyResource, write: (change: () => void) => void): void {
    const fenced = (change: (resource: AnyResource) => void) => {
      const { resource } = this.truth;
      if (!resource || resource.metadata.resourceVersion !== seen.metadata.resourceVersion) throw new Refused();
      change(resource);
    };
    if (decision.finalizer === 'add') {
      write(() => fenced((resource) => this.writeResource(finalized(resource, [FINALIZER]))));
      return;
    }
    for (const patch of decision.revoke) write(() => this.patch(patch));
    const { swap } = decision;
    if (swap)
      write(() => fenced((resource) => this.writeResource({ ...resource, status: swap.status } as AnyResource)));
    for (const patch of decision.announce) write(() => this.patch(patch));
    for (const { uid } of decision.collect) {
      const claim = this.truth.claims.get(uid);
      if (claim) write(() => this.release(claim));
    }
    if (decision.finalizer === 'remove')
      write(() =>
        fenced((resource) =>
          isDeleted(resource) ? this.commit({ resource: undefined }) : this.writeResource(finalized(resource, [])),
        ),
      );
  }

  private patch({ claim: { uid, resourceVersion }, status }: ClaimPatch): void {
    const claim = this.truth.claims.get(uid);
    if (claim?.metadata.resourceVersion !== resourceVersion) throw new Refused();
    this.writeClaim({ ...claim, status: { ...claim.status, ...status } } as AnyClaim);
  }

  private look(
    operator: Operator,
    resource: AnyResource,
    claims: readonly AnyClaim[],
  ): (claim: AnyClaim) => ClaimFacts {
    const intents = new Set(resource.status?.intents?.map(({ uid }) => uid));
    for (const claim of claims) {
      const { uid } = claim.metadata;
      const held = claim.status?.phase === 'Granted' || (isPending(claim) && intents.has(uid));
      operator.sightings.set(uid, sighting(operator.sightings.get(uid), claim, held, this.now));
    }
    return ({ metadata: { uid } }) => ({
      seen: (operator.sightings.get(uid) as Sighting).seen,
      owner: this.owners.get(uid) ?? 'none',
      allowed: true,
    });
  }

  private readonly goneBy =
    ({ listedAt }: Operator): GoneBy =>
    ({ uid }) =>
      `${Math.max(listedAt, this.gone.get(uid) ?? 0)}`;

  /** A new operator begins with a consistent list. */
  private started(): Operator {
    const { version } = this.truth;
    return { sightings: new Map(), listedAt: version, claimsAt: version, resourceAt: version };
  }

  private at(version: number): Snapshot {
    return this.snapshots.findLast((snapshot) => snapshot.version <= version) ?? this.truth;
  }

  private writeClaim(claim: AnyClaim): void {
    const written = stamped(claim, this.truth.version + 1);
    this.commit({ claims: new Map(this.truth.claims).set(claim.metadata.uid, written) });
  }

  private writeResource(resource: AnyResource): void {
    this.commit({ resource: stamped(resource, this.truth.version + 1) });
  }

  private commit(change: Partial<Snapshot>): void {
    const before = this.truth;
    const after = { ...before, ...change, version: before.version + 1 };
    this.snapshots = [...this.snapshots.slice(-40), after];
    for (const uid of before.claims.keys()) if (!after.claims.has(uid)) this.gone.set(uid, after.version);
    this.promises.check(before, after, this.now);
  }
}

const stamped = <T extends { readonly metadata: ObjectMeta }>(object: T, version: number): T => ({
  ...object,
  metadata: { ...object.metadata, resourceVersion: `${version}` },
});

const finalized = (resource: AnyResource, finalizers: readonly string[]): AnyResource =>
  ({ ...resource, metadata: { ...resource.metadata, finalizers } }) as AnyResource;

const isDeleted = ({ metadata }: AnyResource): boolean => metadata.deletionTimestamp !== undefined;
