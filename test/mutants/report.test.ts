import { describe, expect, it } from 'vitest';
import type { Mutant } from './mutant.ts';
import { troubleOf, type Verdicts } from './report.ts';
import type { Verdict } from './trial.ts';

const killedBy = { file: 'a.test.ts', test: 'holds' };
const mutant: Mutant = { name: 'does not hold', file: 'a.ts', find: 'a', replace: 'b', killedBy };
const said = (state: Verdict['state'], message = ''): Verdict => ({ ...killedBy, state, message });
const green = [said('passed')];

describe('a bug', () => {
  it.each<[promise: string, withIt: Verdicts, without: Verdicts, then: string | undefined]>([
    ['is found by a test that fails with it alone', [said('failed')], green, undefined],
    ['is found when one of several of that name fails', [said('passed'), said('failed')], green, undefined],
    ['survives a test that passes', green, green, 'SURVIVED'],
    ['survives a test that another fails beside', [{ ...said('failed'), test: 'other' }], green, 'SURVIVED'],
    ['is not found by a test that is always red', [said('failed')], [said('failed', 'no')], 'red without'],
    ['is not found by a test that there is not', [said('failed')], [], 'there is no such test'],
    ['is not found where the code does not run', [said('broken', 'x is not defined')], green, 'does not run'],
    ['is not found where the test hangs', 'hung', green, 'hang'],
    ['is not found where nothing was to compare with', [said('failed')], 'hung', 'there is no such test'],
  ])('%s', (_, withIt, without, then) => {
    const trouble = troubleOf(mutant, withIt, without);
    if (then === undefined) expect(trouble).toBeUndefined();
    else expect(trouble).toContain(then);
  });
});
