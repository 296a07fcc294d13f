import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatTime, parseTime } from './time.ts';

describe('a time', () => {
  it('is written with the six digits an API server demands of a MicroTime', () => {
    expect(formatTime(Date.parse('2026-01-31T12:00:00.007Z'))).toBe('2026-01-31T12:00:00.007000Z');
  });

  it.each([
    ['2026-01-31T12:00:00Z', 0],
    ['2026-01-31T12:00:00.5Z', 500],
    ['2026-01-31T12:00:00.123456Z', 123.456],
  ])('%s is read to the microsecond', (text, milliseconds) => {
    expect(parseTime(text) - Date.parse('2026-01-31T12:00:00Z')).toBeCloseTo(milliseconds, 2);
  });

  it('reads back what it wrote', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: Date.parse('2100-01-01') }), (epoch) => {
        expect(parseTime(formatTime(epoch))).toBe(epoch);
      }),
    );
  });

  it('is not a number when it is no time', () => {
    expect(parseTime('yesterday')).toBeNaN();
  });
});
