import { availableParallelism } from 'node:os';
import { describe, expect, it } from 'vitest';
import { simulate } from './simulate.ts';
import { inWorkers } from './workers.ts';

const SEEDS = 1_000;
/** A slow machine takes a minute and a half. */
const PATIENCE = 240_000;

describe('operators under every trouble there is', () => {
  it(
    `keep every promise in ${SEEDS} runs`,
    async () => {
      const began = performance.now();
      const outcomes = await inWorkers({ from: 1, count: SEEDS, workers: Math.min(2, availableParallelism()) });
      const failures = outcomes.filter(({ problems }) => problems.length > 0);
      console.log(`${Math.round((SEEDS / (performance.now() - began)) * 1_000)} seeds/s`);
      expect(failures.map(({ seed, problems }) => `seed ${seed}: ${problems.join('; ')}`)).toEqual([]);
      expect(outcomes).toHaveLength(SEEDS);
    },
    PATIENCE,
  );

  it('the same seed gives the same run', async () => {
    for (const seed of [11, 78, 1_001]) expect(await simulate(seed)).toEqual(await simulate(seed));
  });
});
