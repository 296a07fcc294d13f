import { createServer } from 'node:http';
import { type Listening, listening } from '../src/kube/listening.ts';
import type { Address } from '../src/kube/program-flags.ts';
import type { Operator } from './operator.ts';

/** Serves `/healthz` (it runs), `/readyz` (everything there is is known) and `/metrics`. */
export async function serveHealth(
  operator: Pick<Operator, 'isSynced' | 'registry'>,
  address: Address,
): Promise<Listening> {
  const answers: Readonly<Record<string, () => Answer | Promise<Answer>>> = {
    '/healthz': () => text(200, 'ok'),
    '/readyz': () => (operator.isSynced() ? text(200, 'ok') : text(503, 'not everything is listed yet')),
    '/metrics': async () => ({
      status: 200,
      type: operator.registry.contentType,
      body: await operator.registry.metrics(),
    }),
  };
  const server = createServer((request, response) => {
    const path = (request.url ?? '').split('?')[0] ?? '';
    const isRead = request.method === 'GET' || request.method === 'HEAD';
    const find = isRead && Object.hasOwn(answers, path) ? answers[path] : undefined;
    Promise.resolve(find ? find() : text(404, 'there is /healthz, /readyz and /metrics')).then(
      ({ status, type, body }) => response.writeHead(status, { 'content-type': type }).end(body),
      () => response.writeHead(500).end(),
    );
  });
  server.requestTimeout = REQUEST_TIMEOUT;
  return listening(server, address);
}

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

const text = (status: number, body: string): Answer => ({
  status,
  type: 'text/plain; charset=utf-8',
  body: `${body}\n`,
});

/** Probes and scrapers send a line and a few headers. */
const REQUEST_TIMEOUT = 10_000;
