import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { API_METRICS } from '../src/kube/counted-transport.ts';

/** Every name the operator exports. Dashboards, alerts and their tests read it from here. */
export const METRICS = {
  grants: 'konductor_grants_total',
  wait: 'konductor_wait_seconds',
  hold: 'konductor_hold_seconds',
  queueDepth: 'konductor_queue_depth',
  expirations: 'konductor_expirations_total',
  refusals: 'konductor_refusals_total',
  swaps: 'konductor_swaps_total',
  apiRequests: API_METRICS.requests,
  apiSeconds: API_METRICS.seconds,
  decide: 'konductor_decide_seconds',
  errors: 'konductor_errors_total',
  events: 'konductor_events_total',
  leader: 'konductor_leader',
  objects: 'konductor_objects',
  watchSilent: 'konductor_watch_silent_seconds',
  workqueueDepth: 'konductor_workqueue_depth',
  workqueueFailing: 'konductor_workqueue_failing',
  workqueueOldest: 'konductor_workqueue_oldest_seconds',
  workqueueWait: 'konductor_workqueue_wait_seconds',
  workqueueWork: 'konductor_workqueue_work_seconds',
} as const;

const MILLISECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const MINUTES = [0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60, 300, 600, 1_800, 3_600, 14_400, 43_200];

export interface OperatorMetrics {
  readonly registry: Registry;
  readonly grants: Counter<'kind'>;
  readonly wait: Histogram<'kind'>;
  readonly hold: Histogram<'kind'>;
  readonly expirations: Counter<'kind' | 'reason'>;
  readonly refusals: Counter<'kind' | 'reason'>;
  readonly swaps: Counter<'kind' | 'result'>;
  readonly decide: Histogram<'kind'>;
  readonly errors: Counter<'area'>;
  readonly events: Counter<'result'>;
  readonly workqueueWait: Histogram<'kind'>;
  readonly workqueueWork: Histogram<'kind'>;
  /** A number that is looked up when somebody asks. */
  gauge<Label extends string>(
    name: string,
    help: string,
    labelNames: readonly Label[],
    read: () => readonly Reading<Label>[],
  ): void;
}

export interface Reading<Label extends string> {
  readonly labels: Readonly<Record<Label, string>>;
  readonly value: number;
}

export function operatorMetrics(registry: Registry = new Registry()): OperatorMetrics {
  const registers = [registry];
  const counter = <Label extends string>(name: string, help: string, labelNames: readonly Label[]): Counter<Label> =>
    new Counter({ name, help, labelNames, registers });
  const histogram = <Label extends string>(
    name: string,
    help: string,
    labelNames: readonly Label[],
    buckets: number[],
  ): Histogram<Label> => new Histogram({ name, help, labelNames, buckets, registers });

  return {
    registry,
    grants: counter(METRICS.grants, 'Claims that were told of their grant.', ['kind']),
    wait: histogram(METRICS.wait, 'From first seeing a claim to telling it of its grant.', ['kind'], MINUTES),
    hold: histogram(METRICS.hold, 'From telling a claim of its grant to its end.', ['kind'], MINUTES),
    expirations: counter(METRICS.expirations, 'Holds that were taken back.', ['kind', 'reason']),
    refusals: counter(METRICS.refusals, 'Claims that were denied.', ['kind', 'reason']),
    swaps: counter(METRICS.swaps, 'Swaps of a status: written, refused (somebody was faster), failed.', [
      'kind',
      'result',
    ]),
    decide: histogram(METRICS.decide, 'How long a decision took.', ['kind'], MILLISECONDS),
    errors: counter(METRICS.errors, 'What went wrong and is tried again.', ['area']),
    events: counter(METRICS.events, 'Kubernetes events: written, suppressed to bound their number, failed.', [
      'result',
    ]),
    workqueueWait: histogram(METRICS.workqueueWait, 'How long a resource waited for its turn.', ['kind'], MILLISECONDS),
    workqueueWork: histogram(METRICS.workqueueWork, 'How long one turn took.', ['kind'], MILLISECONDS),
    gauge(name, help, labelNames, read) {
      new Gauge({
        name,
        help,
        labelNames,
        registers,
        collect() {
          this.reset();
          for (const { labels, value } of read()) this.set(labels, value);
        },
      });
    },
  };
}
