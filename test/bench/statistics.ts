/** The value that so large a share of the others does not exceed; 0.5 is the median. */
export function quantile(values: readonly number[], share: number): number {
  if (values.length === 0) throw new RangeError('there is no quantile of nothing');
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length - 1e-9) - (share > 0 ? 1 : 0))] as number;
}

export const median = (values: readonly number[]): number => quantile(values, 0.5);

export interface Sample {
  readonly at: number;
  readonly value: number;
}

/** How much the value grows in one unit of time, by least squares. */
export function slope(samples: readonly Sample[]): number {
  const mean = (of: (sample: Sample) => number) => samples.reduce((sum, each) => sum + of(each), 0) / samples.length;
  const at = mean((sample) => sample.at);
  const value = mean((sample) => sample.value);
  const together = samples.reduce((sum, each) => sum + (each.at - at) * (each.value - value), 0);
  const alone = samples.reduce((sum, each) => sum + (each.at - at) ** 2, 0);
  return alone === 0 ? 0 : together / alone;
}
