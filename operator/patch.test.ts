import { describe, expect, it } from 'vitest';
import { patchOf } from './patch.ts';

describe('the merge patch from one status to another', () => {
  it.each<[promise: string, before: object | undefined, after: object, then: object | undefined]>([
    ['has everything where there was nothing', undefined, { a: 1 }, { a: 1 }],
    ['has only what changed', { a: 1, b: 2 }, { a: 1, b: 3 }, { b: 3 }],
    ['has null for what is gone', { a: 1, b: 2 }, { a: 1 }, { b: null }],
    ['has null for what is undefined now', { a: 1 }, { a: undefined }, { a: null }],
    ['leaves out what never was', {}, { a: undefined }, undefined],
    ['is nothing where nothing changed', { a: [1, { b: 2 }] }, { a: [1, { b: 2 }] }, undefined],
    ['replaces a list whole', { a: [1, 2] }, { a: [1] }, { a: [1] }],
    ['empties a list', { a: [1] }, { a: [] }, { a: [] }],
    ['goes into objects', { a: { b: 1, c: 2 } }, { a: { b: 1, c: 3 } }, { a: { c: 3 } }],
    ['puts an object where there was none', { a: 1 }, { a: { b: 1 } }, { a: { b: 1 } }],
    ['tells 0 from nothing', {}, { a: 0 }, { a: 0 }],
  ])('%s', (_, before, after, then) => {
    expect(patchOf(before, after)).toEqual(then);
  });
});
