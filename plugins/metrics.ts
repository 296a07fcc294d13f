import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { Clock } from '../src/api/clock.ts';
import type { FailReason, Step } from './step.ts';
import { STEP_KINDS } from './step-options.ts';

/** What every door exports alike. Dashboards, alerts and their tests read the names from here. */
export const STEP_METRICS = {
  steps: 'konductor_steps_total',
  wait: 'konductor_step_wait_seconds',
  waiting: 'konductor_steps_waiting',
} as const;

/** As the label says it. */
export type DoorLabel = 'argo-plugin' | 'argo-tasksets' | 'tekton' | 'tekton-pipelineruns' | 'pods';

export type StepOutcome = 'Succeeded' | 'Cancelled' | FailReason;

export interface StepMetrics {
  /** It has come to its end, and its engine knows. A step is asked about many times, and this is said once. */
  ended(step: Step, outcome: StepOutcome): void;
  /** The door is shut. What it has counted stays: whoever leads again goes on counting. */
  close(): void;
}

export interface StepMetricsOptions {
  readonly registry: Registry;
  readonly clock: Clock;
  readonly door: DoorLabel;
  /** Looked up when somebody asks. */
  readonly waiting: () => Iterable<Step>;
}

export function stepMetrics({ registry, clock, door, waiting }: StepMetricsOptions): StepMetrics {
  const { steps, wait, doors } = exportedIn(registry);
  doors.set(door, waiting);
  return {
    ended({ resource: { kind }, action, askedAt }, outcome) {
      steps.inc({ door, kind, action, outcome });
      // by the wall clock, which may have been set back
      if (askedAt !== undefined) wait.observe({ door, kind, action }, Math.max(0, clock.now() - askedAt) / 1_000);
    },
    close() {
      if (doors.get(door) === waiting) doors.delete(door);
    },
  };
}

/** As wide as those of the operator, to be laid beside them. */
const WAITS = [0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60, 300, 600, 1_800, 3_600, 14_400, 43_200];

interface Exported {
  readonly steps: Counter<'door' | 'kind' | 'action' | 'outcome'>;
  readonly wait: Histogram<'door' | 'kind' | 'action'>;
  readonly doors: Map<DoorLabel, () => Iterable<Step>>;
}

/** The doors of a program share them, and a registry takes a name once. */
const exported = new WeakMap<Registry, Exported>();

function exportedIn(registry: Registry): Exported {
  const known = exported.get(registry);
  if (known) return known;
  const registers = [registry];
  const doors: Exported['doors'] = new Map();
  new Gauge({
    name: STEP_METRICS.waiting,
    help: 'Steps that are not done yet.',
    labelNames: ['door', 'kind'],
    registers,
    collect() {
      this.reset();
      for (const [door, waiting] of doors) {
        for (const kind of STEP_KINDS) this.set({ door, kind }, 0);
        for (const { resource } of waiting()) this.inc({ door, kind: resource.kind });
      }
    },
  });
  const made: Exported = {
    steps: new Counter({
      name: STEP_METRICS.steps,
      help: 'Steps that came to an end, each attempt counted as one.',
      labelNames: ['door', 'kind', 'action', 'outcome'],
      registers,
    }),
    wait: new Histogram({
      name: STEP_METRICS.wait,
      help: 'From the first question about a step to its end, however it ended.',
      labelNames: ['door', 'kind', 'action'],
      buckets: WAITS,
      registers,
    }),
    doors,
  };
  exported.set(registry, made);
  return made;
}
