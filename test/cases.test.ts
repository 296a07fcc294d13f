import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '..');
const PAGE = readFileSync(join(ROOT, 'docs/cases.md'), 'utf8');

const CASES = [...PAGE.matchAll(/^\| (\d+) \| (.*?) \|.*\| `(.*)` in (\S+) \|$/gm)].map(
  ([, number, what, test = '', file = '']) => ({ number: Number(number), what, test, file }),
);

describe('the cases in which the obvious design fails', () => {
  it('are thirty', () => {
    expect(CASES.map(({ number }) => number)).toEqual(Array.from({ length: 30 }, (_, index) => index + 1));
  });

  it.each(CASES)('$number, $what: has its test', ({ test, file }) => {
    expect(readFileSync(join(ROOT, file), 'utf8')).toContain(test);
  });
});
