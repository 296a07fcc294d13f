import { expect } from 'vitest';
import { Semaphore } from '../../../../src/api/semaphore.ts';
import type { Suite } from '../../ground.ts';
import { configMap, semaphore } from '../../objects.ts';
import type { Place } from '../../place.ts';

const NOT_FOUND = 'the server could not find the requested resource';
const NOT_ALLOWED = 'the server does not allow this method on the requested resource';

/** Requests that make no sense. */
export const nonsense: Suite = ({ promise, promises }) => {
  promises<string>(
    {
      'a path nobody knows is 404': '/nonsense',
      'a group nobody knows is 404': '/apis/nonsense.example.com/v1/things',
      'a group nobody knows has no versions': '/apis/nonsense.example.com',
      'a version nobody knows is 404': '/apis/sync.konductor.io/v9/semaphores',
      'a kind nobody knows is 404': '/apis/sync.konductor.io/v1/nonsense',
    },
    async ({ ask }, path) => {
      expect(await ask('GET', path)).toMatchObject({ status: 404, body: '404 page not found\n' });
    },
  );

  promise('a core kind nobody knows is 404, with a Status', async ({ ask, core }) => {
    expect(await ask('GET', core('nonsense'))).toMatchObject({
      status: 404,
      body: { kind: 'Status', reason: 'NotFound', message: NOT_FOUND, code: 404 },
    });
  });

  promise('a part nobody knows is 404', async ({ ask, path, semaphores }) => {
    await semaphores.create(semaphore('db'));
    expect((await ask('GET', `${path(Semaphore, 'db')}/nonsense`)).status).toBe(404);
    expect((await ask('GET', `${path(Semaphore, 'db')}/scale`)).status).toBe(404);
  });

  promises<(place: Place) => [method: string, path: string]>(
    {
      'nobody posts to a ConfigMap': ({ core }) => ['POST', core('configmaps', 'settings')],
      'nobody puts a collection': ({ core }) => ['PUT', core('configmaps')],
      'nobody patches a collection': ({ core }) => ['PATCH', core('configmaps')],
    },
    async (place, call) => {
      await place.maps.create(configMap('settings'));
      const [method, path] = call(place);
      expect(await place.ask(method, path, configMap('settings'))).toMatchObject({
        status: 405,
        body: { kind: 'Status', reason: 'MethodNotAllowed', message: NOT_ALLOWED },
      });
    },
  );

  promises<[method: string]>(
    {
      'a replacement of a custom resource needs a name': ['PUT'],
      'a patch of a custom resource needs a name': ['PATCH'],
    },
    async ({ ask, path }, [method]) => {
      expect(await ask(method, path(Semaphore), semaphore('db'))).toMatchObject({
        status: 400,
        body: { reason: 'BadRequest', message: 'name must be provided' },
      });
    },
  );

  promise('nobody creates our kinds for all namespaces at once', async ({ ask }) => {
    expect((await ask('POST', '/apis/sync.konductor.io/v1/semaphores', semaphore('db'))).status).toBe(404);
  });

  promise('a body that is no JSON is refused', async ({ ask, path }) => {
    const { status, body } = await ask<{ reason: string }>('POST', path(Semaphore), '{"apiVersion":');
    expect({ status, reason: body.reason }).toEqual({ status: 400, reason: 'BadRequest' });
  });

  promise('a body that is no object is refused', async ({ ask, path }) => {
    expect((await ask('POST', path(Semaphore), '[]')).status).toBe(400);
    expect((await ask('POST', path(Semaphore), '"text"')).status).toBe(400);
    expect((await ask('POST', path(Semaphore), '')).status).toBeGreaterThanOrEqual(400);
  });

  promise(
    'a body without apiVersion and kind is taken for what the path says, in built-in kinds',
    async ({ ask, core }) => {
      expect(await ask('POST', core('configmaps'), { metadata: { name: 'settings' } })).toMatchObject({
        status: 201,
        body: { kind: 'ConfigMap', apiVersion: 'v1' },
      });
    },
  );

  promise('a custom resource must say what it is', async ({ ask, path }) => {
    const { status, body } = await ask<{ message: string }>('POST', path(Semaphore), {
      metadata: { name: 'db' },
      spec: { permits: 1 },
    });
    expect(status).toBe(400);
    expect(body.message).toContain("Object 'Kind' is missing in");
  });

  promise('a body in yaml will do', async ({ ask, path }) => {
    const yaml = 'apiVersion: sync.konductor.io/v1\nkind: Semaphore\nmetadata:\n  name: db\nspec:\n  permits: 2\n';
    const { status, body } = await ask('POST', path(Semaphore), yaml, { 'content-type': 'application/yaml' });
    expect({ status, body }).toMatchObject({ status: 201, body: { spec: { permits: 2 } } });
  });

  promise('a body of an unknown type is refused', async ({ ask, path }) => {
    expect(await ask('POST', path(Semaphore), 'permits=2', { 'content-type': 'text/plain' })).toMatchObject({
      status: 415,
      body: {
        reason: 'UnsupportedMediaType',
        message: expect.stringContaining('the body of the request was in an unknown format'),
      },
    });
  });

  promise('a limit that is no number is refused', async ({ ask, path }) => {
    expect((await ask('GET', `${path(Semaphore)}?limit=many`)).status).toBe(400);
  });
};
