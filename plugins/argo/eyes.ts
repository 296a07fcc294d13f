import { Barrier } from '../../src/api/barrier.ts';
import type { Clock } from '../../src/api/clock.ts';
import { Gate } from '../../src/api/gate.ts';
import type { Kind } from '../../src/api/kind.ts';
import { Lease } from '../../src/api/lease.ts';
import type { KubeObject } from '../../src/api/metadata.ts';
import { Semaphore } from '../../src/api/semaphore.ts';
import type { KubeClient } from '../../src/kube/client.ts';
import { needsOf, type Sight, type Step, type StepClaim, type StepResource, type StepView } from '../step.ts';

/** What is seen of steps by watching, so that nobody asks again and again. */
export interface Eyes {
  /** What is known of a step that is watched; undefined: too little, so that it has to be read. */
  view(step: Step): StepView | undefined;
  /** Tells whenever the step may stand otherwise; the answer ends it. */
  watch(step: Step, onNews: () => void): () => void;
}

export interface EyesOptions {
  readonly client: KubeClient;
  readonly clock: Clock;
  readonly random: () => number;
  readonly onError: (error: unknown) => void;
}

/** An object that says how a step stands. */
export interface Subject {
  readonly is: 'resource' | 'claim';
  readonly kind: Kind;
  readonly namespace: string;
  readonly name: string;
}

const RESOURCES = { Semaphore, Lease, Barrier, Gate } as const;

export const resourceOf = ({ resource: { kind, namespace, name } }: Step): Subject => ({
  is: 'resource',
  kind: RESOURCES[kind],
  namespace,
  name,
});

export function claimOf(step: Step): Subject | undefined {
  const { claim } = needsOf(step);
  return claim && { is: 'claim', ...claim };
}

export const keyOf = ({ kind, namespace, name }: Subject): string => `${kind.kind}/${namespace}/${name}`;

/** What a step is answered from. The claims of a whole run are nobody's to watch: they are read. */
export function viewOf(step: Step, subjects: readonly Subject[], sightOf: SightOf, now: number): StepView | undefined {
  if (needsOf(step).claims) return undefined;
  const seen = new Map(subjects.map((subject) => [subject.is, sightOf(subject)]));
  if ([...seen.values()].includes('unseen')) return undefined;
  return {
    resource: (seen.get('resource') as Sight<StepResource> | undefined) ?? 'unseen',
    claim: (seen.get('claim') as Sight<StepClaim> | undefined) ?? 'missing',
    claims: [],
    now,
  };
}

export type SightOf = (subject: Subject) => Sight<KubeObject>;
