import { describe, expect, test } from 'vitest';
import { listOf, script, settled, statusOf, thing } from '../../test/support/kube.ts';
import { Permit } from '../api/permit.ts';
import { virtualClock } from '../dev/virtual-clock.ts';
import { kubeClient } from './client.ts';
import { CoordinationLease } from './coordination-lease.ts';
import {
  isAborted,
  isAlreadyExists,
  isConflict,
  isNotFound,
  KubeError,
  mayHaveHappened,
  TransportError,
} from './errors.ts';
import type { ResourceType } from './resource-type.ts';

function client() {
  const clock = virtualClock();
  const server = script();
  const client = kubeClient(server.transport, {
    clock,
    random: () => 0.5,
    userAgent: 'test/1',
    fieldManager: 'tester',
  });
  return { clock, server, client, permits: client.of(Permit, 'team') };
}

/** A client of something that answers with a text, whatever is asked. */
function foreign() {
  let text = '';
  const body = { text: () => Promise.resolve(text), async *[Symbol.asyncIterator]() {} };
  const permits = kubeClient(async () => ({ status: 200, headers: {}, body })).of(Permit, 'team');
  return {
    permits,
    respond: (said: string) => {
      text = said;
    },
  };
}

const PERMITS = '/apis/sync.konductor.io/v1/namespaces/team/permits';
const permit = {
  apiVersion: 'sync.konductor.io/v1',
  kind: 'Permit',
  metadata: { name: 'a' },
  spec: { semaphore: 'db', holder: 'me' },
} as const;
const lost = new TransportError('reset', 'socket closed', { mayHaveHappened: true });

/** What the promise came to, once it has. */
const outcome = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    (value) => value ?? 'done',
    (error: unknown) => error,
  );

describe('a typed resource', () => {
  const calls: Record<
    string,
    [(permits: ReturnType<typeof client>['permits']) => Promise<unknown>, string, string, unknown?]
  > = {
    get: [(permits) => permits.get('a'), 'GET', `${PERMITS}/a`],
    create: [(permits) => permits.create(permit), 'POST', `${PERMITS}?fieldManager=tester`, permit],
    'create as a rehearsal': [
      (permits) => permits.create(permit, { dryRun: 'All' }),
      'POST',
      `${PERMITS}?fieldManager=tester&dryRun=All`,
      permit,
    ],
    'merge-patch': [
      (permits) => permits.mergePatch('a', { metadata: { labels: { x: null } } } as never, { resourceVersion: '7' }),
      'PATCH',
      `${PERMITS}/a?fieldManager=tester`,
      { metadata: { labels: { x: null }, resourceVersion: '7' } },
    ],
    'patch status': [
      (permits) => permits.patchStatus('a', { phase: 'Granted', token: 3 }, { resourceVersion: '7' }),
      'PATCH',
      `${PERMITS}/a/status?fieldManager=tester`,
      { status: { phase: 'Granted', token: 3 }, metadata: { resourceVersion: '7' } },
    ],
    apply: [
      (permits) => permits.apply(permit, { fieldManager: 'me too', force: true }),
      'PATCH',
      `${PERMITS}/a?fieldManager=me%20too&force=true`,
      permit,
    ],
    replace: [
      (permits) => permits.replace(thing('a', 7) as never),
      'PUT',
      `${PERMITS}/a?fieldManager=tester`,
      thing('a', 7),
    ],
    delete: [
      (permits) => permits.delete('a', { uid: 'u', propagation: 'Background' }),
      'DELETE',
      `${PERMITS}/a`,
      { kind: 'DeleteOptions', apiVersion: 'v1', preconditions: { uid: 'u' }, propagationPolicy: 'Background' },
    ],
  };

  test.for(Object.entries(calls))('%s is one call', async ([, [make, method, path, body]]) => {
    const { server, permits } = client();
    const made = make(permits);
    const call = await server.call();
    expect(call.request).toMatchObject({
      method,
      path,
      headers: { accept: 'application/json', 'user-agent': 'test/1' },
    });
    expect(call.request.body && JSON.parse(call.request.body)).toEqual(body);
    call.answer(200, thing('a', 8));
    expect(await made).toEqual(thing('a', 8));
    expect(server.calls).toHaveLength(1);
  });

  test('sends each kind of patch as what it is', async () => {
    const { server, permits } = client();
    void outcome(permits.mergePatch('a', {}));
    void outcome(permits.apply(permit));
    expect((await server.call()).request.headers['content-type']).toBe('application/merge-patch+json');
    expect((await server.call()).request.headers['content-type']).toBe('application/apply-patch+yaml');
  });

  test('says of a deleted object whether it lives on', async () => {
    const { server, permits } = client();
    const first = permits.delete('a');
    (await server.call()).answer(200, { kind: 'Status', status: 'Success' });
    expect(await first).toBeUndefined();
    const second = permits.delete('a');
    (await server.call()).answer(200, thing('a', 9, { deletionTimestamp: '2026-01-01T00:00:00Z' }));
    expect(await second).toMatchObject({ metadata: { deletionTimestamp: '2026-01-01T00:00:00Z' } });
  });

  test('serves kinds that are not ours, and fills in what lists of them leave out', async () => {
    const { server, client: kube } = client();
    const Node: ResourceType = { group: '', version: 'v1', kind: 'Node', plural: 'nodes', namespaced: false };
    void outcome(kube.of(Node).get('n'));
    expect((await server.call()).request.path).toBe('/api/v1/nodes/n');
    const listing = kube.of(CoordinationLease, 'kube-system').list({ labelSelector: 'a=b,c' });
    const call = await server.call();
    expect(call.request.path).toBe(
      '/apis/coordination.k8s.io/v1/namespaces/kube-system/leases?limit=500&labelSelector=a%3Db%2Cc',
    );
    call.answer(200, listOf([{ metadata: { name: 'x' } } as never], 5));
    expect((await listing).items[0]).toMatchObject({ apiVersion: 'coordination.k8s.io/v1', kind: 'Lease' });
  });

  test('asks for a namespace before it asks the server', () => {
    const { client: kube } = client();
    expect(() => kube.of(Permit).get('a')).toThrow('one Permit needs a namespace');
    expect(() => kube.of(Permit, 'team').get('')).toThrow('must not be empty');
  });
});

