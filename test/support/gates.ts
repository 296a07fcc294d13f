import type * as z from 'zod';
import type { Gate } from '../../src/api/gate.ts';
import { API_VERSION } from '../../src/api/group.ts';
import type { GateCondition } from '../../src/core/gate-conditions.ts';
import type { Sight } from '../../src/core/gate-subjects.ts';

type Condition =
  z.input<typeof Gate.spec> extends infer Spec | undefined
    ? NonNullable<Spec extends { conditions?: infer List } ? List : never> extends readonly (infer One)[]
      ? One
      : never
    : never;

/** A gate under construction: `aGate('ready').on({ job: 'loader' })`. It was made at the start. */
export interface GateBuilder {
  on(...conditions: Condition[]): GateBuilder;
  timeout(timeout: string): GateBuilder;
  unlatched(): GateBuilder;
  /** Opened or closed by hand, in its spec. */
  by(hand: 'open' | 'closed'): GateBuilder;
  status(status: NonNullable<Gate['status']>): GateBuilder;
  readonly object: Gate;
}

export const aGate = (name: string): GateBuilder =>
  gateOf({
    apiVersion: API_VERSION,
    kind: 'Gate',
    metadata: {
      name,
      namespace: 'default',
      uid: `uid-${name}`,
      resourceVersion: '1',
      generation: 1,
      creationTimestamp: '2026-01-01T10:00:00Z',
    },
    spec: { conditions: [], latch: true },
  });

function gateOf(object: Gate): GateBuilder {
  const spec = (change: Partial<Gate['spec']>) => gateOf({ ...object, spec: { ...object.spec, ...change } });
  return {
    object,
    on: (...conditions) => spec({ conditions }),
    timeout: (timeout) => spec({ timeout }),
    unlatched: () => spec({ latch: false }),
    by: (hand) => spec({ open: hand === 'open' }),
    status: (status) => gateOf({ ...object, status }),
  };
}

/** Something a gate may look at: `aJob('loader').complete()`. */
export interface Subject {
  readonly kind: string;
  readonly name: string;
  readonly sight: Sight;
}

const found = (kind: string, name: string, object: object): Subject => ({
  kind,
  name,
  sight: { state: 'found', object: { kind, metadata: { name }, ...object } },
});

const withCondition = (kind: string, name: string, type: string, status: string): Subject =>
  found(kind, name, {
    status: {
      conditions: [
        { type: 'Other', status: 'True' },
        { type, status },
      ],
    },
  });

export const aJob = (name: string) => ({
  complete: () => withCondition('Job', name, 'Complete', 'True'),
  failed: () => withCondition('Job', name, 'Failed', 'True'),
  active: () => found('Job', name, { status: { active: 1 } }),
  suspended: () => found('Job', name, { spec: { suspend: true }, status: {} }),
  /** One pod of several has succeeded. */
  halfDone: () => found('Job', name, { status: { succeeded: 1, active: 1 } }),
});

export const aPod = (name: string) => ({
  ready: () => found('Pod', name, { status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] } }),
  in: (phase: string) => found('Pod', name, { status: { phase } }),
});

export const aPipelineRun = (name: string) => ({
  succeeded: (status: 'True' | 'False' | 'Unknown') => withCondition('PipelineRun', name, 'Succeeded', status),
  new: () => found('PipelineRun', name, {}),
});

/** Anything that says how it is by `status.phase`. */
export const a = (kind: 'Barrier' | 'Lease' | 'Semaphore' | 'Gate' | 'Workflow', name: string) => ({
  in: (phase: string, status: object = {}) => found(kind, name, { status: { phase, ...status } }),
  new: () => found(kind, name, {}),
});

export const aResource = (kind: string, name: string, object: object): Subject => found(kind, name, object);

/** One that the operator knows this much of, and no more. */
export const seen = (kind: string, name: string, state: 'forbidden' | 'unreadable' | 'unknown'): Subject => ({
  kind,
  name,
  sight: { state },
});

/** What there is; everything else is missing. */
export const sightOf =
  (subjects: readonly Subject[]) =>
  ({ subject }: GateCondition): Sight =>
    subjects.find(({ kind, name }) => kind === subject.kind && name === subject.name)?.sight ?? { state: 'missing' };
