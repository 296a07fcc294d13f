import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createApiServer } from '../apiserver/server.ts';
import type { Environment } from '../kube/connection.ts';
import { Client } from './client.ts';
import type { ClientOptions } from './options.ts';
import { sessionOf } from './session.ts';

const bound = { namespace: 'team', pod: { name: 'runner-x', uid: 'pod-uid' } };
const tokenFor = (claims: unknown) =>
  `x.${Buffer.from(JSON.stringify({ 'kubernetes.io': claims })).toString('base64url')}.y`;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'konductor-'));
  await writeFile(join(folder, 'token'), tokenFor(bound));
  await writeFile(join(folder, 'namespace'), 'team');
  await writeFile(join(folder, 'ca.crt'), 'ca');
});
afterAll(() => rm(folder, { recursive: true }));

const IN_POD = { KUBERNETES_SERVICE_HOST: '10.0.0.1', KUBERNETES_SERVICE_PORT: '443' };

async function sessionIn(variables: Environment['variables'], options: ClientOptions = {}) {
  const handle = sessionOf({ environment: { variables, home: undefined, serviceAccount: folder }, ...options });
  const session = await handle.open();
  await handle.close();
  return session;
}

describe('who a client is', () => {
  it.each<[string, Environment['variables'], ClientOptions, string]>([
    ['what the options say', { KONDUCTOR_HOLDER: 'b', POD_NAME: 'c', ...IN_POD }, { holder: 'a' }, 'a'],
    ['KONDUCTOR_HOLDER', { KONDUCTOR_HOLDER: 'b', POD_NAME: 'c', ...IN_POD }, {}, 'b'],
    ['POD_NAME', { POD_NAME: 'c', ...IN_POD }, {}, 'c'],
    ['the pod around it', IN_POD, {}, 'runner-x'],
    ['the host', {}, { server: 'http://127.0.0.1:1' }, hostname()],
  ])('is %s', async (_, variables, options, holder) => {
    expect((await sessionIn(variables, options)).holder).toBe(holder);
  });
});

describe('what its claims go with', () => {
  const pod = { apiVersion: 'v1', kind: 'Pod', name: 'runner-x', uid: 'pod-uid' };

  it('is the pod around it, in the pod’s namespace', async () => {
    const session = await sessionIn(IN_POD);
    expect(session.namespace).toBe('team');
    expect(session.ownerIn('team')).toEqual(pod);
    expect(session.ownerIn('other')).toBeUndefined();
  });

  it('is nothing where the server is another cluster’s, which knows no such pod', async () => {
    const session = await sessionIn(IN_POD, { server: 'https://10.9.9.9:443', namespace: 'team' });
    expect(session.ownerIn('team')).toBeUndefined();
  });

  it('is what the options say, in the client’s namespace', async () => {
    const owner = { apiVersion: 'batch/v1', kind: 'Job', name: 'j', uid: 'u' };
    const session = await sessionIn(IN_POD, { owner });
    expect(session.ownerIn('team')).toEqual(owner);
    expect(session.ownerIn('other')).toBeUndefined();
    expect((await sessionIn(IN_POD, { owner: null })).ownerIn('team')).toBeUndefined();
  });
});

describe('connecting', () => {
  it('happens on first use: making a client reads and sends nothing', async () => {
    const client = new Client({ kubeconfig: '/nowhere/config' });
    await expect(client.getSemaphore('db')).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      message: expect.stringMatching(/^could not connect to the cluster: .*\/nowhere\/config/),
    });
    await client.close();
  });

  it('fails with what to do when nobody answers', async () => {
    const client = new Client({ server: 'http://127.0.0.1:1' });
    await expect(client.listSemaphores()).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      message: expect.stringMatching(
        /^could not list semaphores: .*ECONNREFUSED.*try again when the API server can be reached$/,
      ),
    });
    await client.close();
  });

  it('says when the cluster does not know our kinds', async () => {
    const server = createApiServer({ crds: [] });
    const { url } = await server.listen({});
    {
      await using client = new Client({ server: url });
      const error = {
        code: 'NOT_FOUND',
        message: expect.stringMatching(/are Konductor's CRDs installed in this cluster\?$/),
      };
      await expect(client.listSemaphores()).rejects.toMatchObject(error);
      await expect(client.acquireSemaphore('db')).rejects.toMatchObject(error);
      await expect(client.waitGate('ready')).rejects.toMatchObject(error);
    }
    await server.close();
  });

  it('works over a real socket, and ends with the client', async () => {
    const server = createApiServer();
    const { url } = await server.listen({});
    {
      await using client = new Client({ server: url });
      await client.createSemaphore('db', { permits: 2 });
      expect((await client.listSemaphores()).map(({ spec }) => spec.permits)).toEqual([2]);
    }
    await server.close();
  });
});
