import { Arrival } from '../../src/api/arrival.ts';
import { Barrier } from '../../src/api/barrier.ts';
import { Gate } from '../../src/api/gate.ts';
import { API_VERSION } from '../../src/api/group.ts';
import type { NewObjectOf } from '../../src/api/kind.ts';
import { Lease } from '../../src/api/lease.ts';
import { LeaseRequest } from '../../src/api/lease-request.ts';
import type { NewObjectMeta, OwnerReference } from '../../src/api/metadata.ts';
import { Permit } from '../../src/api/permit.ts';
import { Semaphore } from '../../src/api/semaphore.ts';
import type { Chance } from '../soak/chance.ts';

/** Where everything is made; claims may come from the other one. */
export const HOME = 'default';
export const ELSEWHERE = 'kube-public';

/** What a run is about: drawn once, so that every run has its own point. */
export interface Scenario {
  readonly resources: readonly ResourceKind[];
  readonly weights: boolean;
  readonly priorities: boolean;
  readonly timeouts: boolean;
  readonly foreign: boolean;
  readonly owned: boolean;
  /** Seconds that most holds live. */
  readonly ttls: readonly string[];
}

export type ResourceKind = 'Semaphore' | 'Lease' | 'Barrier' | 'Gate';
const KINDS: readonly ResourceKind[] = ['Semaphore', 'Lease', 'Barrier', 'Gate'];

/** Long enough that an owner is seen again before it is over, whatever befalls the operators. */
const OWNED_TTL = '50s';

export function drawScenario(dice: Chance): Scenario {
  const main = dice.oneOf(['Semaphore', 'Semaphore', 'Semaphore', 'Lease', 'Lease', 'Barrier'] as const);
  const resources = KINDS.filter((kind) => kind === main || dice.happens(kind === 'Gate' ? 0.15 : 0.2));
  return {
    resources,
    weights: dice.happens(0.4),
    priorities: dice.happens(0.6),
    timeouts: dice.happens(0.5),
    foreign: dice.happens(0.3),
    owned: dice.happens(0.4),
    ttls: dice.oneOf([['3s'], ['5s', '10s'], ['20s'], ['5s', '60s'], ['60s']]) ?? ['10s'],
  };
}

type Meta = NewObjectMeta & { readonly name: string };

const meta = (name: string, namespace = HOME, owner?: OwnerReference): Meta => ({
  name,
  namespace,
  ...(owner && { ownerReferences: [owner] }),
});

const foreigners = ({ foreign }: Scenario, dice: Chance): { allowedNamespaces?: string[] } =>
  foreign && dice.happens(0.8) ? { allowedNamespaces: [dice.oneOf(['*', ELSEWHERE]) ?? '*'] } : {};

export const drawSemaphore = (scenario: Scenario, dice: Chance): NewObjectOf<typeof Semaphore> => ({
  apiVersion: API_VERSION,
  kind: Semaphore.kind,
  metadata: meta('db'),
  spec: {
    permits: dice.between(1, scenario.weights ? 5 : 3),
    ttl: dice.oneOf(scenario.ttls) ?? '5s',
    ...(dice.happens(0.4) && { ordering: 'BestEffort' as const }),
    ...(dice.happens(0.1) && { maxWaiters: dice.between(1, 4) }),
    ...(dice.happens(0.1) && { maxTTL: '60s' }),
    ...foreigners(scenario, dice),
  },
});

export const drawLease = (scenario: Scenario, dice: Chance): NewObjectOf<typeof Lease> => ({
  apiVersion: API_VERSION,
  kind: Lease.kind,
  metadata: meta('main'),
  spec: {
    ttl: dice.oneOf(scenario.ttls) ?? '5s',
    gracePeriod: dice.oneOf(['0s', '1s', '4s']) ?? '1s',
    ...(dice.happens(0.2) && { preemption: 'Never' as const }),
    ...(dice.happens(0.2) && { priority: 1 }),
    ...foreigners(scenario, dice),
  },
});

