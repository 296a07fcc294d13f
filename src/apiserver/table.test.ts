import { describe, expect, it } from 'vitest';
import { ageOf, humanDuration } from './human-duration.ts';
import { jsonPath } from './json-path.ts';
import type { PrinterColumn } from './resource-type.ts';
import { tableOf } from './table.ts';

const now = Date.parse('2026-01-01T12:00:00Z');

const widget = {
  apiVersion: 'x.io/v1',
  kind: 'Widget',
  metadata: { name: 'w', creationTimestamp: '2026-01-01T11:59:55Z', annotations: { 'a.b/c': 'noted' } },
  spec: {
    int: 3,
    num: 2.5,
    bool: true,
    set: ['a', 'b'],
    obj: { a: 'z' },
    conditions: [
      { type: 'Open', v: '1', n: 1 },
      { type: 'Shut', v: '2', n: 2 },
    ],
  },
};

describe('a JSON path', () => {
  const finds: [path: string, values: unknown[]][] = [
    ['.spec.int', [3]],
    ['{.spec.int}', [3]],
    ['spec.int', [3]],
    ['.spec.nope.deeper', []],
    ['.spec.set', [['a', 'b']]],
    ['.spec.set[*]', ['a', 'b']],
    ['.spec.set[0]', ['a']],
    ['.spec.set[-1]', ['b']],
    ['.spec.set[9]', []],
    ["['spec']['int']", [3]],
    ['.metadata.annotations.a\\.b/c', ['noted']],
    ["['metadata'].annotations['a\\.b/c']", ['noted']],
    ['.metadata.annotations["a.b/c"]', ['noted']],
    ['.spec.conditions[?(@.type=="Open")].v', ['1']],
    [".spec.conditions[?(@.type != 'Open')].v", ['2']],
    ['.spec.conditions[?(@.n>1)].v', ['2']],
    ['.spec.conditions[?(@.n<=1)].v', ['1']],
    ['.spec.conditions[?(@.nope)].v', []],
    ['.spec.conditions[*].type', ['Open', 'Shut']],
    ['.spec.obj.*', ['z']],
    ['.spec.constructor', []],
  ];
  it.each(finds)('%s finds %j', (path, values) => {
    expect(jsonPath(path)(widget)).toEqual(values);
  });

  it('with a sign nobody knows is refused', () => {
    expect(() => jsonPath('.spec[')).toThrow('unrecognized character');
  });
});

describe('an age', () => {
  const second = 1000;
  const minute = 60 * second;
  const hour = 60 * minute;
  const day = 24 * hour;
  const printed: [milliseconds: number, text: string][] = [
    [-2 * second, '<invalid>'],
    [-1 * second, '0s'],
    [-0.5 * second, '0s'],
    [0, '0s'],
    [119.9 * second, '119s'],
    [2 * minute, '2m'],
    [2 * minute + 3 * second, '2m3s'],
    [10 * minute + 3 * second, '10m'],
    [179 * minute, '179m'],
    [3 * hour, '3h'],
    [3 * hour + 5 * minute, '3h5m'],
    [8 * hour + 5 * minute, '8h'],
    [47 * hour, '47h'],
    [48 * hour, '2d'],
    [3 * day + hour, '3d1h'],
    [8 * day + hour, '8d'],
    [729 * day, '729d'],
    [730 * day, '2y'],
    [(730 + 325) * day, '2y325d'],
    [9 * 365 * day, '9y'],
  ];
  it.each(printed)('of %d ms reads %s', (milliseconds, text) => {
    expect(humanDuration(milliseconds)).toBe(text);
  });

  it.each([
    ['', '<unknown>'],
    ['yesterday', '<invalid>'],
    ['2026-01-01', '<invalid>'],
    ['2026-01-01T11:59:00.123456Z', '59s'],
  ])('since %j reads %s', (time, text) => {
    expect(ageOf(time, now)).toBe(text);
  });
});

describe('a table', () => {
  const column = (type: string, path: string): PrinterColumn => ({ name: 'C', type, jsonPath: path });
  const cells: Record<string, { column: PrinterColumn; cell: unknown }> = {
    'an integer': { column: column('integer', '.spec.int'), cell: 3 },
    'a number': { column: column('number', '.spec.num'), cell: 2.5 },
    'a boolean': { column: column('boolean', '.spec.bool'), cell: true },
    'a date as an age': { column: column('date', '.metadata.creationTimestamp'), cell: '5s' },
    'a number as text': { column: column('string', '.spec.num'), cell: '2.5' },
    'a list as JSON': { column: column('string', '.spec.set'), cell: '["a","b"]' },
    'a map as JSON': { column: column('string', '.spec.obj'), cell: '{"a":"z"}' },
    'the first of many': { column: column('string', '.spec.set[*]'), cell: 'a' },
    'nothing for what is missing': { column: column('string', '.spec.nope'), cell: null },
    'nothing for another type': { column: column('integer', '.metadata.name'), cell: null },
  };
  it.each(Object.entries(cells))('shows %s', (_, { column, cell }) => {
    const table = tableOf([widget], [column], {}, 'None', now);
    expect(table.rows).toEqual([{ cells: ['w', cell], object: null }]);
  });

  it('has the name first, and says where a column comes from', () => {
    const { columnDefinitions } = tableOf([], [{ ...column('integer', '.spec.int'), priority: 1 }], {}, 'None', now);
    expect(columnDefinitions).toEqual([
      expect.objectContaining({ name: 'Name', type: 'string', format: 'name', priority: 0 }),
      {
        name: 'C',
        type: 'integer',
        format: '',
        description: 'Custom resource definition column (in JSONPath format): .spec.int',
        priority: 1,
      },
    ]);
  });

  it('carries the place in a list, and as much of the object as was asked for', () => {
    const meta = { resourceVersion: '7', continue: 'more', remainingItemCount: 2 };
    expect(tableOf([widget], [], meta, 'Metadata', now)).toMatchObject({
      metadata: meta,
      rows: [{ object: { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata: widget.metadata } }],
    });
    expect(tableOf([widget], [], meta, 'Object', now).rows[0]?.object).toBe(widget);
  });
});
