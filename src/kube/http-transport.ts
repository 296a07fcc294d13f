import type { Dispatcher } from 'undici';
import { type Clock, systemClock } from '../api/clock.ts';
import { type ChildSignal, childSignal } from './child-signal.ts';
import type { Connection } from './connection.ts';
import { type Credentials, sameCredentials } from './credentials.ts';
import { TransportError } from './errors.ts';
import { type Pools, poolsFor } from './pools.ts';
import {
  isRead,
  isWatchPath,
  type KubeBody,
  type KubeRequest,
  type KubeResponse,
  type Transport,
} from './transport.ts';
import { transportErrorOf } from './transport-failure.ts';

export interface HttpTransportOptions {
  readonly clock?: Clock;
  readonly limits?: Partial<HttpLimits>;
}

export interface HttpLimits {
  /** Most connections for calls; further calls queue. */
  readonly connections: number;
  /** Most watches at once; further ones wait, and time out. */
  readonly watches: number;
  /** Milliseconds. */
  readonly connectTimeout: number;
  /** Milliseconds until a watch must have begun. */
  readonly headersTimeout: number;
  /** Milliseconds until any other call must be over, its turn in the queue included. */
  readonly totalTimeout: number;
}

const LIMITS: HttpLimits = {
  connections: 32,
  watches: 1024,
  connectTimeout: 10_000,
  headersTimeout: 30_000,
  totalTimeout: 60_000,
};

/** A transport that holds connections: close it, or they stay open. */
export interface HttpTransport extends Transport {
  close(): Promise<void>;
}

/** Calls over real connections, kept alive and shared by the whole process. */
export function httpTransport(connection: Connection, options: HttpTransportOptions = {}): HttpTransport {
  const { clock = systemClock } = options;
  const limits = { ...LIMITS, ...options.limits };
  const { origin, pathname } = new URL(connection.server);
  const prefix = pathname.replace(/\/$/, '');
  const { credentials: source } = connection;
  const impersonation = impersonationHeaders(connection);
  let identity: Pick<Credentials, 'cert' | 'key'> | undefined;
  let pools: Promise<Pools> | undefined;
  let ready: Pools | undefined;
  let closed = false;

  /** Connections belong to a client certificate: another one, other connections. */
  const poolsOf = ({ cert, key }: Credentials): Pools | Promise<Pools> => {
    if (identity && identity.cert === cert && identity.key === key) return ready ?? (pools as Promise<Pools>);
    const before = pools;
    const { connections, watches, connectTimeout } = limits;
    identity = { cert, key };
    ready = undefined;
    const mine = poolsFor(
      { origin, tls: connection.tls, cert, key, proxy: connection.proxy },
      { connections, watches, connectTimeout },
    );
    pools = mine;
    mine.then((made) => {
      if (pools === mine) ready = made;
    }, forget);
    before?.then((old) => old.release('gently'), forget);
    return mine;
  };

  const attempt = async (request: KubeRequest, credentials: Credentials, child: ChildSignal, watching: boolean) => {
    const known = poolsOf(credentials);
    const { calls, watches } = known instanceof Promise ? await known : known;
    return (watching ? watches : calls).request({
      origin,
      path: prefix + request.path,
      method: request.method as Dispatcher.HttpMethod,
      headers: {
        ...request.headers,
        ...impersonation,
        ...(credentials.authorization !== undefined && { authorization: credentials.authorization }),
      },
      body: request.body ?? null,
      signal: child.signal,
    });
  };

  const send = async (request: KubeRequest): Promise<KubeResponse> => {
    if (closed) throw new TransportError('aborted', 'the transport is closed');
    const watching = isWatchPath(request.path);
    const limit = watching ? limits.headersTimeout : limits.totalTimeout;
    const child = childSignal(request.signal);
    let late = false;
    const timer = clock.after(limit, () => {
      late = true;
      child.abort(new Error(`no answer within ${limit} ms`));
    });
    const failed = (error: unknown): never => {
      const write = !isRead(request.method);
      throw transportErrorOf(error, {
        method: request.method,
        path: request.path,
        write,
        late,
        limit,
        aborted: request.signal?.aborted ?? false,
      });
    };
    let streaming = false;
    try {
      const asked = source.get();
      const credentials = asked instanceof Promise ? await asked : asked;
      if (child.signal.aborted) throw child.signal.reason;
      let answer = await attempt(request, credentials, child, watching);
      if (answer.statusCode === 401 && source.renew) {
        const text = await answer.body.text();
        const renewed = await source.renew(credentials);
        if (sameCredentials(renewed, credentials))
          return { status: 401, headers: flat(answer.headers), body: textBody(text) };
        answer = await attempt(request, renewed, child, watching);
      }
      const headers = flat(answer.headers);
      if (!watching || answer.statusCode >= 300) {
        // read to its end here: then no caller can forget to, and leave its connection taken
        return { status: answer.statusCode, headers, body: textBody(await answer.body.text()) };
      }
      streaming = true;
      return { status: answer.statusCode, headers, body: streamBody(answer.body, failed, () => child.release()) };
    } catch (error) {
      return failed(error);
    } finally {
      timer.cancel();
      if (!streaming) child.release();
    }
  };

  return Object.assign(send, {
    async close() {
      closed = true;
      await (await pools)?.release('now');
    },
  });
}

/** Each group in a header line of its own: the server splits no list. */
function impersonationHeaders({ impersonate }: Connection): Readonly<Record<string, string | string[]>> {
  return {
    ...(impersonate?.user !== undefined && { 'impersonate-user': impersonate.user }),
    ...(impersonate?.groups && { 'impersonate-group': [...impersonate.groups] }),
    ...(impersonate?.uid !== undefined && { 'impersonate-uid': impersonate.uid }),
  };
}

function flat(headers: Readonly<Record<string, string | string[] | undefined>>): Readonly<Record<string, string>> {
  const out: Record<string, string> = {};
  for (const name in headers) {
    const value = headers[name];
    if (value !== undefined) out[name] = typeof value === 'string' ? value : value.join(', ');
  }
  return out;
}

/** A failure that whoever waits for the same promise is told of. */
const forget = (): void => {};

const textBody = (text: string): KubeBody => ({
  text: () => Promise.resolve(text),
  async *[Symbol.asyncIterator]() {
    if (text) yield text;
  },
});

function streamBody(
  bytes: AsyncIterable<Uint8Array>,
  failed: (error: unknown) => never,
  release: () => void,
): KubeBody {
  async function* chunks(): AsyncGenerator<string, void> {
    // keeps the first bytes of a character until the chunk that has the rest
    const decoder = new TextDecoder();
    try {
      for await (const chunk of bytes) {
        const text = decoder.decode(chunk, { stream: true });
        if (text) yield text;
      }
      const rest = decoder.decode();
      if (rest) yield rest;
    } catch (error) {
      failed(error);
    } finally {
      release();
    }
  }
  return {
    [Symbol.asyncIterator]: chunks,
    async text() {
      let text = '';
      for await (const chunk of chunks()) text += chunk;
      return text;
    },
  };
}