export function drawBarrier(scenario: Scenario, dice: Chance): NewObjectOf<typeof Barrier> {
  const expected = dice.between(1, 5);
  return {
    apiVersion: API_VERSION,
    kind: Barrier.kind,
    metadata: meta('stage'),
    spec: {
      expected,
      ...(dice.happens(0.3) && { quorum: dice.between(1, expected) }),
      ...(dice.happens(0.4) && { timeout: dice.oneOf(['2s', '8s', '20s']) ?? '8s' }),
      ...(dice.happens(0.4) && { cyclic: true }),
      ...(dice.happens(0.25) && { arrivalPolicy: 'Live' as const }),
      ...foreigners(scenario, dice),
    },
  };
}

export function drawGate(name: string, { resources }: Scenario, dice: Chance): NewObjectOf<typeof Gate> {
  const about = [
    { job: 'loader' },
    ...(resources.includes('Semaphore') ? [{ semaphore: 'db', permits: dice.between(1, 2) }] : []),
    ...(resources.includes('Lease') ? [{ lease: 'main', state: dice.oneOf(['Held', 'Available']) ?? 'Held' }] : []),
    ...(resources.includes('Barrier') ? [{ barrier: 'stage' }] : []),
  ];
  const conditions = dice.happens(0.2) ? [] : about.filter(() => dice.happens(0.6));
  return {
    apiVersion: API_VERSION,
    kind: Gate.kind,
    metadata: meta(name),
    spec: {
      conditions,
      ...(dice.happens(0.3) && { timeout: dice.oneOf(['3s', '15s']) ?? '3s' }),
      ...(dice.happens(0.4) && { latch: false }),
    },
  };
}

/** What a claim of either kind says. */
function drawTerms(scenario: Scenario, dice: Chance, owner: OwnerReference | undefined) {
  const keeps = owner !== undefined && dice.happens(0.7);
  return {
    ...(scenario.priorities && dice.happens(0.5) && { priority: dice.oneOf([1, 1, 5]) ?? 1 }),
    ...(scenario.timeouts && dice.happens(0.5) && { timeout: dice.oneOf(['0s', '1s', '3s', '10s']) ?? '3s' }),
    ...(!keeps && dice.happens(0.15) && { confirmWithin: dice.oneOf(['1s', '2s']) ?? '2s' }),
    ...(!keeps && dice.happens(0.3) && { ttl: dice.oneOf(scenario.ttls) ?? '5s' }),
    ...(keeps && { renewal: 'Owner' as const, ttl: OWNED_TTL }),
  };
}

const placeOf = ({ foreign }: Scenario, dice: Chance, owner: OwnerReference | undefined): string =>
  foreign && owner === undefined && dice.happens(0.4) ? ELSEWHERE : HOME;

export function drawPermit(
  name: string,
  scenario: Scenario,
  dice: Chance,
  owner?: OwnerReference,
): NewObjectOf<typeof Permit> {
  const namespace = placeOf(scenario, dice, owner);
  return {
    apiVersion: API_VERSION,
    kind: Permit.kind,
    metadata: meta(name, namespace, owner),
    spec: {
      semaphore: 'db',
      holder: name,
      ...(namespace !== HOME && { semaphoreNamespace: HOME }),
      ...(scenario.weights && { weight: dice.oneOf([1, 1, 2, 3, 6]) ?? 1 }),
      ...drawTerms(scenario, dice, owner),
    },
  };
}

export function drawRequest(
  name: string,
  scenario: Scenario,
  dice: Chance,
  owner?: OwnerReference,
): NewObjectOf<typeof LeaseRequest> {
  const namespace = placeOf(scenario, dice, owner);
  return {
    apiVersion: API_VERSION,
    kind: LeaseRequest.kind,
    metadata: meta(name, namespace, owner),
    spec: {
      lease: 'main',
      holder: name,
      ...(namespace !== HOME && { leaseNamespace: HOME }),
      ...drawTerms(scenario, dice, owner),
    },
  };
}

export function drawArrival(
  name: string,
  scenario: Scenario,
  dice: Chance,
  owner?: OwnerReference,
): NewObjectOf<typeof Arrival> {
  const namespace = placeOf(scenario, dice, owner);
  return {
    apiVersion: API_VERSION,
    kind: Arrival.kind,
    metadata: meta(name, namespace, owner),
    spec: {
      barrier: 'stage',
      // a few people, who come again and again
      holder: `h${dice.between(1, 6)}`,
      ...(namespace !== HOME && { barrierNamespace: HOME }),
      ...(dice.happens(0.2) && { generation: dice.between(0, 3) }),
    },
  };
}
