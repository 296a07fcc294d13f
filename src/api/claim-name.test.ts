import { describe, expect, it } from 'vitest';
import { claimLabelsOf, claimNameOf } from './claim-name.ts';
import { objectName } from './names.ts';

const request = { resource: 'db', holderUid: 'pod-uid', requestId: 'one' };

describe('the name of a claim', () => {
  it('is the same for the same request, for ever', () => {
    expect(claimNameOf(request)).toBe('db-b7843052d134218b');
  });

  it.each([
    { ...request, resource: 'db2' },
    { ...request, holderUid: 'other' },
    { ...request, requestId: 'two' },
    // cut elsewhere, it would read alike
    { resource: 'db', holderUid: 'pod', requestId: '-uidone' },
  ])('is another for another request: %o', (other) => {
    expect(claimNameOf(other)).not.toBe(claimNameOf(request));
  });

  it.each(['a', 'a.b', 'x'.repeat(253), `${'x'.repeat(235)}-y`, `${'x'.repeat(234)}.-y`])(
    'is a name that Kubernetes takes: %s',
    (resource) => {
      const name = claimNameOf({ ...request, resource });
      expect(objectName().safeParse(name).success).toBe(true);
      expect(name).toMatch(/-[0-9a-f]{16}$/);
    },
  );
});

describe('the labels of a claim', () => {
  it('name its resource, for old eyes as well', () => {
    expect(claimLabelsOf('semaphore', 'db')).toEqual({ 'sync.konductor.io/semaphore': 'db', semaphore: 'db' });
    expect(claimLabelsOf('lease', 'main')).toEqual({ 'sync.konductor.io/lease': 'main' });
  });

  it('are left out for a name that is too long for one', () => {
    expect(claimLabelsOf('semaphore', 'x'.repeat(64))).toEqual({});
  });
});
