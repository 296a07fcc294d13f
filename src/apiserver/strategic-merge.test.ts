import { describe, expect, it } from 'vitest';
import { strategicMergePatch } from './strategic-merge.ts';

const pod = {
  metadata: { labels: { a: 'b', c: 'd' }, finalizers: ['x/a', 'x/b'] },
  spec: {
    containers: [
      {
        name: 'a',
        env: [
          { name: 'A', value: '1' },
          { name: 'B', value: '2' },
        ],
        args: ['1', '2'],
      },
      { name: 'b' },
      { name: 'c' },
    ],
    volumes: [{ name: 'v', emptyDir: {} }],
    tolerations: [{ key: 'a' }],
  },
};
type Pod = typeof pod;
const names = (patched: unknown) => (patched as Pod).spec.containers.map(({ name }) => name);
const first = (patched: unknown) => (patched as Pod).spec.containers[0];

describe('a strategic merge patch', () => {
  const then: Record<string, { patch: unknown; read: (patched: unknown) => unknown; gives: unknown }> = {
    'merges maps and removes with null': {
      patch: { metadata: { labels: { a: null, e: 'f' } } },
      read: (patched) => (patched as Pod).metadata.labels,
      gives: { c: 'd', e: 'f' },
    },
    'merges an item by its key, and its lists in turn': {
      patch: {
        spec: {
          containers: [
            {
              name: 'a',
              env: [
                { name: 'B', value: '9' },
                { name: 'D', value: '4' },
              ],
            },
          ],
        },
      },
      read: (patched) => first(patched)?.env,
      gives: [
        { name: 'A', value: '1' },
        { name: 'B', value: '9' },
        { name: 'D', value: '4' },
      ],
    },
    'adds an item it does not find': {
      patch: { spec: { containers: [{ name: 'z' }] } },
      read: names,
      gives: ['z', 'a', 'b', 'c'],
    },
    'deletes an item': {
      patch: { spec: { containers: [{ name: 'b', $patch: 'delete' }] } },
      read: names,
      gives: ['a', 'c'],
    },
    'replaces a list': {
      patch: { spec: { containers: [{ $patch: 'replace' }, { name: 'only' }] } },
      read: names,
      gives: ['only'],
    },
    'puts items in the order it sets': {
      patch: { spec: { '$setElementOrder/containers': [{ name: 'c' }, { name: 'b' }, { name: 'a' }] } },
      read: names,
      gives: ['c', 'b', 'a'],
    },
    'replaces a map': {
      patch: { metadata: { labels: { $patch: 'replace', only: 'this' } } },
      read: (patched) => (patched as Pod).metadata.labels,
      gives: { only: 'this' },
    },
    'keeps only the keys it retains': {
      patch: { spec: { volumes: [{ name: 'v', $retainKeys: ['name', 'hostPath'], hostPath: { path: '/x' } }] } },
      read: (patched) => (patched as Pod).spec.volumes,
      gives: [{ name: 'v', hostPath: { path: '/x' } }],
    },
    'replaces a list whose items have no key': {
      patch: { spec: { tolerations: [{ key: 'z' }] } },
      read: (patched) => (patched as Pod).spec.tolerations,
      gives: [{ key: 'z' }],
    },
    'replaces a list of plain values': {
      patch: { spec: { containers: [{ name: 'a', args: ['9'] }] } },
      read: (patched) => first(patched)?.args,
      gives: ['9'],
    },
    'adds to finalizers and takes from them': {
      patch: { metadata: { '$deleteFromPrimitiveList/finalizers': ['x/a'], finalizers: ['x/c'] } },
      read: (patched) => (patched as Pod).metadata.finalizers.toSorted(),
      gives: ['x/b', 'x/c'],
    },
  };
  it.each(Object.entries(then))('%s', (_, { patch, read, gives }) => {
    const before = structuredClone(pod);
    expect(read(strategicMergePatch(pod, patch))).toEqual(gives);
    expect(pod).toEqual(before);
  });

  const refused: [patch: unknown, message: string][] = [
    [{ spec: { containers: [{ image: 'i' }] } }, 'map: map[image:i] does not contain declared merge key: name'],
    [{ metadata: { labels: { $patch: 'frob' } } }, 'unknown patch type: frob in map: map[$patch:frob]'],
    [
      { spec: { containers: [{ name: 'a', $patch: 'frob' }] } },
      'unknown patch type: frob in map: map[$patch:frob name:a]',
    ],
  ];
  it.each(refused)('%j is refused', (patch, message) => {
    expect(() => strategicMergePatch(pod, patch)).toThrow(expect.objectContaining({ status: 500, message }));
  });
});
