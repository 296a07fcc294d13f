import { Arrival } from '../../src/api/arrival.ts';
import { Barrier } from '../../src/api/barrier.ts';
import type { Timer } from '../../src/api/clock.ts';
import { Gate } from '../../src/api/gate.ts';
import type { Kind } from '../../src/api/kind.ts';
import { Lease } from '../../src/api/lease.ts';
import { LeaseRequest } from '../../src/api/lease-request.ts';
import type { KubeObject } from '../../src/api/metadata.ts';
import { Permit } from '../../src/api/permit.ts';
import { Semaphore } from '../../src/api/semaphore.ts';
import type { DoorContext, KnownKind } from '../../src/kube/door.ts';
import { hasTurned, newlyGranted } from '../resource-news.ts';
import type { Step, StepClaim, StepResource } from '../step.ts';
import { claimOf, type Eyes, keyOf, resourceOf, type SightOf, type Subject, viewOf } from './eyes.ts';

export interface EyesOfAll extends Eyes {
  /** Tells nobody any more. */
  stop(): void;
}

/** Numbers move all the time under load: all who wait hear of it together, this rarely. */
const ROUND = 5_000;

/** For a controller that serves every workflow: all there is of our kinds, as the operator knows it. */
export function eyesOfAll({ cacheOf, clock }: Pick<DoorContext, 'cacheOf' | 'clock'>): EyesOfAll {
  const listeners = new Map<string, Set<() => void>>();
  const rounds = new Map<string, Timer>();
  const tell = (key: string): void => {
    for (const listener of listeners.get(key) ?? []) listener();
  };
  const endRound = (key: string): void => {
    rounds.get(key)?.cancel();
    rounds.delete(key);
  };

  const claimChanged =
    (kind: Kind): Listener<StepClaim> =>
    (old, claim) => {
      const one = claim ?? old;
      if (one) tell(keyOf({ is: 'claim', kind, ...placeOf(one) }));
    };
  const resourceChanged =
    (kind: Kind): Listener<StepResource> =>
    (old, resource) => {
      const one = resource ?? old;
      if (!one) return;
      for (const claim of newlyGranted(old, resource)) tell(keyOf({ is: 'claim', ...claim }));
      const key = keyOf({ is: 'resource', kind, ...placeOf(one) });
      if (hasTurned(old, resource)) return tell(key);
      if (!listeners.has(key) || rounds.has(key)) return;
      const round = clock.after(ROUND, () => {
        rounds.delete(key);
        tell(key);
      });
      rounds.set(key, round);
    };
  const ends = [
    ...CLAIMS.map((kind) => (cacheOf(kind) as KnownKind<StepClaim>).onChange(claimChanged(kind))),
    ...RESOURCES.map((kind) => (cacheOf(kind) as KnownKind<StepResource>).onChange(resourceChanged(kind))),
  ];
  const sightOf: SightOf = ({ kind, namespace, name }) => cacheOf(kind).sight(name, namespace);

  return {
    view: (step) => viewOf(step, subjectsOf(step), sightOf, clock.now()),
    watch(step, onNews) {
      const keys = subjectsOf(step).map(keyOf);
      for (const key of keys) listeners.set(key, (listeners.get(key) ?? new Set()).add(onNews));
      return () => {
        for (const key of keys) {
          const those = listeners.get(key);
          those?.delete(onNews);
          if (those?.size !== 0) continue;
          listeners.delete(key);
          endRound(key);
        }
      };
    },
    stop() {
      for (const end of ends) end();
      for (const key of [...rounds.keys()]) endRound(key);
    },
  };
}

type Listener<T> = (old: T | undefined, object: T | undefined) => void;

const RESOURCES = [Semaphore, Lease, Barrier, Gate];
const CLAIMS = [Permit, LeaseRequest, Arrival];

const placeOf = ({ metadata: { name, namespace = '' } }: KubeObject) => ({ name, namespace });

/** Both: the resource has the grant before the claim is told, and says how long the queue is. */
function subjectsOf(step: Step): readonly Subject[] {
  const claim = claimOf(step);
  return claim ? [resourceOf(step), claim] : [resourceOf(step)];
}
