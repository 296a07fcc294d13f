import { beforeEach, describe, expect, it } from 'vitest';
import { virtualClock } from '../src/dev/virtual-clock.ts';
import { KubeError, TransportError } from '../src/kube/errors.ts';
import { type AnyObject, type ObjectApi, writer } from './writer.ts';

const claim = (resourceVersion: string, uid = 'uid-a'): AnyObject => ({
  apiVersion: 'sync.konductor.io/v1',
  kind: 'Permit',
  metadata: { name: 'a', namespace: 'default', uid, resourceVersion, creationTimestamp: '2026-01-01T00:00:00Z' },
});
const refusal = (code: number, reason: string, name?: string) =>
  new KubeError(code, { reason, ...(name && { details: { name } }) });
const lost = new TransportError('reset', 'the connection broke', { mayHaveHappened: true });

describe('a write under the version that was decided on', () => {
  const log: string[] = [];
  const clock = virtualClock();
  beforeEach(() => {
    log.length = 0;
  });

  /** Patches the claim of version 1; the server answers as told, and the watch brings what it brings. */
  async function patch({ answer, fresh, moves = false }: Case) {
    const api: ObjectApi = {
      get: () => {
        log.push('get');
        return fresh instanceof Error ? Promise.reject(fresh) : Promise.resolve(fresh ?? claim('2'));
      },
      mergePatch: (_, __, options) => {
        log.push(`patch at ${options?.resourceVersion}`);
        return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
      },
      delete: () => Promise.resolve(undefined),
    };
    const { signal } = new AbortController();
    const result = writer({
      api: () => api,
      cache: {
        apply: ({ metadata }) => void log.push(`apply ${metadata.resourceVersion}`),
        remove: () => void log.push('remove'),
        moved: (_, patience) =>
          moves
            ? Promise.resolve()
            : new Promise((_, reject) => {
                patience.addEventListener('abort', reject, { once: true });
              }),
      },
      applyOwn: ({ metadata }) => void log.push(`own ${metadata.resourceVersion}`),
      clock,
      soft: signal,
      hard: signal,
    })
      .patchStatus(claim('1'), {})
      .catch((error: Error) => error);
    await clock.advance(0);
    await clock.advance(500);
    return result;
  }

  interface Case {
    readonly answer: AnyObject | Error;
    readonly fresh?: AnyObject | Error;
    readonly moves?: boolean;
  }

  const conflict = refusal(409, 'Conflict', 'a');
  const gone = refusal(404, 'NotFound', 'a');
  const unserved = refusal(404, 'NotFound');

  it.each<[promise: string, given: Case, then: unknown, did: readonly string[]]>([
    ['takes its answer into the cache', { answer: claim('2') }, 'written', ['own 2']],
    ['waits for the watch when it is refused', { answer: conflict, moves: true }, 'refused', []],
    ['asks when the watch is slow', { answer: conflict, fresh: claim('3') }, 'refused', ['get', 'apply 3']],
    [
      'knows that another of its name is another',
      { answer: conflict, fresh: claim('3', 'other') },
      'refused',
      ['get', 'remove', 'apply 3'],
    ],
    ['learns of its end by asking', { answer: conflict, fresh: gone }, 'refused', ['get', 'remove']],
    [
      'does not spin on a refusal without a cause',
      { answer: conflict, fresh: claim('1') },
      conflict,
      ['get', 'apply 1'],
    ],
    ['waits for the watch to say when it went', { answer: gone, moves: true }, 'refused', []],
    ['removes what is not there', { answer: gone, fresh: gone }, 'refused', ['get', 'remove']],
    ['removes nothing because a kind is not served for a moment', { answer: unserved }, unserved, []],
    ['reads back what may have happened', { answer: lost, fresh: claim('2') }, lost, ['get', 'apply 2']],
    ['leaves a server in trouble alone', { answer: refusal(429, 'TooManyRequests') }, expect.any(KubeError), []],
  ])('%s', async (_, given, then, did) => {
    expect(await patch(given)).toEqual(then);
    expect(log).toEqual(['patch at 1', ...did]);
  });

  it('deletes nothing but what was decided on, whatever has its name by now', async () => {
    const asked: unknown[] = [];
    const { signal } = new AbortController();
    const nothing = () => {};
    const api: ObjectApi = {
      get: () => Promise.reject(gone),
      mergePatch: () => Promise.reject(gone),
      delete: (name, options) => {
        asked.push(name, options?.uid);
        return Promise.resolve(undefined);
      },
    };
    const cache = { apply: nothing, remove: nothing, moved: () => Promise.resolve() };
    await writer({ api: () => api, cache, applyOwn: nothing, clock, soft: signal, hard: signal }).delete(claim('1'));
    expect(asked).toEqual(['a', 'uid-a']);
  });
});
