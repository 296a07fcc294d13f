import type { Clock } from '../src/api/clock.ts';
import type { Controller, Source } from './controller.ts';
import { METRICS, type OperatorMetrics, type Reading } from './metrics.ts';
import type { Rules } from './rules.ts';
import type { AnyObject } from './writer.ts';

export interface GaugesOptions {
  readonly metrics: OperatorMetrics;
  /** In the order of the rules. */
  readonly controllers: readonly Controller[];
  readonly rules: readonly Rules[];
  readonly sources: ReadonlyMap<string, Source>;
  readonly isActing: () => boolean;
  readonly clock: Clock;
}

/** Resources with a queue that have a line of their own, longest first; the rest is summed up. */
const LABELLED = 100;

/** What is looked up when somebody asks: depths, sizes, who leads. */
export function exportGauges({ metrics, controllers, rules, sources, isActing, clock }: GaugesOptions): void {
  metrics.gauge(METRICS.leader, 'Whether this one decides: 1 or 0.', [], () => [
    { labels: {}, value: isActing() ? 1 : 0 },
  ]);
  metrics.gauge(METRICS.objects, 'Objects that are known.', ['kind'], () =>
    [...sources].map(([kind, { cache }]) => ({ labels: { kind }, value: cache.size })),
  );
  const silence = 'How long ago the watch last brought a word: a server that is well sends one each minute.';
  metrics.gauge(METRICS.watchSilent, silence, ['kind'], () =>
    [...sources].map(([kind, { cache }]) => ({ labels: { kind }, value: (clock.monotonic() - cache.heardAt) / 1_000 })),
  );
  metrics.gauge(METRICS.queueDepth, 'Claims that wait, of the resources where most do.', QUEUE, () =>
    rules.flatMap(({ kind: { kind } }) => queueDepths(kind, sources.get(kind)?.cache.all() ?? [])),
  );
  const queueGauge = (name: string, help: string, read: (numbers: Numbers) => number) =>
    metrics.gauge(name, help, ['kind'], () =>
      rules.flatMap(({ kind: { kind } }, index) => {
        const numbers = controllers[index]?.numbers();
        return numbers ? [{ labels: { kind }, value: read(numbers) }] : [];
      }),
    );
  queueGauge(METRICS.workqueueDepth, 'Resources whose turn it is.', ({ ready }) => ready);
  queueGauge(METRICS.workqueueFailing, 'Resources whose last turn failed.', ({ failing }) => failing);
  queueGauge(METRICS.workqueueOldest, 'How long the first has waited.', ({ oldest }) => oldest / 1_000);
}

type Numbers = NonNullable<ReturnType<Controller['numbers']>>;

const QUEUE = ['kind', 'namespace', 'name'] as const;

function queueDepths(kind: string, resources: readonly AnyObject[]): Reading<(typeof QUEUE)[number]>[] {
  const queues = resources
    .map(({ metadata, status }) => ({ metadata, value: Number(status?.['waiting'] ?? 0) }))
    .filter(({ value }) => value > 0)
    .toSorted((a, b) => b.value - a.value);
  const rest = queues.slice(LABELLED).reduce((sum, { value }) => sum + value, 0);
  const line = (namespace: string, name: string, value: number) => ({ labels: { kind, namespace, name }, value });
  return [
    ...queues.slice(0, LABELLED).map(({ metadata, value }) => line(metadata.namespace ?? '', metadata.name, value)),
    ...(rest > 0 ? [line('', '', rest)] : []),
  ];
}
