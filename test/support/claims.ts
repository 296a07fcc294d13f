import { API_VERSION } from '../../src/api/group.ts';
import type { Lease } from '../../src/api/lease.ts';
import type { LeaseRequest } from '../../src/api/lease-request.ts';
import type { ObjectMeta } from '../../src/api/metadata.ts';
import type { Permit } from '../../src/api/permit.ts';
import type { Semaphore } from '../../src/api/semaphore.ts';
import { formatTime, parseTime } from '../../src/api/time.ts';
import type { ClaimFacts, Owner } from '../../src/core/claim.ts';
import type { Moment } from '../../src/core/moment.ts';

/** The first moment of every test: later ones are said relative to it. */
export const START = Date.parse('2026-01-01T10:00:00Z');

/** So many seconds after the start, on both clocks. */
export const at = (seconds: number): Moment => ({ wall: START + seconds * 1_000, elapsed: seconds * 1_000 });

export const timeAt = (seconds: number): string => formatTime(START + seconds * 1_000);

const METADATA = { namespace: 'default', generation: 1, creationTimestamp: '2026-01-01T09:00:00Z' };

/** A semaphore under construction: `aSemaphore('db').permits(3)`. */
export interface SemaphoreBuilder {
  permits(permits: number): SemaphoreBuilder;
  with(spec: Partial<Semaphore['spec']>): SemaphoreBuilder;
  status(status: NonNullable<Semaphore['status']>): SemaphoreBuilder;
  /** A grant to the claim that the claim may not know of yet. */
  intent(claim: string, token: number, weight?: number): SemaphoreBuilder;
  /** A refusal that the claim may not know of yet. */
  refusal(claim: string, reason: string): SemaphoreBuilder;
  deleted(): SemaphoreBuilder;
  /** Nobody has held anything of it yet. */
  unused(): SemaphoreBuilder;
  readonly object: Semaphore;
}

/** Its resourceVersion: the token of the first grant is one above. */
export const CREATED_AT = 100;

export function aSemaphore(name: string, object = newSemaphore(name)): SemaphoreBuilder {
  const but = (change: Partial<Semaphore>) => aSemaphore(name, { ...object, ...change });
  return {
    object,
    permits: (permits) => but({ spec: { ...object.spec, permits } }),
    with: (spec) => but({ spec: { ...object.spec, ...spec } }),
    status: (status) => but({ status }),
    intent: (claim, token, weight = 1) =>
      but({
        status: {
          ...object.status,
          token: Math.max(token, object.status?.token ?? 0),
          intents: [...(object.status?.intents ?? []), intentFor(claim, token, weight)],
        },
      }),
    refusal: (claim, reason) => {
      const note = { claim, namespace: 'default', uid: `uid-${claim}`, reason };
      return but({ status: { ...object.status, refusals: [...(object.status?.refusals ?? []), note] } });
    },
    deleted: () => but({ metadata: { ...object.metadata, deletionTimestamp: timeAt(0) } }),
    unused: () => but({ metadata: { ...object.metadata, finalizers: [] } }),
  };
}

const newSemaphore = (name: string): Semaphore => ({
  apiVersion: API_VERSION,
  kind: 'Semaphore',
  metadata: resourceMetadata(name),
  spec: { permits: 1, ttl: '10m', ordering: 'Strict', maxWaiters: 10_000 },
});

const resourceMetadata = (name: string): ObjectMeta => ({
  ...METADATA,
  name,
  uid: `uid-${name}`,
  resourceVersion: `${CREATED_AT}`,
  finalizers: ['sync.konductor.io/in-use'],
});

/** A lease under construction: `aLease('main').with({ gracePeriod: '0s' })`. */
export interface LeaseBuilder {
  with(spec: Partial<Lease['spec']>): LeaseBuilder;
  status(status: NonNullable<Lease['status']>): LeaseBuilder;
  /** A grant to the claim that the claim may not know of yet. */
  intent(claim: string, token: number): LeaseBuilder;
  deleted(): LeaseBuilder;
  readonly object: Lease;
}

export function aLease(name: string, object = newLease(name)): LeaseBuilder {
  const but = (change: Partial<Lease>) => aLease(name, { ...object, ...change });
  return {
    object,
    with: (spec) => but({ spec: { ...object.spec, ...spec } }),
    status: (status) => but({ status }),
    intent: (claim, token) => {
      const { weight: _, ...intent } = intentFor(claim, token, 1);
      return but({ status: { ...object.status, token, intents: [intent] } });
    },
    deleted: () => but({ metadata: { ...object.metadata, deletionTimestamp: timeAt(0) } }),
  };
}

const newLease = (name: string): Lease => ({
  apiVersion: API_VERSION,
  kind: 'Lease',
  metadata: resourceMetadata(name),
  spec: { ttl: '10m', priority: 0, preemption: 'LowerPriority', gracePeriod: '30s' },
});

const intentFor = (claim: string, token: number, weight: number) => ({
  claim,
  namespace: 'default',
  uid: `uid-${claim}`,
  holder: claim,
  token,
  weight,
  acquiredAt: timeAt(0),
  expiresAt: timeAt(600),
});

type Claim = Permit | LeaseRequest;
type SpecOf<Object extends Claim> = Partial<Object['spec']>;
type StatusOf<Object extends Claim> = NonNullable<Object['status']>;

