import { describe, expect, it } from 'vitest';
import {
  APPLY,
  aServer,
  CONFIG_MAPS,
  configMap,
  JSON_PATCH,
  MERGE,
  PERMITS,
  PODS,
  permit,
  SEMAPHORES,
  semaphore,
} from '../../test/support/apiserver.ts';

describe('a write', () => {
  it('gives a new object all that the server owns, and fills in defaults', async () => {
    const { send } = aServer();
    const { status, body } = await send(
      'POST',
      SEMAPHORES,
      semaphore('db', {}, { uid: 'mine', generation: 9, deletionTimestamp: '2020-01-01T00:00:00Z' }),
    );
    expect(status).toBe(201);
    expect(body.metadata).toMatchObject({
      name: 'db',
      namespace: 'default',
      generation: 1,
      creationTimestamp: '2026-01-01T00:00:00Z',
      resourceVersion: expect.stringMatching(/^[0-9]+$/),
      uid: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/),
    });
    expect(body.metadata.deletionTimestamp).toBeUndefined();
    expect(body.spec).toEqual({ permits: 2, ttl: '10m', ordering: 'Strict', maxWaiters: 10_000 });
  });

  it('makes the same names and uids from the same randomness', async () => {
    const made = async () => {
      const { body } = await aServer().send('POST', PERMITS, { ...permit(''), metadata: { generateName: 'p-' } });
      return [body.metadata.name, body.metadata.uid];
    };
    expect(await made()).toEqual(await made());
    expect((await made())[0]).toMatch(/^p-[bcdfghjklmnpqrstvwxz2456789]{5}$/);
  });

  it('bumps the generation for what is wanted, and for nothing else', async () => {
    const { send } = aServer();
    await send('POST', SEMAPHORES, semaphore('db'));
    const generation = async (path: string, patch: object) =>
      (await send('PATCH', `${SEMAPHORES}/db${path}`, patch, MERGE)).body.metadata.generation;
    expect(await generation('', { metadata: { labels: { a: 'b' } } })).toBe(1);
    expect(await generation('/status', { status: { inUse: 1 } })).toBe(1);
    expect(await generation('', { spec: { permits: 3 } })).toBe(2);
  });

  it('keeps status and the rest apart', async () => {
    const { send } = aServer();
    const made = await send('POST', SEMAPHORES, { ...semaphore('db'), status: { inUse: 7 } });
    expect(made.body.status).toBeUndefined();
    const main = await send('PATCH', `${SEMAPHORES}/db`, { status: { inUse: 1 } }, MERGE);
    expect(main.body.status).toBeUndefined();
    const status = await send(
      'PATCH',
      `${SEMAPHORES}/db/status`,
      { status: { inUse: 1 }, spec: { permits: 9 }, metadata: { labels: { a: 'b' } } },
      MERGE,
    );
    expect(status.body.status).toEqual({ inUse: 1 });
    expect(status.body.spec.permits).toBe(2);
    expect(status.body.metadata.labels).toBeUndefined();
  });

  it('that changes nothing leaves the resourceVersion, and no trace', async () => {
    const { server, send } = aServer();
    const { body } = await send('POST', SEMAPHORES, semaphore('db'));
    const before = server.history.length;
    const again = await send('PUT', `${SEMAPHORES}/db`, body);
    expect(again.body.metadata.resourceVersion).toBe(body.metadata.resourceVersion);
    expect(server.history).toHaveLength(before);
  });

  it('is refused when somebody else wrote in between', async () => {
    const { send } = aServer();
    const { body: first } = await send('POST', SEMAPHORES, semaphore('db'));
    await send('PATCH', `${SEMAPHORES}/db`, { spec: { permits: 3 } }, MERGE);
    const { resourceVersion } = first.metadata;
    for (const answer of [
      await send('PUT', `${SEMAPHORES}/db`, first),
      await send('PATCH', `${SEMAPHORES}/db`, { metadata: { resourceVersion }, spec: { permits: 4 } }, MERGE),
      await send(
        'PATCH',
        `${SEMAPHORES}/db`,
        [{ op: 'replace', path: '/metadata/resourceVersion', value: resourceVersion }],
        JSON_PATCH,
      ),
    ]) {
      expect(answer).toMatchObject({
        status: 409,
        body: {
          reason: 'Conflict',
          message:
            'Operation cannot be fulfilled on semaphores.sync.konductor.io "db": the object has been modified; ' +
            'please apply your changes to the latest version and try again',
        },
      });
    }
  });

  it('as a dry run says what would be, and changes nothing', async () => {
    const { server, send } = aServer();
    const { status, body } = await send('POST', `${SEMAPHORES}?dryRun=All`, semaphore('db'));
    expect(status).toBe(201);
    expect(body.metadata.uid).toBeDefined();
    expect(server.history).toHaveLength(0);
    expect((await send('GET', `${SEMAPHORES}/db`)).status).toBe(404);
  });

  it('numbers all kinds with one counter', async () => {
    const { send } = aServer();
    const versions = [
      await send('POST', SEMAPHORES, semaphore('a')),
      await send('POST', CONFIG_MAPS, configMap('b')),
      await send('POST', PERMITS, permit('c')),
    ].map(({ body }) => Number(body.metadata.resourceVersion));
    expect(versions[1]).toBe((versions[0] as number) + 1);
    expect(versions[2]).toBe((versions[0] as number) + 2);
  });
});

