import { describe, expect, it } from 'vitest';
import type { StructuralSchema } from '../api/structural.ts';
import { prune, validate } from './schema-validation.ts';

const text: StructuralSchema = { type: 'string' };
const integer: StructuralSchema = { type: 'integer' };

/** A schema for the field `f`, a value of it, and what is said, each line with its field. */
type Case = [schema: StructuralSchema, value: unknown, says: string[]];

const says = (schema: StructuralSchema, value: unknown): string[] =>
  validate({ type: 'object', properties: { f: schema } }, { f: value }).map(
    ({ field, message }) => `${field}: ${message}`,
  );

describe('validation says in the words of a real server', () => {
  const words: Record<string, Case[]> = {
    'what has another type': [
      [text, 1, ['f: Invalid value: "integer": f in body must be of type string: "integer"']],
      [text, [1], ['f: Invalid value: "array": f in body must be of type string: "array"']],
      [text, null, ['f: Invalid value: "null": f in body must be of type string: "null"']],
      [{ type: 'boolean' }, 'true', ['f: Invalid value: "string": f in body must be of type boolean: "string"']],
      [
        integer,
        1.5,
        [
          'f: Invalid value: "number": f in body must be of type integer: "number"',
          '<nil>: Invalid value: "": Checked value must be of type integer (default format) in f',
        ],
      ],
      [
        { 'x-kubernetes-int-or-string': true },
        true,
        ['f: Invalid value: "boolean": f in body must be of type integer,string: "boolean"'],
      ],
      [
        { type: 'array', items: text },
        ['a', 1],
        ['f[1]: Invalid value: "integer": f[1] in body must be of type string: "integer"'],
      ],
    ],
    'what is out of range': [
      [{ ...integer, minimum: 1 }, 0, ['f: Invalid value: 0: f in body should be greater than or equal to 1']],
      [{ ...integer, maximum: 5 }, 6, ['f: Invalid value: 6: f in body should be less than or equal to 5']],
      [
        { type: 'number', minimum: 1, exclusiveMinimum: true },
        1,
        ['f: Invalid value: 1: f in body should be greater than 1'],
      ],
      [
        { type: 'number', maximum: 9.5, exclusiveMaximum: true },
        9.5,
        ['f: Invalid value: 9.5: f in body should be less than 9.5'],
      ],
      [{ ...integer, multipleOf: 3 }, 4, ['f: Invalid value: 4: f in body should be a multiple of 3']],
      [
        { ...integer, format: 'int32' },
        3e9,
        ['<nil>: Invalid value: "": Checked value must be of type integer with format int32 in f'],
      ],
    ],
    'what has the wrong length or form': [
      [{ ...text, minLength: 2 }, 'a', ['f: Invalid value: "a": f in body should be at least 2 chars long']],
      [{ ...text, maxLength: 3 }, 'éééé', ['f: Too long: may not be more than 3 bytes']],
      [{ ...text, pattern: '^[a-z]+$' }, 'ABC', ['f: Invalid value: "ABC": f in body should match \'^[a-z]+$\'']],
      [{ ...text, maxLength: 1, pattern: '^a$' }, 'bb', ['f: Too long: may not be more than 1 bytes']],
      [{ ...text, enum: ['B', 'A'] }, 'C', ['f: Unsupported value: "C": supported values: "B", "A"']],
      [{ ...integer, enum: [1, 2] }, 3, ['f: Unsupported value: 3: supported values: "1", "2"']],
      [
        { ...text, format: 'date-time' },
        'nope',
        ['f: Invalid value: "nope": f in body must be of type date-time: "nope"'],
      ],
    ],
    'what has too much or too little in it': [
      [
        { type: 'array', minItems: 1, items: text },
        [],
        ['f: Invalid value: 0: f in body should have at least 1 items'],
      ],
      [{ type: 'array', maxItems: 1, items: text }, ['a', 'b'], ['f: Too many: 2: must have at most 1 items']],
      [
        { type: 'object', minProperties: 1, additionalProperties: text },
        {},
        ['f: Invalid value: 0: f in body should have at least 1 properties'],
      ],
      [
        { type: 'object', maxProperties: 1, additionalProperties: text },
        { a: '1', b: '2' },
        ['f: Too many: 2: must have at most 1 items'],
      ],
      [{ type: 'object', required: ['q'], properties: { q: text } }, {}, ['f.q: Required value']],
    ],
    'what is there twice': [
      [
        { type: 'array', 'x-kubernetes-list-type': 'set', items: text },
        ['a', 'a', 'b', 'a'],
        ['f[1]: Duplicate value: "a"'],
      ],
      [
        {
          type: 'array',
          'x-kubernetes-list-type': 'map',
          'x-kubernetes-list-map-keys': ['a', 'b'],
          items: { type: 'object' },
        },
        [
          { a: 'x', b: 1 },
          { a: 'x', b: 1, c: 2 },
        ],
        ['f[1]: Duplicate value: {"a":"x","b":1}'],
      ],
    ],
    'which alternatives do not hold': [
      [
        { ...text, anyOf: [{ minLength: 3 }, { pattern: '^x' }] },
        'ab',
        [
          '<nil>: Invalid value: "": "f" must validate at least one schema (anyOf)',
          'f: Invalid value: "ab": f in body should be at least 3 chars long',
        ],
      ],
      [
        { type: 'object', properties: { a: text, b: text }, oneOf: [{ required: ['a'] }, { required: ['b'] }] },
        { a: '1', b: '2' },
        ['<nil>: Invalid value: "": "f" must validate one and only one schema (oneOf). Found 2 valid alternatives'],
      ],
      [
        { ...text, allOf: [{ minLength: 3 }, { pattern: '^x' }] },
        'abcd',
        [
          'f: Invalid value: "abcd": f in body should match \'^x\'',
          '<nil>: Invalid value: "": "f" must validate all the schemas (allOf)',
        ],
      ],
      [
        { ...text, not: { enum: ['bad'] } },
        'bad',
        ['<nil>: Invalid value: "": "f" must not validate the schema (not)'],
      ],
    ],
    'what an embedded object lacks': [
      [
        { type: 'object', 'x-kubernetes-embedded-resource': true },
        {},
        ['f.apiVersion: Required value', 'f.kind: Required value'],
      ],
    ],
    'nothing when all is well': [
      [{ ...text, nullable: true }, null, []],
      [{ ...text, maxLength: 3 }, 'ééé', []],
      [integer, 2.0, []],
      [{ 'x-kubernetes-preserve-unknown-fields': true }, [{ any: 'thing' }], []],
      [{ ...text, format: 'whatever' }, 'x', []],
    ],
  };
  it.each(Object.entries(words))('%s', (_, cases) => {
    for (const [schema, value, said] of cases) expect(says(schema, value)).toEqual(said);
  });

  const formats: Record<string, { good: string[]; bad: string[] }> = {
    'date-time': {
      good: ['2024-01-01T00:00:00Z', '2024-02-29t00:00:00.123456+02:00'],
      bad: [
        '',
        '2024-01-01',
        '2024-02-31T00:00:00Z',
        '2024-01-01T25:00:00Z',
        '2024-01-01T00:00:00',
        '2024-01-01T00:00:00+0200',
      ],
    },
    date: { good: ['2024-02-29'], bad: ['2024-13-01', '2023-02-29'] },
    byte: { good: ['YWJj', 'YQ=='], bad: ['', 'YWJ', '!!'] },
    duration: { good: ['5m', '1h30m', '5 days', '1d'], bad: ['x', '5'] },
    uuid: { good: ['A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11', 'A0EEBC999C0B4EF8BB6D6BB9BD380A11'], bad: ['x'] },
    uuid4: { good: ['A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11'], bad: ['A0EEBC99-9C0B-1EF8-BB6D-6BB9BD380A11'] },
    ipv4: { good: ['1.2.3.4'], bad: ['1.2.3', '::1'] },
    ipv6: { good: ['::1'], bad: ['1.2.3.4', '::zz'] },
    cidr: { good: ['1.2.3.4/24', '::/0'], bad: ['1.2.3.4', '1.2.3.4/33'] },
    uri: { good: ['http://a', '/a'], bad: ['x'] },
    hostname: { good: ['a', 'a.example.org'], bad: ['a_b', '-a', 'a.b'] },
    email: { good: ['a@b'], bad: ['x'] },
  };
  it.each(Object.entries(formats))('knows the format %s', (format, { good, bad }) => {
    for (const value of good) expect(says({ ...text, format }, value)).toEqual([]);
    for (const value of bad) expect(says({ ...text, format }, value)).toHaveLength(1);
  });
});

