/** Grows with each failure until something works again. */
export interface Backoff {
  /** Milliseconds to wait after one more failure. */
  next(): number;
  reset(): void;
}

export interface BackoffRange {
  readonly base: number;
  readonly longest: number;
}

/** Anywhere between nothing and the doubled bound: a thousand clients cut off together do not come back together. */
export function fullJitter({ base, longest }: BackoffRange, random: () => number): Backoff {
  let failures = 0;
  return {
    next: () => random() * Math.min(longest, base * 2 ** Math.min(failures++, MAX_DOUBLINGS)),
    reset() {
      failures = 0;
    },
  };
}

/** Beyond this the bound is reached anyway, and 2 ** n would go to infinity. */
const MAX_DOUBLINGS = 32;
