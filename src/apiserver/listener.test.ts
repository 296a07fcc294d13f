import { request } from 'node:https';
import { afterEach, describe, expect, it } from 'vitest';
import { MERGE, SEMAPHORES, semaphore } from '../../test/support/apiserver.ts';
import { type ApiServer, createApiServer } from './server.ts';

const servers: ApiServer[] = [];
const started = () => {
  const server = createApiServer();
  servers.push(server);
  return server;
};
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

const post = (url: string, body: unknown) =>
  fetch(`${url}${SEMAPHORES}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });

describe('over a socket', () => {
  it('answers as it does in the process', async () => {
    const { url } = await started().listen();
    const made = await post(url, semaphore('a', { foo: 1 }));
    expect(made.status).toBe(201);
    expect(made.headers.get('warning')).toBe('299 - "unknown field \\"spec.foo\\""');
    const patched = await fetch(`${url}${SEMAPHORES}/a`, {
      method: 'PATCH',
      headers: MERGE,
      body: '{"spec":{"permits":5}}',
    });
    expect(await patched.json()).toMatchObject({ spec: { permits: 5 } });
  });

  it('streams a watch event by event, and ends it when it closes', async () => {
    const server = started();
    const { url, close } = await server.listen();
    const watch = await fetch(`${url}${SEMAPHORES}?watch=true`);
    const reader = (watch.body as ReadableStream<Uint8Array>).getReader();
    await post(url, semaphore('a'));
    const { value } = await reader.read();
    expect(JSON.parse(new TextDecoder().decode(value))).toMatchObject({
      type: 'ADDED',
      object: { metadata: { name: 'a' } },
    });
    const end = reader.read().then(
      ({ done }) => done,
      () => true,
    );
    await close();
    expect(await end).toBe(true);
    await expect.poll(() => server.watches.size).toBe(0);
  });

  it('forgets a watch whose reader has gone', async () => {
    const server = started();
    const { url } = await server.listen();
    const gone = new AbortController();
    await fetch(`${url}${SEMAPHORES}?watch=true`, { signal: gone.signal });
    expect(server.watches.size).toBe(1);
    gone.abort();
    await expect.poll(() => server.watches.size).toBe(0);
  });

  it('refuses a body that is too large', async () => {
    const { url } = await started().listen();
    const answer = await post(url, semaphore('a', { ttl: 'x'.repeat(3 * 1024 * 1024) }));
    expect(answer.status).toBe(413);
    expect(await answer.json()).toMatchObject({ reason: 'RequestEntityTooLarge' });
  });

  it('breaks the connection when a fault says so', async () => {
    const server = started();
    const { url } = await server.listen();
    server.faults.add(() => ({ fail: 'connection', applied: true }));
    await expect(post(url, semaphore('a'))).rejects.toThrow();
    server.faults.clear();
    expect((await fetch(`${url}${SEMAPHORES}/a`)).status).toBe(200);
  });

  it('speaks HTTPS with a certificate that its address can be trusted by', async () => {
    const { url, ca } = await started().listen({ tls: 'self-signed' });
    const status = await new Promise((resolve, reject) => {
      request(`${url}/version`, { ca }, (response) => resolve(response.resume().statusCode))
        .once('error', reject)
        .end();
    });
    expect(status).toBe(200);
  });
});