describe('a refusal', () => {
  const table: Record<
    string,
    { do: [string, string, unknown?, Record<string, string>?]; status: number; reason?: string; message: string }
  > = {
    'names what is not there': {
      do: ['GET', `${SEMAPHORES}/x`],
      status: 404,
      reason: 'NotFound',
      message: 'semaphores.sync.konductor.io "x" not found',
    },
    'names what is there already': {
      do: ['POST', SEMAPHORES, semaphore('db')],
      status: 409,
      reason: 'AlreadyExists',
      message: 'semaphores.sync.konductor.io "db" already exists',
    },
    'names the field and the bound': {
      do: ['POST', SEMAPHORES, semaphore('x', { permits: 0 })],
      status: 422,
      reason: 'Invalid',
      message:
        'Semaphore.sync.konductor.io "x" is invalid: spec.permits: Invalid value: 0: spec.permits in body should be greater than or equal to 1',
    },
    'gives the message of a rule in CEL': {
      do: ['POST', SEMAPHORES, semaphore('x', { ttl: '1h', maxTTL: '1m' })],
      status: 422,
      message: 'Semaphore.sync.konductor.io "x" is invalid: spec.maxTTL: Invalid value: maxTTL must be at least ttl',
    },
    'does not judge rules when the form is wrong': {
      do: ['POST', SEMAPHORES, { ...semaphore('x'), spec: {} }],
      status: 422,
      message:
        'Semaphore.sync.konductor.io "x" is invalid: [spec.permits: Required value, <nil>: Invalid value: null: ' +
        'some validation rules were not checked because the object was invalid; correct the existing errors to complete validation]',
    },
    'names unknown fields when asked to be strict': {
      do: ['POST', `${SEMAPHORES}?fieldValidation=Strict`, semaphore('x', { foo: 1 })],
      status: 400,
      message:
        'Semaphore in version "v1" cannot be handled as a Semaphore: strict decoding error: unknown field "spec.foo"',
    },
    'wants a resourceVersion for an update of a custom resource': {
      do: ['PUT', `${SEMAPHORES}/db`, semaphore('db')],
      status: 422,
      message:
        'semaphores.sync.konductor.io "db" is invalid: metadata.resourceVersion: Invalid value: 0: must be specified for an update',
    },
    'wants a namespace that is there': {
      do: ['POST', SEMAPHORES.replace('default', 'nope'), semaphore('x')],
      status: 404,
      message: 'namespaces "nope" not found',
    },
    'wants six digits in a MicroTime': {
      do: [
        'POST',
        '/apis/coordination.k8s.io/v1/namespaces/default/leases',
        { metadata: { name: 'l' }, spec: { renewTime: '2026-01-01T00:00:00.123Z' } },
      ],
      status: 400,
      message:
        'Lease in version "v1" cannot be handled as a Lease: parsing time "2026-01-01T00:00:00.123Z" as ' +
        '"2006-01-02T15:04:05.000000Z07:00": cannot parse ".123Z" as ".000000"',
    },
    'knows no strategic merge for custom resources': {
      do: ['PATCH', `${SEMAPHORES}/db`, {}, { 'content-type': 'application/strategic-merge-patch+json' }],
      status: 415,
      message:
        'the body of the request was in an unknown format - accepted media types include: ' +
        'application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml',
    },
    'knows no other fields to select by': {
      do: ['GET', `${SEMAPHORES}?fieldSelector=spec.permits=1`],
      status: 400,
      message: 'field label not supported: spec.permits',
    },
    'cannot write protobuf': {
      do: ['GET', SEMAPHORES, undefined, { accept: 'application/vnd.kubernetes.protobuf' }],
      status: 406,
      message:
        'only the following media types are accepted: application/json, application/yaml, application/vnd.kubernetes.protobuf',
    },
    'of an apply names the other manager': {
      do: [
        'PATCH',
        `${SEMAPHORES}/db?fieldManager=me`,
        { apiVersion: 'sync.konductor.io/v1', kind: 'Semaphore', metadata: { name: 'db' }, spec: { permits: 7 } },
        APPLY,
      ],
      status: 409,
      message: 'Apply failed with 1 conflict: conflict with "you" using sync.konductor.io/v1: .spec.permits',
    },
    'does not take a new gate on a pod': {
      do: ['PATCH', `${PODS}/p`, { spec: { schedulingGates: [{ name: 'new' }] } }, MERGE],
      status: 422,
      message:
        'Pod "p" is invalid: spec.schedulingGates[0].name: Forbidden: only deletion is allowed, but found new scheduling gate \'new\'',
    },
  };

  for (const [promise, { do: request, status, reason, message }] of Object.entries(table)) {
    it(promise, async () => {
      const { send } = aServer();
      await send('POST', SEMAPHORES, semaphore('db'), { 'user-agent': 'you/1' });
      await send('POST', PODS, {
        metadata: { name: 'p' },
        spec: { schedulingGates: [{ name: 'old' }], containers: [{ name: 'c', image: 'i' }] },
      });
      const answer = await send(...request);
      expect(answer.body).toMatchObject({
        kind: 'Status',
        status: 'Failure',
        code: status,
        message,
        ...(reason && { reason }),
      });
      expect(answer.status).toBe(status);
    });
  }
});

