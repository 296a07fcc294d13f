import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { judge } from './gate-cel.ts';

const items = (count: number) => ({ items: Array.from({ length: count }, (_, index) => ({ index })) });
const twenty = `[${Array(20).fill(1).join(',')}]`;
const nested = Array.from({ length: 12 }).reduce<string>(
  (inner, _, index) => `${twenty}.all(v${index}, ${inner})`,
  'true',
);

describe('an expression over an object', () => {
  it.each<[promise: string, when: string, object: unknown, then: 'met' | 'not met' | 'invalid']>([
    ['compares whole numbers', 'object.a >= 2', { a: 2 }, 'met'],
    ['compares them with fractions', 'object.a < 2.5', { a: 2 }, 'met'],
    ['asks whether something is there', 'has(object.a) && object.a.b', {}, 'not met'],
    ['takes null for absent', 'has(object.a)', { a: null }, 'not met'],
    ['is not met where a field is missing', 'object.a.b == 1', {}, 'not met'],
    ['is not met where types differ', 'object.a > "x"', { a: 1 }, 'not met'],
    ['is not met where nothing can be computed', '1 / object.a == 1', { a: 0 }, 'not met'],
    [
      'looks through lists',
      'object.c.exists(c, c.type == "Ready" && c.status == "True")',
      { c: [{ type: 'Ready', status: 'True' }] },
      'met',
    ],
    ['looks through a thousand items', 'object.items.exists(i, i.index == 999)', items(1_000), 'met'],
    [
      'gathers',
      'object.items.filter(i, i.index > 1).size() == 2 && object.items.map(i, i.index)[3] == 3',
      items(4),
      'met',
    ],
    [
      'looks through maps',
      'object.labels.all(k, object.labels[k] != "") && "a" in object.labels',
      { labels: { a: 'b' } },
      'met',
    ],
    [
      'knows times and durations',
      'timestamp(object.t) + duration("1h") < timestamp("2030-01-01T00:00:00Z")',
      { t: '2026-01-01T00:00:00Z' },
      'met',
    ],
    ['matches', 'object.a.matches("^x+$") && object.a.startsWith("x")', { a: 'xxx' }, 'met'],
    ['must be CEL', 'object.a >', {}, 'invalid'],
    ['must be true or false', 'object.a', { a: 1 }, 'invalid'],
    ['must be short', `${'true && '.repeat(200)}true`, {}, 'invalid'],
    ['is not asked of an object that is too large', 'true', { a: 'x'.repeat(600_000) }, 'not met'],
    ['survives an object that is none', 'object.a == 1', undefined, 'not met'],
    ['survives one that cannot be written', 'true', { a: 1n }, 'not met'],
    ['knows no function that makes texts grow', 'object.a.replace("", object.a) != ""', { a: 'x' }, 'not met'],
  ])('%s', (_, when, object, then) => expect(judge(when, object).is).toBe(then));

  it.each<[string, string, unknown]>([
    [
      'loops in loops in loops',
      'object.items.all(a, object.items.all(b, object.items.all(c, a.index + b.index + c.index >= 0)))',
      items(1_000),
    ],
    ['loops over what is written out', nested, {}],
    ['lists that are made', 'object.items.map(a, object.items.map(b, a.index + b.index)).size() > 0', items(2_000)],
    [
      'long lists searched in loops',
      'object.items.all(a, object.items.exists(b, a in object.items && b in object.items))',
      items(500),
    ],
    ['regular expressions on long texts', 'object.a.matches("^(.*a){50}$")', { a: 'ab'.repeat(40_000) }],
  ])('may not cost much: %s', (_, when, object) => {
    expect(judge(when, object)).toEqual({ is: 'not met', message: '`when` costs too much to evaluate on this object' });
  });

  it('pays for itself only: the next one is answered', () => {
    judge(nested, {});
    expect(judge('object.a == 1', { a: 1 })).toEqual({ is: 'met' });
  });

  it('never throws', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 60 }), fc.jsonValue(), (when, object) => {
        expect(['met', 'not met', 'invalid']).toContain(judge(when, object).is);
      }),
    );
  });
});
