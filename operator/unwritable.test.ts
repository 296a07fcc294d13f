import { expect, it } from 'vitest';
import type { KubeObject } from '../src/api/metadata.ts';
import { KubeError, TransportError } from '../src/kube/errors.ts';
import { TRY_AGAIN_AFTER, unwritableClaims } from './unwritable.ts';
import type { Writer, Written } from './writer.ts';

const claim = { metadata: { name: 'a', uid: 'uid-a' } } as KubeObject;
const written = async (): Promise<Written> => 'written';
const failing = (error: unknown): Writer => ({
  patchStatus: async () => {
    throw error;
  },
  setFinalizers: written,
  delete: written,
});

it.each([
  ['a policy forbids it', new KubeError(403, { reason: 'Forbidden' }), true],
  ['it is not valid', new KubeError(422, { reason: 'Invalid' }), true],
  [
    'a webhook does not answer',
    new KubeError(500, { message: 'Internal error occurred: failed calling webhook "x"' }),
    true,
  ],
  ['the server is in trouble', new KubeError(500, { message: 'etcdserver: request timed out' }), false],
  ['the server is busy', new KubeError(429, {}), false],
  ['the connection broke', new TransportError('reset', 'the connection broke'), false],
])('when %s', async (_, error, leavesAlone) => {
  let now = 0;
  const claims = unwritableClaims({ monotonic: () => now });
  await expect(claims.noting(failing(error)).patchStatus(claim, {})).rejects.toBe(error);
  expect(claims.until('uid-a')).toBe(leavesAlone ? TRY_AGAIN_AFTER : undefined);
  now = TRY_AGAIN_AFTER;
  expect(claims.until('uid-a')).toBeUndefined();
});

it('forgets who was written after all, and who is gone', async () => {
  const claims = unwritableClaims({ monotonic: () => 0 });
  const refuse = () => claims.noting(failing(new KubeError(403, {}))).patchStatus(claim, {});
  await expect(refuse()).rejects.toThrow();
  await claims.noting({ ...failing(undefined), patchStatus: written }).patchStatus(claim, {});
  expect(claims.until('uid-a')).toBeUndefined();
  await expect(refuse()).rejects.toThrow();
  claims.forget('uid-a');
  expect(claims.until('uid-a')).toBeUndefined();
});
