import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatDuration, parseDuration } from './duration.ts';

describe('a duration', () => {
  it.each([
    ['0s', 0],
    ['500ms', 500],
    ['1.5s', 1_500],
    ['10m0s', 600_000],
    ['1h0m0s', 3_600_000],
    ['1h30m', 5_400_000],
    ['1m1.25s', 61_250],
    ['24h', 86_400_000],
    // less than a millisecond still is some time
    ['0.000000001s', 1],
  ])('%s is %d ms', (text, milliseconds) => {
    expect(parseDuration(text)).toBe(milliseconds);
  });

  it.each(['', '5', '-1s', '1d', '1.5h', '1h 30m', '.5s', '5s\n', '1e3s', '100000s'])('%j is none', (text) => {
    expect(parseDuration(text)).toBeUndefined();
  });

  it.each([
    [0, '0s'],
    [90_000, '1m30s'],
    [7, '7ms'],
    [1_500, '1.5s'],
    [61_001, '1m1.001s'],
    [3_600_000, '1h'],
    [360_003_600_000, '99999h2h'],
  ])('%d ms is written %s', (milliseconds, text) => {
    expect(formatDuration(milliseconds)).toBe(text);
  });

  it('of more than twenty-two years is none that can be written', () => {
    expect(() => formatDuration(23 * 365.25 * 86_400_000)).toThrow(RangeError);
  });

  it('is written so that it reads back the same, up to twenty years', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 20 * 365 * 86_400_000 }), (milliseconds) => {
        expect(parseDuration(formatDuration(milliseconds))).toBe(milliseconds);
      }),
    );
  });
});
