import { describe, expect, it } from 'vitest';
import type { StructuralSchema } from '../api/structural.ts';
import { type ApplyConflict, ApplyTypeError, applyPatch, type ManagedFields, recordUpdate } from './apply.ts';

const text: StructuralSchema = { type: 'string' };
const schema: StructuralSchema = {
  type: 'object',
  properties: {
    spec: {
      type: 'object',
      properties: {
        permits: { type: 'integer' },
        mode: text,
        args: { type: 'array', items: text },
        tags: { type: 'array', items: text, 'x-kubernetes-list-type': 'set' },
        gates: {
          type: 'array',
          'x-kubernetes-list-type': 'map',
          'x-kubernetes-list-map-keys': ['type'],
          items: { type: 'object', properties: { type: text, value: text } },
        },
        whole: { type: 'object', 'x-kubernetes-map-type': 'atomic', additionalProperties: text },
        loose: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
      },
    },
    status: { type: 'object', properties: { used: { type: 'integer' } } },
  },
};

interface Thing {
  readonly spec: object;
  readonly metadata: { readonly managedFields?: ManagedFields };
}

const thing = (spec: object, metadata: object = {}) => ({
  apiVersion: 'x.io/v1',
  kind: 'Thing',
  metadata: { name: 't', ...metadata },
  spec,
});

const EARLY = '2026-01-01T00:00:00Z';
const LATE = '2026-01-01T01:00:00Z';

function apply(
  live: object | undefined,
  manager: string,
  spec: object,
  how: { force?: true; now?: string } = {},
): Thing {
  const { force = false, now = EARLY } = how;
  return applyPatch({ live, applied: thing(spec), manager, force, now, schema }) as Thing;
}

function update(before: object | undefined, manager: string, spec: object, now = EARLY): Thing {
  const after = thing(spec);
  return {
    ...after,
    metadata: { ...after.metadata, managedFields: recordUpdate({ before, after, manager, now, schema }) },
  };
}

const owned = (object: Thing): Readonly<Record<string, object>> =>
  Object.fromEntries((object.metadata.managedFields ?? []).map(({ manager, fieldsV1 }) => [manager, fieldsV1]));

