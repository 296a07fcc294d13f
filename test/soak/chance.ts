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
  const random = mulberry32(seed);
  const between = (least: number, most: number) => least + Math.floor(random() * (most - least + 1));
  return {
    random,
    between,
    happens: (share) => random() < share,
    oneOf: <T>(choices: readonly T[]) => choices[between(0, choices.length - 1)] as T,
  };
}

/** https://gist.github.com/tommyettinger/46a874533244883189143505d203312c */
function mulberry32(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