describe('unknown fields', () => {
  it('are dropped with a warning, or in silence, as the writer asks', async () => {
    const { send } = aServer();
    const warned = await send('POST', SEMAPHORES, semaphore('a', { foo: 1 }));
    expect(warned.headers['warning']).toBe('299 - "unknown field \\"spec.foo\\""');
    expect(warned.body.spec.foo).toBeUndefined();
    const ignored = await send('POST', `${SEMAPHORES}?fieldValidation=Ignore`, semaphore('b', { foo: 1 }));
    expect(ignored.headers['warning']).toBeUndefined();
  });
});

describe('a list', () => {
  it('goes on in pages over one moment, whatever is written meanwhile', async () => {
    const { send } = aServer();
    for (const name of ['a', 'b', 'c', 'd', 'e']) await send('POST', SEMAPHORES, semaphore(name));
    const first = await send('GET', `${SEMAPHORES}?limit=2`);
    expect(first.body.metadata.remainingItemCount).toBe(3);
    await send('DELETE', `${SEMAPHORES}/c`);
    await send('POST', SEMAPHORES, semaphore('bb'));
    await send('PATCH', `${SEMAPHORES}/d`, { spec: { permits: 9 } }, MERGE);
    const names: string[] = [];
    let page = first;
    for (;;) {
      names.push(...page.body.items.map(({ metadata }: { metadata: { name: string } }) => metadata.name));
      expect(page.body.metadata.resourceVersion).toBe(first.body.metadata.resourceVersion);
      if (!page.body.metadata.continue) break;
      page = await send('GET', `${SEMAPHORES}?limit=2&continue=${page.body.metadata.continue}`);
    }
    expect(names).toEqual(['a', 'b', 'c', 'd', 'e']);
  });

  it('whose moment is forgotten is Expired', async () => {
    const { server, send } = aServer();
    for (const name of ['a', 'b', 'c']) await send('POST', SEMAPHORES, semaphore(name));
    const { body } = await send('GET', `${SEMAPHORES}?limit=1`);
    await send('POST', SEMAPHORES, semaphore('d'));
    server.compact();
    const next = await send('GET', `${SEMAPHORES}?limit=1&continue=${body.metadata.continue}`);
    expect(next).toMatchObject({ status: 410, body: { reason: 'Expired' } });
  });

  it('is as it was at an exact resourceVersion', async () => {
    const { send } = aServer();
    const { body } = await send('POST', SEMAPHORES, semaphore('a'));
    await send('POST', SEMAPHORES, semaphore('b'));
    const then = await send(
      'GET',
      `${SEMAPHORES}?resourceVersionMatch=Exact&resourceVersion=${body.metadata.resourceVersion}`,
    );
    expect(then.body.items).toHaveLength(1);
  });

  it('selects by label, by field, and by namespace', async () => {
    const { send } = aServer();
    await send('POST', '/api/v1/namespaces', { metadata: { name: 'other' } });
    await send('POST', PERMITS, permit('a', { labels: { app: 'x' } }));
    await send('POST', PERMITS, permit('b', {}, { semaphore: 'other' }));
    await send('POST', PERMITS.replace('default', 'other'), permit('c', { labels: { app: 'x' } }));
    const names = async (path: string) =>
      (await send('GET', path)).body.items.map(({ metadata }: { metadata: { name: string } }) => metadata.name);
    expect(await names(`${PERMITS}?labelSelector=app%3Dx`)).toEqual(['a']);
    expect(await names(`${PERMITS}?fieldSelector=spec.semaphore%3Dother`)).toEqual(['b']);
    expect(await names('/apis/sync.konductor.io/v1/permits?labelSelector=app')).toEqual(['a', 'c']);
  });

  it('comes as a table when asked', async () => {
    const { send, clock } = aServer();
    await send('POST', SEMAPHORES, semaphore('a'));
    await clock.advance(5000);
    const { body } = await send('GET', SEMAPHORES, undefined, {
      accept: 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json',
    });
    expect(body.kind).toBe('Table');
    expect(body.rows[0].cells[0]).toBe('a');
    expect(body.rows[0].cells.at(-1)).toBe('5s');
  });
});

describe('server-side apply', () => {
  it('creates, takes over by force, and takes away what is no longer said', async () => {
    const { send } = aServer();
    const apply = (spec: object, query = '') =>
      send(
        'PATCH',
        `${SEMAPHORES}/db?fieldManager=me${query}`,
        { apiVersion: 'sync.konductor.io/v1', kind: 'Semaphore', metadata: { name: 'db' }, spec },
        APPLY,
      );
    expect((await apply({ permits: 1, maxTTL: '1h' })).status).toBe(201);
    const second = await apply({ permits: 2 });
    expect(second.status).toBe(200);
    expect(second.body.spec).toEqual({ permits: 2, ttl: '10m', ordering: 'Strict', maxWaiters: 10_000 });
    await send('PATCH', `${SEMAPHORES}/db?fieldManager=you`, { spec: { permits: 5 } }, MERGE);
    expect((await apply({ permits: 6 })).status).toBe(409);
    expect((await apply({ permits: 6 }, '&force=true')).body.spec.permits).toBe(6);
  });
});
