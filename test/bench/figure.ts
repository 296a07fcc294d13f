import { appendFileSync } from 'node:fs';
import { join } from 'node:path';

/** One number a benchmark found, with what it was measured against in the same run. */
export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** What the same work costs without us; timings on shared machines mean something as ratios only. */
  readonly control?: number;
  readonly ratio?: number;
  /** What we hold ourselves to, for people. */
  readonly goal?: string;
  readonly met?: boolean;
}

/** A benchmark says under which load it ran, and gives its figures as it finds them. */
export interface Benchmark {
  readonly load: string;
  readonly run: () => AsyncGenerator<Figure>;
}

/** A figure held against a control: the goal is on their ratio. */
export function compared(
  name: string,
  value: number,
  unit: string,
  control: number,
  goal?: { readonly atMost: number },
): Figure {
  const ratio = value / control;
  return {
    name,
    value,
    unit,
    control,
    ratio,
    ...(goal && { goal: `ratio ≤ ${goal.atMost}`, met: ratio <= goal.atMost }),
  };
}

const RESULTS = join(import.meta.dirname, 'results.jsonl');

export function record(figures: readonly Figure[]): void {
  appendFileSync(RESULTS, figures.map((figure) => `${JSON.stringify(figure)}\n`).join(''));
}

/** Figures as a table for people. */
export function tableOf(figures: readonly Figure[]): string {
  const rows = figures.map(({ name, value, unit, control, ratio, goal, met }) => [
    name,
    `${round(value)} ${unit}`,
    control === undefined ? '' : `${round(control)} ${unit}`,
    ratio === undefined ? '' : `${ratio.toFixed(2)} ×`,
    goal ?? '',
    met === undefined ? '' : met ? 'met' : 'MISSED',
  ]);
  const all = [['figure', 'value', 'control', 'ratio', 'goal', ''], ...rows];
  const widths = all[0]?.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0))) ?? [];
  return all
    .map((row) =>
      row
        .map((text, column) => text.padEnd(widths[column] ?? 0))
        .join('   ')
        .trimEnd(),
    )
    .join('\n');
}

const round = (value: number): string => (value >= 100 ? value.toFixed(0) : value.toPrecision(3));
