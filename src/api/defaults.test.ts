import { describe, expect, it } from 'vitest';
import { applyDefaults } from './defaults.ts';
import type { StructuralSchema } from './structural.ts';

describe('defaults', () => {
  it.each<[promise: string, schema: StructuralSchema, value: unknown, then: unknown]>([
    ['fill what is not said', { properties: { a: { default: 1 } } }, {}, { a: 1 }],
    ['leave what is said', { properties: { a: { default: 1 } } }, { a: 0 }, { a: 0 }],
    ['take the place of a null', { properties: { a: { default: 1 } } }, { a: null }, { a: 1 }],
    ['leave a null that may be', { properties: { a: { default: 1, nullable: true } } }, { a: null }, { a: null }],
    ['leave a null without a default, to be refused', { properties: { a: {} } }, { a: null }, { a: null }],
    ['reach into lists', { items: { properties: { a: { default: 1 } } } }, [{}, { a: 2 }], [{ a: 1 }, { a: 2 }]],
    ['reach into maps', { additionalProperties: { properties: { a: { default: 1 } } } }, { x: {} }, { x: { a: 1 } }],
    [
      'reach into defaults',
      { properties: { s: { default: {}, properties: { a: { default: [] } } } } },
      {},
      { s: { a: [] } },
    ],
    ['need somewhere to go', { properties: { s: { properties: { a: { default: 1 } } } } }, {}, {}],
  ])('%s', (_, schema, value, then) => {
    expect(applyDefaults(schema, value)).toEqual(then);
  });

  it('do not touch what was given', () => {
    const given = Object.freeze({});
    expect(applyDefaults({ properties: { a: { default: 1 } } }, given)).not.toBe(given);
  });
});
