import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { jsonResponse } from './body.ts';
import { selfSigned } from './certificate.ts';
import { ConnectionLostError } from './connection-lost.ts';
import type { ApiRequest, ApiResponse } from './http.ts';
import { PROTOBUF, readProtobuf } from './protobuf.ts';
import { badRequest, internalError, StatusError, tooLarge } from './status-error.ts';

export interface ListenOptions {
  /** Loopback unless said otherwise. */
  readonly host?: string;
  /** Any free one unless said otherwise. */
  readonly port?: number;
  /** Whether to speak HTTPS: with a certificate made for the occasion, or with this one. */
  readonly tls?: 'self-signed' | { readonly key: string; readonly cert: string };
}

export interface Listener {
  readonly url: string;
  /** The certificate to trust, in PEM. */
  readonly ca?: string;
  /** Ends watches and connections; nothing is left open. */
  close(): Promise<void>;
}

/** As much as a real server takes. */
const LARGEST_BODY = 3 * 1024 * 1024;
const REQUEST_TIMEOUT = 60_000;
const HEADERS_TIMEOUT = 20_000;
/** Longer than clients keep a connection that they do not use, so that they close it, not we. */
const KEEP_ALIVE = 120_000;

/** Serves over a socket what the handler serves in the process. */
export async function listen(
  handle: (request: ApiRequest) => Promise<ApiResponse>,
  { host = '127.0.0.1', port = 0, tls }: ListenOptions = {},
): Promise<Listener> {
  const pair = tls === 'self-signed' ? selfSigned([...new Set([host, 'localhost', '127.0.0.1'])], new Date()) : tls;
  const answer = (request: IncomingMessage, response: ServerResponse) => void serve(handle, request, response);
  const server: Server = pair
    ? createTlsServer({ ...pair, ALPNProtocols: ['http/1.1'] }, answer)
    : createServer(answer);
  server.requestTimeout = REQUEST_TIMEOUT;
  server.headersTimeout = HEADERS_TIMEOUT;
  server.keepAliveTimeout = KEEP_ALIVE;
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => {
    socket.setNoDelay(true);
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
  const { port: bound } = server.address() as AddressInfo;
  const shownHost = host.includes(':') ? `[${host}]` : host;
  return {
    url: `${pair ? 'https' : 'http'}://${shownHost}:${bound}`,
    ...(pair && { ca: pair.cert }),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

type Handle = (request: ApiRequest) => Promise<ApiResponse>;

/** Made once: every request ends by it, and an error with a stack of its own costs as much as reading the request. */
const GONE = new ConnectionLostError();

async function serve(handle: Handle, incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  const gone = new AbortController();
  outgoing.once('close', () => gone.abort(GONE));
  // whoever leaves in the middle is dealt with by the signal
  outgoing.on('error', () => {});
  try {
    const headers = headersOf(incoming);
    const { type, body } = asText(headers['content-type'], await bodyOf(incoming));
    const response = await handle({
      method: incoming.method ?? 'GET',
      path: incoming.url ?? '/',
      headers: type === headers['content-type'] ? headers : { ...headers, 'content-type': type as string },
      body,
      signal: gone.signal,
    });
    await send(response, outgoing);
  } catch (error) {
    if (error instanceof ConnectionLostError || outgoing.headersSent || gone.signal.aborted) {
      incoming.socket.destroy();
      return;
    }
    const refusal = error instanceof StatusError ? error : internalError(`Internal error occurred: ${String(error)}`);
    // what is left of a body that is too large is not read
    if (refusal.code === 413) outgoing.setHeader('connection', 'close');
    await send(jsonResponse(refusal.code, refusal.status), outgoing);
  }
}

function headersOf({ headers }: IncomingMessage): Record<string, string> {
  const out: Record<string, string> = {};
  for (const name in headers) {
    const value = headers[name];
    if (value !== undefined) out[name] = typeof value === 'string' ? value : value.join(', ');
  }
  return out;
}

/** Requests are text: what comes in protobuf goes on as the JSON that it stands for, if its kind is known. */
function asText(
  type: string | undefined,
  body: Buffer | undefined,
): { type: string | undefined; body: string | undefined } {
  if (body === undefined || !type?.startsWith(PROTOBUF)) return { type, body: body?.toString() };
  try {
    const object = readProtobuf(body);
    if (object) return { type: 'application/json', body: JSON.stringify(object) };
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw badRequest(error.message);
  }
  return { type, body: '' };
}

function bodyOf(incoming: IncomingMessage): Promise<Buffer | undefined> {
  if (incoming.headers['content-length'] === '0') return Promise.resolve(undefined);
  if (incoming.headers['content-length'] === undefined && incoming.headers['transfer-encoding'] === undefined) {
    return Promise.resolve(undefined);
  }
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    incoming.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > LARGEST_BODY) {
        incoming.pause();
        reject(tooLarge(LARGEST_BODY));
        return;
      }
      chunks.push(chunk);
    });
    incoming.once('end', () => resolve(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks)));
    incoming.once('error', () => reject(new ConnectionLostError()));
  });
}

async function send({ status, headers, body }: ApiResponse, outgoing: ServerResponse): Promise<void> {
  if (headers['transfer-encoding'] !== 'chunked') {
    const text = await body.text();
    const { warning, ...others } = headers;
    // every warning has a header of its own
    if (warning !== undefined) outgoing.setHeader('warning', warning.split(/, (?=299 - )/));
    outgoing.writeHead(status, { ...others, 'content-length': Buffer.byteLength(text) });
    outgoing.end(text);
    return;
  }
  outgoing.writeHead(status, headers);
  outgoing.flushHeaders();
  for await (const piece of body) {
    // a reader that is slow holds back this loop, and the events pile up where their number is bounded
    if (!outgoing.write(piece) && !outgoing.destroyed) await drained(outgoing);
    if (outgoing.destroyed) return;
  }
  outgoing.end();
}

const drained = (outgoing: ServerResponse): Promise<void> =>
  new Promise((resolve) => {
    const done = () => {
      outgoing.off('drain', done);
      outgoing.off('close', done);
      resolve();
    };
    outgoing.once('drain', done);
    outgoing.once('close', done);
  });
