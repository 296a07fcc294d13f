import { describe, expect, it } from 'vitest';
import { type Begun, begunOf, kindAsked, readRun, snapshotOf } from './asked.ts';
import type { CustomRun } from './kinds.ts';

const OURS = { apiVersion: 'sync.konductor.io/v1', kind: 'Semaphore' };

const run = (spec: CustomRun['spec'], status?: CustomRun['status']): CustomRun => ({
  ...{ apiVersion: 'tekton.dev/v1beta1', kind: 'CustomRun', spec },
  metadata: {
    name: 'run',
    namespace: 'team',
    uid: 'u',
    resourceVersion: '1',
    creationTimestamp: '2026-01-01T00:00:00Z',
  },
  ...(status && { status }),
});
const read = (spec: CustomRun['spec']) => readRun(run(spec), 'Semaphore');

describe('which kind a CustomRun names', () => {
  it.each<[spec: CustomRun['spec'], kind: string | undefined]>([
    [{ customRef: OURS }, 'Semaphore'],
    [{ customSpec: { ...OURS, kind: 'Gate' } }, 'Gate'],
    [{ customRef: { ...OURS, kind: 'Permit' } }, undefined],
    [{ customRef: { ...OURS, kind: 'semaphore' } }, undefined],
    [{ customRef: { ...OURS, apiVersion: 'sync.konductor.io/v2' } }, undefined],
    [{}, undefined],
  ])('%j: %s', (spec, kind) => {
    expect(kindAsked(run(spec))).toBe(kind);
  });
});

describe('what a CustomRun asks for', () => {
  it('is in the name of the task, the embedded spec and the params, the last of which wins', () => {
    const customSpec = { ...OURS, spec: { name: '$(params.app)', weight: 2, ttl: '1h' } };
    const params = [
      { name: 'app', value: 'shop' },
      { name: 'weight', value: '3' },
    ];
    const { asked } = read({ customSpec, params, timeout: '1m30s', retries: 2 });
    expect(asked).toMatchObject({ timeout: 90_000, retries: 2 });
    expect(asked?.request).toMatchObject({ name: 'shop', action: 'acquire', options: { weight: 3, ttl: '1h' } });
    expect(read({ customRef: { ...OURS, name: 'db' } }).asked?.request.name).toBe('db');
  });

  it.each<[spec: CustomRun['spec'], said: RegExp]>([
    [{ customRef: OURS }, /^name: is required: say it in taskRef.name/],
    [{ customSpec: OURS }, /^name: is required/],
    [{ customSpec: { ...OURS, spec: ['db'] } }, /^taskSpec.spec: must be an object/],
    [{ customSpec: { ...OURS, spec: { name: '$(params.x)' } } }, /^taskSpec.spec.name: \$\(params.x\) names no param/],
    [{ customRef: { ...OURS, name: 'db' }, params: [{ name: 'weight', value: ['1'] }] }, /^weight: must be/],
    [{ customRef: { ...OURS, name: 'db' }, timeout: '-1s' }, /^timeout of the task/],
    [{ customRef: { ...OURS, name: 'db' }, retries: -1 }, /^retries of the task/],
  ])('%j is refused', (spec, said) => {
    expect(read(spec).problem).toMatch(said);
  });
});

describe('what was asked at the beginning', () => {
  const { asked } = read({
    customRef: { ...OURS, name: 'db' },
    params: [{ name: 'weight', value: '2' }],
    timeout: '5s',
  });
  const begun = { ...asked, since: 1_000, attempt: 1 } as Begun;

  it('is read back from the status, whatever the spec says since', () => {
    const kept = JSON.parse(JSON.stringify(snapshotOf(begun)));
    const rewritten = run({ customRef: { ...OURS, name: 'other' } }, { extraFields: { konductor: kept } });
    expect(begunOf(rewritten)).toEqual(begun);
  });

  it.each([undefined, {}, 'text', { kind: 'Pod' }, { ...snapshotOf(begun), written: { weight: 'x' } }])(
    'is nothing when %j stands there',
    (konductor) => {
      expect(begunOf(run({ customRef: OURS }, { extraFields: { konductor } }))).toBeUndefined();
    },
  );
});
