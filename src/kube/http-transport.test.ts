import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { systemClock } from '../api/clock.ts';
import { virtualClock } from '../dev/virtual-clock.ts';
import type { Connection } from './connection.ts';
import { fixedCredentials, renewable } from './credentials.ts';
import { TransportError } from './errors.ts';
import { type HttpTransport, type HttpTransportOptions, httpTransport } from './http-transport.ts';
import type { KubeRequest } from './transport.ts';

const cleanups: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean();
});

async function serving(listener: RequestListener) {
  const sockets = new Set<Socket>();
  const server: Server = createServer(listener).on('connection', (socket) => sockets.add(socket));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  cleanups.push(() => {
    for (const socket of sockets) socket.destroy();
    return new Promise((resolve) => server.close(() => resolve()));
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, sockets, server };
}

function calling(server: string, more: Partial<Connection> = {}, options: HttpTransportOptions = {}): HttpTransport {
  const transport = httpTransport(
    { server, namespace: 'default', tls: {}, credentials: fixedCredentials({}), ...more },
    options,
  );
  cleanups.push(() => transport.close());
  return transport;
}

const get = (path: string, more: Partial<KubeRequest> = {}): KubeRequest => ({
  method: 'GET',
  path,
  headers: {},
  ...more,
});
const failureOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => 'no failure',
    (error: unknown) => error,
  );
const next = <T>(take: (resolve: (value: T) => void) => void): Promise<T> => new Promise(take);

describe('calls over HTTP', () => {
  test('200 calls at once share a bounded number of connections', async () => {
    const { url, sockets } = await serving((request, response) => {
      setImmediate(() => response.end(request.url));
    });
    const transport = calling(url, {}, { limits: { connections: 8 } });
    const texts = await Promise.all(
      Array.from({ length: 200 }, async (_, index) => (await transport(get(`/${index}`))).body.text()),
    );
    expect(texts[199]).toBe('/199');
    expect(sockets.size).toBeLessThanOrEqual(8);
  });

  test('two transports to the same server share its connections', async () => {
    const { url, sockets } = await serving((_, response) => response.end('{}'));
    const limits = { connections: 1 };
    const [one, other] = [calling(url, {}, { limits }), calling(url, {}, { limits })];
    await one(get('/'));
    await other(get('/'));
    await one.close();
    await other(get('/'));
    expect(sockets.size).toBe(1);
  });

  test('watches do not take the connections of other calls', async () => {
    const { url } = await serving((request, response) => {
      if (request.url?.includes('watch')) response.write('{}\n');
      else response.end('answered');
    });
    const transport = calling(url, {}, { limits: { connections: 2 } });
    for (let index = 0; index < 5; index++) await transport(get('/a?watch=true'));
    expect(await (await transport(get('/'))).body.text()).toBe('answered');
  });

  test('a path in the server goes before every path', async () => {
    const { url } = await serving((request, response) => response.end(request.url));
    expect(await (await calling(`${url}/clusters/one/`)(get('/api?x=1'))).body.text()).toBe('/clusters/one/api?x=1');
  });

  test('sends the body, and headers as they are', async () => {
    const { url } = await serving(async (request, response) => {
      let body = '';
      for await (const chunk of request.setEncoding('utf8')) body += chunk;
      response
        .setHeader('retry-after', '3')
        .writeHead(201)
        .end(`${request.method} ${request.headers['content-type']} ${body}`);
    });
    const answer = await calling(url)({
      method: 'PATCH',
      path: '/',
      headers: { 'content-type': 'x/y' },
      body: '{"ü":1}',
    });
    expect([answer.status, answer.headers['retry-after'], await answer.body.text()]).toEqual([
      201,
      '3',
      'PATCH x/y {"ü":1}',
    ]);
  });

  test('characters cut between chunks come out whole', async () => {
    const bytes = Buffer.from('{"name":"日本語 ü 🎉"}\n');
    const { url } = await serving(async (_, response) => {
      for (const byte of bytes) {
        response.write(Buffer.of(byte));
        await new Promise((resolve) => setImmediate(resolve));
      }
      response.end();
    });
    let text = '';
    for await (const chunk of (await calling(url)(get('/?watch=true'))).body) text += chunk;
    expect(text).toBe(bytes.toString());
  });

  test('each impersonated group is a header line of its own', async () => {
    const { url } = await serving((request, response) => response.end(JSON.stringify(request.rawHeaders)));
    const transport = calling(url, { impersonate: { user: 'jane', groups: ['dev', 'ops, admins'], uid: '7' } });
    const headers = JSON.parse(await (await transport(get('/'))).body.text()) as string[];
    const groups = headers.filter((_, index) => headers[index - 1]?.toLowerCase() === 'impersonate-group');
    expect(groups).toEqual(['dev', 'ops, admins']);
    expect(headers).toContain('jane');
  });

  test('a proxy is asked when there is one', async () => {
    const { url } = await serving((request, response) => response.end(`${request.headers.host} by proxy`));
    const answer = await calling('http://far.invalid', { proxy: url })(get('/api'));
    expect(await answer.body.text()).toBe('far.invalid by proxy');
  });

  test('another client certificate means other connections, and calls under way with the old one end in peace', async () => {
    const slow = Promise.withResolvers<ServerResponse>();
    const { url, sockets } = await serving((request, response) => {
      if (request.url === '/slow') slow.resolve(response);
      else response.end('fast');
    });
    let cert = 'one';
    const transport = calling(url, { credentials: { get: () => ({ cert, key: cert }) } });
    const first = transport(get('/slow'));
    const response = await slow.promise;
    cert = 'two';
    await transport(get('/fast'));
    response.end('slow');
    expect(await (await first).body.text()).toBe('slow');
    expect(sockets.size).toBe(2);
  });
});