describe('server-side apply', () => {
  it('creates what is not there, and writes down who owns what', () => {
    const spec = {
      permits: 3,
      args: ['x'],
      tags: ['a'],
      gates: [{ type: 'o', value: '1' }],
      whole: { k: 'v' },
      loose: { a: { b: 1 } },
    };
    const made = apply(undefined, 'a', spec);
    expect(made.spec).toEqual(spec);
    expect(made.metadata.managedFields).toEqual([
      {
        manager: 'a',
        operation: 'Apply',
        apiVersion: 'x.io/v1',
        time: EARLY,
        fieldsType: 'FieldsV1',
        fieldsV1: {
          'f:spec': {
            'f:args': {},
            'f:gates': { 'k:{"type":"o"}': { '.': {}, 'f:type': {}, 'f:value': {} } },
            'f:loose': { 'f:a': { '.': {}, 'f:b': {} } },
            'f:permits': {},
            'f:tags': { 'v:"a"': {} },
            'f:whole': {},
          },
        },
      },
    ]);
  });

  it('changes nothing, not even the time, when nothing is new', () => {
    const made = apply(undefined, 'a', { permits: 3, gates: [{ type: 'o' }] });
    expect(apply(made, 'a', { permits: 3, gates: [{ type: 'o' }] }, { now: LATE })).toBe(made);
  });

  it('shares what is equal, and leaves no time when it only shares', () => {
    const shared = apply(apply(undefined, 'a', { permits: 3 }), 'b', { permits: 3 }, { now: LATE });
    expect(owned(shared)).toEqual({ a: { 'f:spec': { 'f:permits': {} } }, b: { 'f:spec': { 'f:permits': {} } } });
    expect(shared.metadata.managedFields?.map(({ manager, time }) => [manager, time])).toEqual([
      ['b', undefined],
      ['a', EARLY],
    ]);
  });

  it('removes what its manager no longer says, unless somebody else does', () => {
    const both = apply(apply(undefined, 'a', { permits: 3, mode: 'x', tags: ['a', 'b'] }), 'b', {
      permits: 3,
      tags: ['b'],
    });
    const left = apply(both, 'a', { tags: ['c'] });
    expect(left.spec).toEqual({ permits: 3, tags: ['b', 'c'] });
  });

  const merged: Record<string, { live: object; applied: object; gives: object }> = {
    'merges lists with keys': {
      live: { gates: [{ type: 'o', value: '1' }] },
      applied: { gates: [{ type: 'n', value: '2' }] },
      gives: {
        gates: [
          { type: 'o', value: '1' },
          { type: 'n', value: '2' },
        ],
      },
    },
    'adds to sets, in its own order': {
      live: { tags: ['z', 'y'] },
      applied: { tags: ['x', 'y'] },
      gives: { tags: ['z', 'x', 'y'] },
    },
    'merges what has no schema by key': {
      live: { loose: { a: { b: 1 } } },
      applied: { loose: { a: { c: 2 } } },
      gives: { loose: { a: { b: 1, c: 2 } } },
    },
  };
  it.each(Object.entries(merged))('%s', (_, { live, applied, gives }) => {
    expect(apply(update(undefined, 'm', live), 'a', applied).spec).toEqual(gives);
  });

  const conflicts: Record<string, { live: object; applied: object; message: string }> = {
    'one field': {
      live: update(undefined, 'kubectl-client-side-apply', { permits: 3 }),
      applied: { permits: 4 },
      message: 'Apply failed with 1 conflict: conflict with "kubectl-client-side-apply" using x.io/v1: .spec.permits',
    },
    'several fields of one who applied': {
      live: apply(undefined, 'a', { permits: 3, args: ['x'], whole: { k: 'v' }, gates: [{ type: 'o', value: '1' }] }),
      applied: { permits: 4, args: ['y'], whole: { k: 'w' }, gates: [{ type: 'o', value: '2' }] },
      message:
        'Apply failed with 4 conflicts: conflicts with "a":\n- .spec.args\n- .spec.permits\n- .spec.whole\n- .spec.gates[type="o"].value',
    },
  };
  it.each(Object.entries(conflicts))(
    'is refused when it changes %s owned by another',
    (_, { live, applied, message }) => {
      expect(() => apply(live, 'b', applied)).toThrow(expect.objectContaining({ status: 409, message }));
    },
  );

  it('names field and manager of every conflict', () => {
    const live = update(undefined, 'm', { permits: 3 });
    try {
      apply(live, 'b', { permits: 4 });
      expect.unreachable();
    } catch (error) {
      expect((error as ApplyConflict).causes).toEqual([
        { field: '.spec.permits', manager: 'm', message: 'conflict with "m" using x.io/v1' },
      ]);
    }
  });

  it('takes over by force', () => {
    const forced = apply(apply(undefined, 'a', { permits: 3, mode: 'x' }), 'b', { permits: 4 }, { force: true });
    expect(forced.spec).toEqual({ permits: 4, mode: 'x' });
    expect(owned(forced)).toEqual({ a: { 'f:spec': { 'f:mode': {} } }, b: { 'f:spec': { 'f:permits': {} } } });
  });

  it('finds an owner for what was written before anybody was noted', () => {
    expect(() => apply(thing({ permits: 3 }), 'a', { permits: 4 })).toThrow(
      'Apply failed with 1 conflict: conflict with "before-first-apply" using x.io/v1: .spec.permits',
    );
  });

  it('writes nothing but the status through the door of the status', () => {
    const live = apply(undefined, 'a', { permits: 3 });
    const applied = { ...thing({ permits: 9 }, { labels: { a: 'b' } }), status: { used: 1 } };
    const after = applyPatch({
      live,
      applied,
      manager: 's',
      force: false,
      subresource: 'status',
      now: LATE,
      schema,
    }) as Thing;
    expect(after).toMatchObject({ spec: { permits: 3 }, status: { used: 1 } });
    expect(after.metadata.managedFields?.[1]).toMatchObject({
      manager: 's',
      subresource: 'status',
      fieldsV1: { 'f:status': { 'f:used': {} } },
    });
  });

  const unfit: [spec: object, why: string][] = [
    [{ unknown: 1 }, '.spec.unknown: field not declared in schema'],
    [{ permits: 'x' }, '.spec.permits: expected numeric (int or float), got string'],
    [{ gates: [{ type: 'a' }, { type: 'a' }] }, '.spec.gates: duplicate entries for key [type="a"]'],
    [{ tags: ['a', 'a'] }, '.spec.tags: duplicate entries for key [="a"]'],
  ];
  it.each(unfit)('%j does not fit the schema', (spec, why) => {
    const message = `failed to create typed patch object (/t; x.io/v1, Kind=Thing): ${why}`;
    expect(() => apply(undefined, 'a', spec)).toThrow(ApplyTypeError);
    expect(() => apply(undefined, 'a', spec)).toThrow(message);
  });
});

describe('an update', () => {
  it('that creates owns all of it, the containers too', () => {
    expect(owned(update(undefined, 'm', { tags: ['a'], whole: { k: 'v' } }))).toEqual({
      m: { 'f:spec': { '.': {}, 'f:tags': { '.': {}, 'v:"a"': {} }, 'f:whole': {} } },
    });
  });

  it('owns what it changes, from then on alone', () => {
    const changed = update(apply(undefined, 'a', { permits: 3, mode: 'x' }), 'm', { permits: 4, mode: 'x' });
    expect(owned(changed)).toEqual({ a: { 'f:spec': { 'f:mode': {} } }, m: { 'f:spec': { 'f:permits': {} } } });
  });

  it('that changes nothing leaves the ownership as it was', () => {
    const made = update(undefined, 'm', { permits: 3 });
    expect(update(made, 'm', { permits: 3 }, LATE).metadata.managedFields).toEqual(made.metadata.managedFields);
  });

  it('that removes a field ends its ownership', () => {
    expect(owned(update(apply(undefined, 'a', { permits: 3, mode: 'x' }), 'm', { mode: 'x' }))).toEqual({
      a: { 'f:spec': { 'f:mode': {} } },
    });
  });

  it('can make everybody forget who owns what', () => {
    const before = update(undefined, 'm', { permits: 3 });
    const after = thing({ permits: 4 }, { managedFields: [{}] });
    expect(recordUpdate({ before, after, manager: 'm', now: EARLY, schema })).toEqual([]);
  });
});
