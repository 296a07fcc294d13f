import { seededRandom } from '../support/seeded-random.ts';

/** Decisions by dice; the same seed throws the same. */
export interface Chance {
  /** From 0 up to 1. */
  readonly random: () => number;
  /** True so often. */
  happens(share: number): boolean;
  /** A whole number of the range, both ends included. */
  between(least: number, most: number): number;
  oneOf<T>(choices: readonly [T, ...T[]]): T;
  oneOf<T>(choices: readonly T[]): T | undefined;
}

export function chance(seed: number): Chance {
  const random = seededRandom(seed);
  const between = (least: number, most: number) => least + Math.floor(random() * (most - least + 1));
  return {
    random,
    between,
    happens: (share) => random() < share,
    oneOf: <T>(choices: readonly T[]) => choices[between(0, choices.length - 1)] as T,
  };
}