describe('a call that fails', () => {
  test('was refused before anything was sent', async () => {
    const { url, server } = await serving(() => {});
    await new Promise((resolve) => server.close(resolve));
    const error = await failureOf(calling(url)({ method: 'POST', path: '/', headers: {}, body: '{}' }));
    expect(error).toMatchObject({ failure: 'unreachable', mayHaveHappened: false, cause: { code: 'ECONNREFUSED' } });
    expect(error).toBeInstanceOf(TransportError);
  });

  test.for([
    ['POST', true],
    ['GET', false],
  ] as const)('by a lost connection may have happened: %s %s', async ([method, may]) => {
    const { url } = await serving((request) => request.socket.destroy());
    const error = await failureOf(calling(url)({ method, path: '/', headers: {} }));
    expect(error).toMatchObject({ failure: 'reset', mayHaveHappened: may });
  });

  test('is given up after the time-out, and its connection closed', async () => {
    const clock = virtualClock();
    const arrived = Promise.withResolvers<IncomingMessage>();
    const { url } = await serving((request) => arrived.resolve(request));
    const failed = failureOf(calling(url, {}, { clock })({ method: 'DELETE', path: '/x', headers: {} }));
    const closed = next((resolve) => arrived.promise.then((request) => request.socket.once('close', resolve)));
    await arrived.promise;
    await clock.advance(60_000);
    expect(await failed).toMatchObject({
      failure: 'timeout',
      mayHaveHappened: true,
      message: 'DELETE /x was not answered within 60000 ms',
    });
    await closed;
  });

  test('is given up when its body stops in the middle', async () => {
    const clock = virtualClock();
    const arrived = Promise.withResolvers<ServerResponse>();
    const { url } = await serving((_, response) => {
      response.write('{"half":');
      arrived.resolve(response);
    });
    const failed = failureOf(calling(url, {}, { clock })(get('/')));
    await arrived.promise;
    await clock.advance(60_000);
    expect(await failed).toMatchObject({ failure: 'timeout' });
  });

  test('is cancelled in the middle, and its connection closed', async () => {
    const arrived = Promise.withResolvers<IncomingMessage>();
    const { url } = await serving((request) => arrived.resolve(request));
    const stop = new AbortController();
    const failed = failureOf(calling(url)(get('/', { signal: stop.signal })));
    const socket = (await arrived.promise).socket;
    const closed = next((resolve) => socket.once('close', resolve));
    stop.abort(new Error('enough'));
    expect(await failed).toMatchObject({ failure: 'aborted', cause: { message: 'enough' } });
    await closed;
  });

  test('of a server whose certificate is not trusted is no trouble of the way', () => {
    const error = Object.assign(new Error('self-signed certificate'), { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' });
    return import('./transport-failure.ts').then(({ transportErrorOf }) => {
      const call = { method: 'GET', path: '/', write: false, late: false, limit: 1, aborted: false };
      expect(transportErrorOf(error, call)).toMatchObject({ failure: 'tls' });
    });
  });
});

describe('a watch over HTTP', () => {
  test('lasts however long it is quiet, and ends with its signal', async () => {
    const clock = virtualClock();
    const arrived = Promise.withResolvers<ServerResponse>();
    const { url } = await serving((_, response) => {
      response.write('first\n');
      arrived.resolve(response);
    });
    const stop = new AbortController();
    const { body } = await calling(url, {}, { clock })(get('/?watch=1', { signal: stop.signal }));
    const chunks = body[Symbol.asyncIterator]();
    expect((await chunks.next()).value).toBe('first\n');
    await clock.advance(3_600_000);
    (await arrived.promise).write('second\n');
    expect((await chunks.next()).value).toBe('second\n');
    const closed = next((resolve) => void arrived.promise.then((response) => response.once('close', resolve)));
    const end = failureOf(chunks.next());
    stop.abort();
    expect(await end).toMatchObject({ failure: 'aborted' });
    await closed;
    expect(clock.nextTimer()).toBeUndefined();
  });

  test('that is left closes its connection', async () => {
    const closed = Promise.withResolvers<void>();
    const { url } = await serving((_, response) => {
      response.write('first\n');
      response.once('close', () => closed.resolve());
    });
    for await (const _ of (await calling(url)(get('/?watch=true'))).body) break;
    await closed.promise;
  });

  test('that breaks says so', async () => {
    const { url } = await serving((request, response) => {
      response.write('first\n', () => request.socket.destroy());
    });
    const { body } = await calling(url)(get('/?watch=true'));
    expect(await failureOf(body.text())).toMatchObject({ failure: 'reset' });
  });

  test('that does not begin is given up', async () => {
    const clock = virtualClock();
    const arrived = Promise.withResolvers<void>();
    const { url } = await serving(() => arrived.resolve());
    const failed = failureOf(calling(url, {}, { clock })(get('/?watch=true')));
    await arrived.promise;
    await clock.advance(30_000);
    expect(await failed).toMatchObject({ failure: 'timeout' });
  });
});

describe('credentials that are refused', () => {
  const guarded = () =>
    serving((request, response) => {
      response.writeHead(request.headers.authorization === 'Bearer 2' ? 200 : 401).end(request.headers.authorization);
    });

  test('are renewed once, for all calls that were refused', async () => {
    const { url } = await guarded();
    let issued = 0;
    const credentials = renewable(async () => ({ credentials: { authorization: `Bearer ${++issued}` } }), systemClock);
    const transport = calling(url, { credentials });
    const answers = await Promise.all([1, 2, 3].map(() => transport(get('/'))));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(issued).toBe(2);
  });

  test('are not sent again when there are no others', async () => {
    let calls = 0;
    const { url } = await serving((_, response) => {
      calls++;
      response.writeHead(401).end('no');
    });
    const credentials = renewable(async () => ({ credentials: { authorization: 'Bearer 1' } }), systemClock);
    const answer = await calling(url, { credentials })(get('/'));
    expect([answer.status, await answer.body.text(), calls]).toEqual([401, 'no', 1]);
  });
});
