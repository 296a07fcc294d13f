import { once } from 'node:events';
import { createServer, type RequestListener, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import express, { type NextFunction, type Request, type Response } from 'express';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Konductor, startKonductor } from '../dev/testing.ts';
import { type MiddlewareOptions, middleware } from './middleware.ts';
import { permitOf } from './permit-of.ts';

let konductor: Konductor;
let server: Server;
const held: (() => void)[] = [];

beforeEach(async () => {
  konductor = await startKonductor();
  await konductor.client.createSemaphore('api-heavy', { permits: 1 });
});
afterEach(async () => {
  for (const answer of held.splice(0)) answer();
  server.closeAllConnections();
  server.close();
  await konductor.stop();
});

async function serve(listener: RequestListener): Promise<string> {
  server = createServer(listener);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const limited = (options: MiddlewareOptions = {}) =>
  middleware.semaphore('api-heavy', { client: konductor.client, ...options });

/** A route that answers only when the test lets it. */
function app(options: MiddlewareOptions = {}) {
  const routes = express();
  routes.use('/heavy', limited(options));
  const entered: Request[] = [];
  const news = new EventTarget();
  routes.get('/heavy', (incoming, outgoing) => {
    entered.push(incoming);
    news.dispatchEvent(new Event('entered'));
    held.push(() => outgoing.json({ token: permitOf(incoming)?.token }));
  });
  routes.get('/light', (_, outgoing) => void outgoing.send('light'));
  routes.use((error: Error, _: Request, outgoing: Response, _next: NextFunction) => {
    outgoing.status(500).json({ error: error.message });
  });
  const nextEntry = () => new Promise((resolve) => news.addEventListener('entered', resolve, { once: true }));
  return { routes, entered, nextEntry };
}

/** Kept once nobody holds it and nobody waits for it. */
const free = async () => {
  await using permit = await konductor.connect({ holder: 'judge' }).acquireSemaphore('api-heavy', { timeout: '5s' });
  permit.assertHeld();
};
const waiting = async () => (await konductor.client.getSemaphore('api-heavy')).status?.waiting ?? 0;

describe('the Express middleware', () => {
  it('lets a request in with a permit, and gives that back with the answer', async () => {
    const { routes, nextEntry } = app();
    const url = await serve(routes);
    const entry = nextEntry();
    const answer = fetch(`${url}/heavy`);
    await entry;
    expect(await (await fetch(`${url}/light`)).text()).toBe('light');
    held.pop()?.();
    expect(await (await answer).json()).toEqual({ token: expect.any(Number) });
    await free();
  });

  it('refuses at once with 429 and Retry-After when there is no room', async () => {
    const { routes } = app();
    const url = await serve(routes);
    await using _permit = await konductor.client.acquireSemaphore('api-heavy');
    const answer = await fetch(`${url}/heavy`);
    expect(answer.status).toBe(429);
    expect(answer.headers.get('retry-after')).toBe('1');
    expect(await answer.json()).toEqual({ error: 'rate limited', retryAfter: 1 });
  });

  it('waits as long as it may, and then refuses', async () => {
    const { routes } = app({ timeout: '100ms' });
    const url = await serve(routes);
    await using _permit = await konductor.client.acquireSemaphore('api-heavy');
    expect((await fetch(`${url}/heavy`)).status).toBe(429);
    expect(await waiting()).toBe(0);
  });

  it('lets the one that waits in as soon as there is room', async () => {
    const { routes, nextEntry } = app({ timeout: '10s' });
    const url = await serve(routes);
    const permit = await konductor.client.acquireSemaphore('api-heavy');
    const entry = nextEntry();
    const answer = fetch(`${url}/heavy`);
    await permit.release();
    await entry;
    held.pop()?.();
    expect((await answer).status).toBe(200);
  });

  it('gives the permit back when the client hangs up before the answer', async () => {
    const { routes, nextEntry } = app();
    const url = await serve(routes);
    const entry = nextEntry();
    const asking = request(`${url}/heavy`).on('error', () => {});
    asking.end();
    await entry;
    asking.destroy();
    await free();
  });

  it('stops waiting when the client hangs up, and calls no handler', async () => {
    const { routes, entered } = app({ timeout: '1h' });
    const url = await serve(routes);
    const permit = await konductor.client.acquireSemaphore('api-heavy');
    const asking = request(`${url}/heavy`).on('error', () => {});
    asking.end();
    await expect.poll(waiting).toBe(1);
    asking.destroy();
    await expect.poll(waiting).toBe(0);
    await permit.release();
    await free();
    expect(entered).toEqual([]);
  });

  it('makes the semaphore when it is told how many permits there are', async () => {
    const routes = express();
    routes.use(middleware.semaphore('new', { client: konductor.client, permits: 5, ttl: 300 }));
    routes.get('/', (_, outgoing) => void outgoing.send('ok'));
    expect((await fetch(await serve(routes))).status).toBe(200);
    expect((await konductor.client.getSemaphore('new')).spec.permits).toBe(5);
  });

  it('hands what is no lack of room to the error handler', async () => {
    const routes = express();
    routes.use(middleware.semaphore('nowhere', { client: konductor.client }));
    routes.use((error: Error & { code?: string }, _: Request, outgoing: Response, _next: NextFunction) => {
      outgoing.status(503).send(error.code);
    });
    const answer = await fetch(await serve(routes));
    expect([answer.status, await answer.text()]).toEqual([503, 'NOT_FOUND']);
  });

  it('does the same for a server without Express', async () => {
    const limit = limited();
    const url = await serve((incoming, outgoing) =>
      limit(incoming, outgoing, (error) => {
        outgoing.statusCode = error ? 500 : 200;
        outgoing.end('plain');
      }),
    );
    expect(await (await fetch(url)).text()).toBe('plain');
    await free();
    await using _permit = await konductor.client.acquireSemaphore('api-heavy');
    expect((await fetch(url)).status).toBe(429);
  });
});