/** A claim and what an operator knows of it. */
export interface ClaimBuilder<Object extends Claim = Permit> {
  with(spec: SpecOf<Object>): ClaimBuilder<Object>;
  weight(weight: number): ClaimBuilder<Object>;
  priority(priority: number): ClaimBuilder<Object>;
  /** First seen so many seconds after the start. */
  since(seconds: number): ClaimBuilder<Object>;
  /** Last renewed so many seconds after the start. */
  renewed(seconds: number): ClaimBuilder<Object>;
  owner(owner: Owner, lastAlive?: number): ClaimBuilder<Object>;
  forbidden(): ClaimBuilder<Object>;
  /** The server refuses to have it written, and is asked again so many seconds after the start. */
  unwritable(until: number): ClaimBuilder<Object>;
  /** Deleted, and not gone yet. */
  leaving(): ClaimBuilder<Object>;
  told(status: StatusOf<Object>): ClaimBuilder<Object>;
  /** Asked to let go, which the operator first saw so many seconds after the start. */
  asked(seconds: number): ClaimBuilder<Object>;
  /** Written to so often since the operator first saw it. */
  edited(times: number): ClaimBuilder<Object>;
  readonly object: Object;
  readonly facts: ClaimFacts;
}

let arrivals = CREATED_AT;

/** A claim that nobody has answered yet. Those made later arrived later. */
export const waiting = (name: string): ClaimBuilder => aClaim(newPermit(name), NEW);

/** A claim that was granted at the start and says so. */
export const held = (name: string, token = 1): ClaimBuilder => waiting(name).told(grantedWith(token));

/** A claim on a lease that nobody has answered yet. */
export const asking = (name: string): ClaimBuilder<LeaseRequest> => aClaim(newRequest(name), NEW);

/** The claim that got the lease at the start and says so. */
export const holding = (name: string, token = 1): ClaimBuilder<LeaseRequest> =>
  asking(name).told({ ...grantedWith(token), requestedAt: timeAt(0) });

const grantedWith = (token: number) =>
  ({ phase: 'Granted', token, acquiredAt: timeAt(0), expiresAt: timeAt(600), ttl: '10m' }) as const;

const seenAt = (moment: Moment): ClaimFacts['seen'] => ({
  first: moment,
  alive: moment,
  phase: moment,
  witnessed: false,
});

const NEW: ClaimFacts = { seen: seenAt(at(0)), owner: 'none', allowed: true };

function aClaim<Object extends Claim>(object: Object, facts: ClaimFacts): ClaimBuilder<Object> {
  const but = (spec: SpecOf<Object>) => aClaim({ ...object, spec: { ...object.spec, ...spec } }, facts);
  const known = (seen: Partial<ClaimFacts['seen']>): ClaimFacts => ({ ...facts, seen: { ...facts.seen, ...seen } });
  const { metadata } = object;
  return {
    object,
    facts,
    with: but,
    weight: (weight) => but({ weight } as object as SpecOf<Object>),
    priority: (priority) => but({ priority } as SpecOf<Object>),
    since: (seconds) => aClaim(object, { ...facts, seen: seenAt(at(seconds)) }),
    renewed: (seconds) =>
      aClaim(
        { ...object, spec: { ...object.spec, renewTime: timeAt(seconds) } },
        known({ alive: at(seconds), witnessed: true }),
      ),
    owner: (owner, lastAlive) =>
      aClaim(object, { ...facts, owner, ...(lastAlive !== undefined && { ownerAlive: at(lastAlive) }) }),
    forbidden: () => aClaim(object, { ...facts, allowed: false }),
    unwritable: (until) => aClaim(object, { ...facts, unwritableUntil: at(until).elapsed }),
    leaving: () => aClaim({ ...object, metadata: { ...metadata, deletionTimestamp: timeAt(0) } }, facts),
    told: (status) => aClaim({ ...object, status }, facts),
    asked: (seconds) =>
      aClaim({ ...object, status: { ...object.status, conditions: [REVOKED] } }, known({ revoked: at(seconds) })),
    edited: (times) => {
      const resourceVersion = `${Number(metadata.resourceVersion) + 1_000 * times}`;
      return aClaim(
        { ...object, metadata: { ...metadata, resourceVersion } },
        known({ arrival: metadata.resourceVersion }),
      );
    },
  };
}

const REVOKED = {
  type: 'RevocationRequested',
  status: 'True',
  reason: 'Preempted',
  message: 'a request of priority 9 waits',
  lastTransitionTime: timeAt(0),
} as const;

const newPermit = (name: string): Permit => ({
  apiVersion: API_VERSION,
  kind: 'Permit',
  metadata: claimMetadata(name),
  spec: { semaphore: 'db', holder: name, weight: 1, priority: 0, renewal: 'Client' },
});

const newRequest = (name: string): LeaseRequest => ({
  apiVersion: API_VERSION,
  kind: 'LeaseRequest',
  metadata: claimMetadata(name),
  spec: { lease: 'main', holder: name, renewal: 'Client' },
});

const claimMetadata = (name: string) => ({
  ...METADATA,
  name,
  uid: `uid-${name}`,
  resourceVersion: `${++arrivals}`,
});

/** What a decision looks up of each claim. */
export function factsOf(claims: readonly ClaimBuilder<Claim>[]): (claim: Claim) => ClaimFacts {
  const known = new Map(claims.map(({ object, facts }) => [object.metadata.uid, facts]));
  return ({ metadata }) => known.get(metadata.uid) ?? NEW;
}

export const secondsOf = (time: string): number => (parseTime(time) - START) / 1_000;
