import { expect, test } from 'vitest';
import { SHORT, soak } from './soak.ts';

const SECONDS = 8;

test('a few seconds of every trouble lose no write, tell no lie and leave nothing open', {
  timeout: 120_000,
}, async () => {
  const { problems, counts } = await soak({ ...SHORT, seconds: SECONDS, seed: Date.now() % 2 ** 31 });
  expect(problems).toEqual([]);
  // and it was no idle time
  expect(counts['writes told done']).toBeGreaterThan(100);
  expect(counts['terms']).toBeGreaterThan(0);
});
