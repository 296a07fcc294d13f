import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { Agent, request } from 'node:https';
import type { AddressInfo } from 'node:net';
import { isWatchPath } from '../../src/kube/transport.ts';

/** What goes wrong with a call. */
export interface Fault {
  /** Milliseconds before it is passed on. */
  readonly delay?: number;
  /** Answered by the proxy: the server never hears of it. */
  readonly refuse?: { readonly status: number; readonly retryAfter?: number };
  /** The server carries it out, and the connection breaks: of a watch, in the middle of what it says first. */
  readonly breakAnswer?: true;
}

export interface Asked {
  readonly method: string;
  readonly path: string;
}

/** Stands between a client and the API server, and makes trouble. */
export interface FaultProxy extends AsyncDisposable {
  readonly url: string;
  /** Every watch goes silent: open, and without a word. */
  freezeWatches(): void;
  /** Breaks every watch that was frozen; new ones are let through. */
  resetWatches(): void;
}

export interface FaultProxyOptions {
  /** Asked about every call; without an answer it goes well. */
  readonly faultOf?: (asked: Asked) => Fault | undefined;
}

/** Whoever comes in speaks with the token that it brings. */
export async function faultProxy(
  { url, ca }: { readonly url: string; readonly ca: string },
  { faultOf }: FaultProxyOptions = {},
): Promise<FaultProxy> {
  const agent = new Agent({ keepAlive: true, ca });
  const watches = new Set<ServerResponse>();
  let frozen = false;

  const relay = (asked: IncomingMessage, answer: ServerResponse, breaks: boolean): void => {
    const { method, headers } = asked;
    const path = asked.url ?? '';
    const call = request(new URL(path, url), { agent, ...(method && { method }), headers }, (response) => {
      if (breaks && !isWatchPath(path)) {
        response.resume().once('end', () => answer.destroy());
        return;
      }
      answer.writeHead(response.statusCode ?? 502, response.headers);
      answer.flushHeaders();
      if (!isWatchPath(path)) return void response.pipe(answer);
      watches.add(answer);
      answer.once('close', () => watches.delete(answer));
      response.on('data', (chunk: Buffer) => {
        if (breaks) answer.write(chunk.subarray(0, chunk.length / 2), () => answer.destroy());
        else if (!frozen) answer.write(chunk);
      });
      response.once('end', () => frozen || answer.end());
      response.once('error', () => answer.destroy());
    });
    call.once('error', () => answer.destroy());
    answer.once('close', () => call.destroy());
    asked.pipe(call);
  };

  const server = createServer((asked, answer) => {
    const {
      delay = 0,
      refuse,
      breakAnswer = false,
    } = faultOf?.({ method: asked.method ?? '', path: asked.url ?? '' }) ?? {};
    if (refuse) return refused(asked, answer, refuse);
    if (delay > 0) setTimeout(() => relay(asked, answer, breakAnswer), delay);
    else relay(asked, answer, breakAnswer);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    freezeWatches() {
      frozen = true;
    },
    resetWatches() {
      for (const watch of watches) watch.destroy();
      frozen = false;
    },
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      agent.destroy();
      await closed;
    },
  };
}

function refused(
  asked: IncomingMessage,
  answer: ServerResponse,
  { status, retryAfter }: NonNullable<Fault['refuse']>,
): void {
  asked.resume();
  answer.writeHead(status, {
    'content-type': 'application/json',
    ...(retryAfter !== undefined && { 'retry-after': String(retryAfter) }),
  });
  answer.end(
    JSON.stringify({ kind: 'Status', apiVersion: 'v1', status: 'Failure', code: status, message: 'in trouble' }),
  );
}
