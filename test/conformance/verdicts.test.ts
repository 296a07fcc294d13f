import { describe, expect, it } from 'vitest';
import { problemsOf } from '../../src/api/validate.ts';
import { VERDICTS } from './verdicts/all.ts';

describe('what the client says of a manifest', () => {
  it('is tried with at least 120 of them, each under a name of its own', () => {
    expect(VERDICTS.length).toBeGreaterThanOrEqual(120);
    expect(new Set(VERDICTS.map(({ name }) => name)).size).toBe(VERDICTS.length);
  });

  it.each(VERDICTS)('$name', ({ kind, write, before, refused }) => {
    const problems = problemsOf(kind, write, before);
    if (refused === undefined) expect(problems).toEqual([]);
    else expect(problems.map(({ field }) => field)).toContain(refused);
  });
});