describe('a refusal', () => {
  test('carries what the server said', async () => {
    const { server, permits } = client();
    const got = outcome(permits.get('a'));
    (await server.call()).answer(404, {
      ...statusOf(404, 'NotFound', 'permits "a" not found'),
      details: { name: 'a', kind: 'permits' },
    });
    const error = await got;
    expect(error).toMatchObject({
      code: 404,
      reason: 'NotFound',
      message: 'permits "a" not found',
      details: { name: 'a' },
    });
    expect(isNotFound(error)).toBe(true);
  });

  test('by something that is no API server is said in short', async () => {
    const { server, permits } = client();
    const got = outcome(permits.create({ ...permit, metadata: { generateName: 'a-' } }));
    (await server.call()).answer(502, '<h1>Bad gateway</h1>');
    expect(await got).toMatchObject({
      code: 502,
      reason: '',
      message: expect.stringContaining('was answered 502: " Bad gateway'),
    });
  });

  test('of a kind nobody expected is named', async () => {
    const { permits, respond } = foreign();
    respond('<html>log in</html>');
    await expect(permits.get('a')).rejects.toThrow('but not by an API server: <html>log in</html>');
  });

  test('is the same class for two copies of the package', () => {
    const other = Object.assign(new Error(), { [Symbol.for('sync.konductor.io/KubeError')]: true });
    expect(other).toBeInstanceOf(KubeError);
    expect(other).not.toBeInstanceOf(TransportError);
  });

  test('tells a conflict from a name that is taken', () => {
    const [taken, conflict] = ['AlreadyExists', 'Conflict'].map((reason) => new KubeError(409, { reason }));
    expect([isConflict(taken), isAlreadyExists(taken), isConflict(conflict), isAlreadyExists(conflict)]).toEqual([
      false,
      true,
      true,
      false,
    ]);
  });
});