describe('pruning', () => {
  const spec: StructuralSchema = {
    type: 'object',
    properties: {
      known: text,
      withDefault: { ...text, default: 'd' },
      nullable: { ...text, nullable: true },
      list: { type: 'array', items: { type: 'object', properties: { a: text } } },
      loose: {
        type: 'object',
        'x-kubernetes-preserve-unknown-fields': true,
        properties: { strict: { type: 'object' } },
      },
      map: { type: 'object', additionalProperties: { type: 'object', properties: { a: text } } },
      embedded: { type: 'object', 'x-kubernetes-embedded-resource': true },
    },
  };
  const cases: Record<string, { given: unknown; gives: unknown; unknown: string[] }> = {
    'removes what is unknown, at any depth': {
      given: { known: 'x', other: 1, list: [{ a: '1' }, { b: '2' }], map: { k: { a: '1', b: '2' } } },
      gives: { known: 'x', list: [{ a: '1' }, {}], map: { k: { a: '1' } } },
      unknown: ['spec.other', 'spec.list[1].b', 'spec.map.k.b'],
    },
    'keeps what is to be preserved, but not inside of what is known': {
      given: { loose: { any: { thing: 1 }, strict: { x: 1 } } },
      gives: { loose: { any: { thing: 1 }, strict: {} } },
      unknown: ['spec.loose.strict.x'],
    },
    'keeps type and metadata of an embedded object': {
      given: { embedded: { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'a', nam: 'b' }, spec: {} } },
      gives: { embedded: { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'a' } } },
      unknown: ['spec.embedded.metadata.nam', 'spec.embedded.spec'],
    },
    'drops nulls, unless they are allowed or a default waits': {
      given: { known: null, withDefault: null, nullable: null },
      gives: { withDefault: null, nullable: null },
      unknown: [],
    },
    'takes __proto__ for a key like another': {
      given: JSON.parse('{"__proto__":{"a":1}}'),
      gives: {},
      unknown: ['spec.__proto__'],
    },
  };
  it.each(Object.entries(cases))('%s', (_, { given, gives, unknown }) => {
    const pruned = prune({ type: 'object', properties: { spec } }, { metadata: { name: 'x' }, spec: given });
    expect(pruned).toEqual({ value: { metadata: { name: 'x' }, spec: gives }, unknown });
  });

  it('gives the object itself when there is nothing to remove', () => {
    const object = { apiVersion: 'x.io/v1', kind: 'X', metadata: { labels: { a: 'b' } }, spec: { known: 'x' } };
    expect(prune({ type: 'object', properties: { spec } }, object).value).toBe(object);
  });
});
