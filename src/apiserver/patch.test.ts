import { describe, expect, it } from 'vitest';
import { jsonPatch, mergePatch, PatchError, REJECTED } from './patch.ts';

const document = { spec: { must: 'x', set: ['a', 'b'], 'a/b~c': 1 } };

describe('a JSON patch', () => {
  const then: Record<string, { patch: unknown; gives: unknown }> = {
    'adds a key': { patch: [{ op: 'add', path: '/spec/n', value: 1 }], gives: { spec: { ...document.spec, n: 1 } } },
    'adds at the end of a list': {
      patch: [{ op: 'add', path: '/spec/set/-', value: 'c' }],
      gives: { spec: { ...document.spec, set: ['a', 'b', 'c'] } },
    },
    'inserts before an index': {
      patch: [{ op: 'add', path: '/spec/set/1', value: 'c' }],
      gives: { spec: { ...document.spec, set: ['a', 'c', 'b'] } },
    },
    'replaces an item counted from the end': {
      patch: [{ op: 'replace', path: '/spec/set/-1', value: 'q' }],
      gives: { spec: { ...document.spec, set: ['a', 'q'] } },
    },
    'reads ~1 and ~0 in a pointer': {
      patch: [{ op: 'remove', path: '/spec/a~1b~0c' }],
      gives: { spec: { must: 'x', set: ['a', 'b'] } },
    },
    'moves a value': {
      patch: [{ op: 'move', from: '/spec/must', path: '/moved' }],
      gives: { spec: { set: ['a', 'b'], 'a/b~c': 1 }, moved: 'x' },
    },
    'copies a value': {
      patch: [{ op: 'copy', from: '/spec/set/0', path: '/spec/must' }],
      gives: { spec: { ...document.spec, must: 'a' } },
    },
    'adds what it should replace and does not find': {
      patch: [{ op: 'replace', path: '/spec/n', value: 1 }],
      gives: { spec: { ...document.spec, n: 1 } },
    },
    'takes an absent field for null in a test': {
      patch: [{ op: 'test', path: '/spec/nope', value: null }],
      gives: document,
    },
    'replaces the whole': { patch: [{ op: 'replace', path: '', value: {} }], gives: {} },
    'does nothing when it is null': { patch: null, gives: document },
    'keeps __proto__ a key like another': {
      patch: [{ op: 'add', path: '/__proto__', value: { polluted: true } }],
      gives: JSON.parse('{"spec":{"must":"x","set":["a","b"],"a/b~c":1},"__proto__":{"polluted":true}}'),
    },
  };
  it.each(Object.entries(then))('%s', (_, { patch, gives }) => {
    const before = structuredClone(document);
    expect(jsonPatch(document, patch)).toEqual(gives);
    expect(document).toEqual(before);
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });

  const refused: Record<string, unknown> = {
    'that removes what is not there': [{ op: 'remove', path: '/spec/nope' }],
    'that adds below what is not there': [{ op: 'add', path: '/nope/x', value: 1 }],
    'whose test fails': [{ op: 'test', path: '/spec/must', value: 'y' }],
    'that moves what is not there': [{ op: 'move', from: '/spec/nope', path: '/spec/a' }],
    'with an operation nobody knows': [{ op: 'frob', path: '/a' }],
    'beyond the end of a list': [{ op: 'add', path: '/spec/set/9', value: 'x' }],
    'with a word for an index': [{ op: 'add', path: '/spec/set/x', value: 'x' }],
    'without a path': [{ op: 'add', value: 1 }],
    'that removes everything': [{ op: 'remove', path: '' }],
    'below what an object inherits': [{ op: 'add', path: '/constructor/prototype/polluted', value: true }],
  };
  it.each(Object.entries(refused))('%s is refused with 422', (_, patch) => {
    expect(() => jsonPatch(document, patch)).toThrow(expect.objectContaining({ status: 422, message: REJECTED }));
  });

  it('that is no list cannot be decoded', () => {
    expect(() => jsonPatch(document, { op: 'add' })).toThrow(
      new PatchError(
        400,
        'error decoding patch: json: cannot unmarshal object into Go value of type []handlers.jsonPatchOp',
      ),
    );
  });

  it('with too many operations is refused with 413', () => {
    const many = Array.from({ length: 10_001 }, () => ({ op: 'test', path: '/spec/must', value: 'x' }));
    expect(() => jsonPatch(document, many)).toThrow(expect.objectContaining({ status: 413 }));
  });
});

describe('a merge patch', () => {
  const then: Record<string, { document: unknown; patch: unknown; gives: unknown }> = {
    'merges maps': { document: { a: { b: 1, c: 2 } }, patch: { a: { c: 3 } }, gives: { a: { b: 1, c: 3 } } },
    'removes with null': { document: { a: { b: 1, c: 2 } }, patch: { a: { c: null } }, gives: { a: { b: 1 } } },
    'replaces lists whole': { document: { a: [1, 2] }, patch: { a: [3] }, gives: { a: [3] } },
    'leaves no null of a new branch': { document: {}, patch: { a: { b: null, c: 1 } }, gives: { a: { c: 1 } } },
    'puts a map where a value was': { document: { a: 1 }, patch: { a: { b: 2 } }, gives: { a: { b: 2 } } },
  };
  it.each(Object.entries(then))('%s', (_, { document, patch, gives }) => {
    expect(mergePatch(document, patch)).toEqual(gives);
  });

  it('cannot change what objects inherit', () => {
    mergePatch({}, JSON.parse('{"__proto__":{"polluted":true}}'));
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });

  it.each([
    ['str', 'string'],
    [[1], 'array'],
    [5, 'number'],
    [true, 'bool'],
  ])('%j cannot be decoded', (patch, type) => {
    const message = `error decoding patch: json: cannot unmarshal ${type} into Go value of type map[string]interface {}`;
    expect(() => mergePatch({}, patch)).toThrow(new PatchError(400, message));
  });

  it('must not be null', () => {
    expect(() => mergePatch({}, null)).toThrow(new PatchError(400, 'Invalid JSON Patch'));
  });
});
