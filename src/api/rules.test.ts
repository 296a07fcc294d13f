import { describe, expect, it } from 'vitest';
import { ruleChecker } from './rules.ts';
import type { StructuralSchema } from './structural.ts';

const aRule = (rule: string, fieldPath?: string) => ({
  'x-kubernetes-validations': [{ rule, message: 'is not so', ...(fieldPath && { fieldPath }) }],
});

describe('a CEL rule', () => {
  it.each<[promise: string, schema: StructuralSchema, value: unknown, fields: string[]]>([
    ['is silent when it holds', aRule('self.a < self.b'), { a: 1, b: 2 }, []],
    ['names its place', { properties: { x: aRule('self > 1') } }, { x: 1 }, ['x']],
    ['names the field it blames', { properties: { x: aRule('self.a > 1', '.a') } }, { x: { a: 1 } }, ['x.a']],
    ['is asked of each item', { items: aRule('self > 1') }, [2, 1, 0], ['[1]', '[2]']],
    ['is asked of each value of a map', { additionalProperties: aRule('self > 1') }, { a: 2, b: 1 }, ['b']],
    ['is not asked where there is nothing', { properties: { x: aRule('false') } }, {}, []],
    ['sees a null as nothing', aRule('!has(self.a)'), { a: null }, []],
    ['refuses when it cannot be evaluated', aRule('self.nothing > 1'), {}, ['']],
    ['compares durations', aRule("duration(self.a) < duration('1m30s')"), { a: '89.5s' }, []],
    [
      'compares times to the microsecond',
      { ...aRule('self.a < self.b'), properties: { a: { format: 'date-time' }, b: { format: 'date-time' } } },
      { a: '2026-01-01T00:00:00.000001Z', b: '2026-01-01T00:00:00.000002Z' },
      [],
    ],
    ['divides numbers as numbers where the schema says so', { type: 'number', ...aRule('self / 2.0 == 0.5') }, 1, []],
  ])('%s', (_, schema, value, fields) => {
    expect(ruleChecker(schema)(value).map(({ field }) => field)).toEqual(fields);
  });

  it('on a change is asked only when there was something before', () => {
    const check = ruleChecker({ properties: { x: aRule('self >= oldSelf') } });
    expect(check({ x: 1 })).toEqual([]);
    expect(check({ x: 1 }, {})).toEqual([]);
    expect(check({ x: 1 }, { x: 2 })).toHaveLength(1);
    expect(check({ x: 3 }, { x: 2 })).toEqual([]);
  });

  it('on a change finds the old item by its key, and none in a list without keys', () => {
    const items = aRule('self.n >= oldSelf.n');
    const byKey: StructuralSchema = { items, 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['id'] };
    const now = [{ id: 'b', n: 1 }];
    const old = [
      { id: 'a', n: 0 },
      { id: 'b', n: 2 },
    ];
    expect(ruleChecker(byKey)(now, old)).toHaveLength(1);
    expect(ruleChecker({ items })(now, old)).toEqual([]);
  });

  it('that is not CEL is named', () => {
    expect(() => ruleChecker(aRule('self ==='))).toThrow('this rule is not CEL: self ===');
  });
});