describe('trying again', () => {
  test('waits as long as the server asks, for any call', async () => {
    const { clock, server, permits } = client();
    const made = permits.create({ ...permit, metadata: { generateName: 'a-' } });
    (await server.call()).answer(429, statusOf(429, 'TooManyRequests'), { 'retry-after': '2' });
    await settled();
    await clock.advance(1_999);
    expect(server.untaken).toBe(0);
    await clock.advance(501);
    (await server.call()).answer(201, thing('a', 1));
    await made;
  });

  test('does not wait longer than it is worth', async () => {
    const { server, permits } = client();
    const got = outcome(permits.get('a'));
    (await server.call()).answer(429, statusOf(429, 'TooManyRequests'), { 'retry-after': '3600' });
    expect(await got).toMatchObject({ code: 429, retryAfterMs: 3_600_000 });
  });

  test('ends', async () => {
    const { clock, server, permits } = client();
    const got = outcome(permits.get('a'));
    for (let call = 0; call < 4; call++) {
      (await server.call()).answer(500, statusOf(500, 'InternalError'));
      await settled();
      await clock.advance(5_000);
    }
    expect(await got).toMatchObject({ code: 500 });
    expect(server.untaken).toBe(0);
  });

  const repeated: Record<string, (permits: ReturnType<typeof client>['permits']) => Promise<unknown>> = {
    'a read': (permits) => permits.get('a'),
    'a creation under a fixed name': (permits) => permits.create(permit),
    'a patch that names its resourceVersion': (permits) => permits.patchStatus('a', {}, { resourceVersion: '7' }),
    'a delete that names its uid': (permits) => permits.delete('a', { uid: 'u' }),
    'a server-side apply': (permits) => permits.apply(permit),
  };
  test.for(Object.entries(repeated))('%s is repeated when its answer is lost', async ([, make]) => {
    const { clock, server, permits } = client();
    const made = make(permits);
    (await server.call()).fail(lost);
    await settled();
    await clock.advance(100);
    (await server.call()).answer(200, thing('a', 1));
    expect(await made).toEqual(thing('a', 1));
  });

  const once: Record<string, (permits: ReturnType<typeof client>['permits']) => Promise<unknown>> = {
    'a creation under a generated name': (permits) => permits.create({ ...permit, metadata: { generateName: 'a-' } }),
    'a patch of whatever is there': (permits) => permits.mergePatch('a', {}),
    'a delete of whatever is there': (permits) => permits.delete('a'),
  };
  test.for(Object.entries(once))('%s is not, and says that it may have happened', async ([, make]) => {
    const { clock, server, permits } = client();
    const made = outcome(make(permits));
    (await server.call()).fail(lost);
    await settled();
    await clock.advance(100);
    expect(server.untaken).toBe(0);
    expect(mayHaveHappened(await made)).toBe(true);
  });

  test.for(Object.entries(once))('%s is repeated when it never reached the server', async ([, make]) => {
    const { clock, server, permits } = client();
    const made = make(permits);
    (await server.call()).fail(new TransportError('unreachable', 'refused'));
    await settled();
    await clock.advance(100);
    (await server.call()).answer(200, thing('a', 1));
    await made;
  });

  test('a conflict after a lost answer says that it may be our own doing', async () => {
    const { clock, server, permits } = client();
    const made = outcome(permits.create(permit));
    (await server.call()).fail(lost);
    await settled();
    await clock.advance(100);
    (await server.call()).answer(409, statusOf(409, 'AlreadyExists'));
    const error = await made;
    expect([isAlreadyExists(error), mayHaveHappened(error)]).toEqual([true, true]);
  });

  test.for([
    new TransportError('tls', 'the certificate is not trusted'),
    new TransportError('aborted', 'the transport is closed'),
  ])('a write whose answer was lost is not said to have failed for sure because %s', async (then) => {
    const { clock, server, permits } = client();
    const made = outcome(permits.create(permit));
    (await server.call()).fail(lost);
    await settled();
    await clock.advance(100);
    (await server.call()).fail(then);
    const error = await made;
    expect([(error as TransportError).failure, mayHaveHappened(error)]).toEqual([then.failure, true]);
  });

  test('a delete whose answer was lost is done when the object is gone', async () => {
    const { clock, server, permits } = client();
    const made = permits.delete('a', { uid: 'u' });
    (await server.call()).fail(lost);
    await settled();
    await clock.advance(100);
    (await server.call()).answer(404, statusOf(404, 'NotFound'));
    expect(await made).toBeUndefined();
  });

  test('is cancelled by the signal, while calling and while waiting', async () => {
    const { clock, server, permits } = client();
    const stop = new AbortController();
    const got = outcome(permits.get('a', { signal: stop.signal }));
    (await server.call()).answer(503, statusOf(503, 'ServiceUnavailable'));
    await settled();
    stop.abort();
    expect(isAborted(await got)).toBe(true);
    expect(clock.nextTimer()).toBeUndefined();
    expect(isAborted(await outcome(permits.get('a', { signal: stop.signal })))).toBe(true);
    expect(server.untaken).toBe(0);
  });
});
