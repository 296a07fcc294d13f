import { API_VERSION } from '../../src/api/group.ts';
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
  deleted(): SemaphoreBuilder;
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
    deleted: () => but({ metadata: { ...object.metadata, deletionTimestamp: timeAt(0) } }),
  };
}

const newSemaphore = (name: string): Semaphore => ({
  apiVersion: API_VERSION,
  kind: 'Semaphore',
  metadata: {
    ...METADATA,
    name,
    uid: `uid-${name}`,
    resourceVersion: `${CREATED_AT}`,
    finalizers: ['sync.konductor.io/in-use'],
  },
  spec: { permits: 1, ttl: '10m', ordering: 'Strict', maxWaiters: 10_000 },
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

/** A permit and what an operator knows of it. */
export interface ClaimBuilder {
  with(spec: Partial<Permit['spec']>): ClaimBuilder;
  weight(weight: number): ClaimBuilder;
  priority(priority: number): ClaimBuilder;
  /** First seen so many seconds after the start. */
  since(seconds: number): ClaimBuilder;
  /** Last renewed so many seconds after the start. */
  renewed(seconds: number): ClaimBuilder;
  owner(owner: Owner): ClaimBuilder;
  forbidden(): ClaimBuilder;
  told(status: NonNullable<Permit['status']>): ClaimBuilder;
  readonly object: Permit;
  readonly facts: ClaimFacts;
}

let arrivals = CREATED_AT;

/** A claim that nobody has answered yet. Those made later arrived later. */
export const waiting = (name: string): ClaimBuilder =>
  aClaim(newPermit(name), { seen: seenAt(at(0)), owner: 'none', allowed: true });

/** A claim that was granted at the start and says so. */
export const held = (name: string, token = 1): ClaimBuilder =>
  waiting(name).told({ phase: 'Granted', token, acquiredAt: timeAt(0), expiresAt: timeAt(600) });

const seenAt = (moment: Moment): ClaimFacts['seen'] => ({
  first: moment,
  alive: moment,
  phase: moment,
  witnessed: false,
});

function aClaim(object: Permit, facts: ClaimFacts): ClaimBuilder {
  const but = (spec: Partial<Permit['spec']>) => aClaim({ ...object, spec: { ...object.spec, ...spec } }, facts);
  return {
    object,
    facts,
    with: but,
    weight: (weight) => but({ weight }),
    priority: (priority) => but({ priority }),
    since: (seconds) => aClaim(object, { ...facts, seen: seenAt(at(seconds)) }),
    renewed: (seconds) =>
      aClaim(
        { ...object, spec: { ...object.spec, renewTime: timeAt(seconds) } },
        { ...facts, seen: { ...facts.seen, alive: at(seconds), witnessed: true } },
      ),
    owner: (owner) => aClaim(object, { ...facts, owner }),
    forbidden: () => aClaim(object, { ...facts, allowed: false }),
    told: (status) => aClaim({ ...object, status }, facts),
  };
}

const newPermit = (name: string): Permit => ({
  apiVersion: API_VERSION,
  kind: 'Permit',
  metadata: { ...METADATA, name, uid: `uid-${name}`, resourceVersion: `${++arrivals}` },
  spec: { semaphore: 'db', holder: name, weight: 1, priority: 0, renewal: 'Client' },
});

export const secondsOf = (time: string): number => (parseTime(time) - START) / 1_000;
