import { once } from 'node:events';
import { type IncomingMessage, type OutgoingHttpHeaders, request as overHttp } from 'node:http';
import { Agent, request as overHttps } from 'node:https';
import { text } from 'node:stream/consumers';

export interface Answer<Body> {
  readonly status: number;
  readonly body: Body;
}

export interface WatchEvent<Body> {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';
  readonly object: Body;
}

export type Http = ReturnType<typeof http>;

/** Speaks to one API server as its administrator: on its own feet, so that no test of a client leans on that client. */
export function http({ url, ca, token, failure }: Server) {
  const agent = new Agent({ keepAlive: true, ca });
  const authorization = `Bearer ${token}`;

  async function open(method: string, path: string, body: string | undefined, more: Headers, signal?: AbortSignal) {
    const headers: OutgoingHttpHeaders = { authorization, accept: 'application/json' };
    if (body !== undefined) {
      headers['content-type'] = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
      headers['content-length'] = Buffer.byteLength(body);
    }
    const call = overHttps(new URL(path, url), { method, agent, signal, headers: { ...headers, ...more } });
    call.end(body);
    const [response] = (await once(call, 'response')) as [IncomingMessage];
    return response;
  }

  return {
    /** One call; any status is an answer. A body to PATCH is a merge patch unless a header says otherwise. */
    async request<Body = unknown>(method: string, path: string, body?: unknown, headers: Headers = {}) {
      try {
        const json = body === undefined ? undefined : JSON.stringify(body);
        const response = await open(method, path, json, headers, failure);
        const answer = await text(response);
        const isJson = response.headers['content-type']?.includes('json') ?? false;
        return { status: response.statusCode ?? 0, body: isJson ? JSON.parse(answer) : answer } as Answer<Body>;
      } catch (error) {
        throw failure?.aborted ? failure.reason : error;
      }
    },

    /** The objects of a collection as they are, then every change; ends when the server ends it. */
    async *watch<Body>(path: string, stop?: AbortSignal): AsyncGenerator<WatchEvent<Body>> {
      const signal = firstOf(stop, failure);
      const watched = `${path}${path.includes('?') ? '&' : '?'}watch=true`;
      try {
        const response = await open('GET', watched, undefined, {}, signal);
        if (response.statusCode !== 200) throw new Error(`watching ${path}: ${await text(response)}`);
        let rest = '';
        for await (const chunk of response.setEncoding('utf8')) {
          const lines = `${rest}${chunk}`.split('\n');
          rest = lines.pop() ?? '';
          for (const line of lines) yield JSON.parse(line) as WatchEvent<Body>;
        }
      } catch (error) {
        throw signal.aborted ? signal.reason : error;
      }
    },
  };
}

/** Aborts with whichever comes first; never without any. */
export function firstOf(...signals: readonly (AbortSignal | undefined)[]): AbortSignal {
  return AbortSignal.any(signals.filter((signal) => signal !== undefined));
}

/** Whether a server answers a health check with 200. It learns nothing from us, so its certificate is not checked. */
export async function isHealthy(at: { port: number; path: string } | { socketPath: string; path: string }) {
  try {
    const call =
      'port' in at
        ? overHttps({ ...at, host: '127.0.0.1', rejectUnauthorized: false, agent: false })
        : overHttp({ ...at, agent: false });
    call.end();
    const [response] = (await once(call, 'response')) as [IncomingMessage];
    response.resume();
    return response.statusCode === 200;
  } catch {
    return false; // not listening yet
  }
}

interface Server {
  readonly url: string;
  readonly ca: string;
  readonly token: string;
  /** Aborted when the control plane is broken: whoever waits for an answer gets the reason. */
  readonly failure?: AbortSignal;
}

type Headers = Readonly<Record<string, string>>;
