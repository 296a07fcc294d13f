import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { Agent, request } from 'node:https';
import type { AddressInfo } from 'node:net';
import { isWatchPath } from '../../src/kube/transport.ts';
import type { ClusterAccess } from '../cluster/access.ts';

/** Stands between a client and the API server, and can make every watch go silent: open, and without a word. */
export interface FreezingProxy extends AsyncDisposable {
  readonly url: string;
  freezeWatches(): void;
  /** Breaks every watch that was frozen; new ones are let through. */
  resetWatches(): void;
}

/** Whoever comes in speaks with the token that it brings. Calls that are no watches are never touched. */
export async function freezingProxy({ url, ca }: ClusterAccess): Promise<FreezingProxy> {
  const agent = new Agent({ keepAlive: true, ca });
  const watches = new Set<ServerResponse>();
  let frozen = false;

  const relay = (asked: IncomingMessage, answer: ServerResponse): void => {
    const { method, headers } = asked;
    const path = asked.url ?? '';
    const call = request(new URL(path, url), { agent, ...(method && { method }), headers }, (response) => {
      answer.writeHead(response.statusCode ?? 502, response.headers);
      answer.flushHeaders();
      if (!isWatchPath(path)) return void response.pipe(answer);
      watches.add(answer);
      answer.once('close', () => watches.delete(answer));
      response.on('data', (chunk) => frozen || answer.write(chunk));
      response.once('end', () => frozen || answer.end());
      response.once('error', () => answer.destroy());
    });
    call.once('error', () => answer.destroy());
    answer.once('close', () => call.destroy());
    asked.pipe(call);
  };

  const server = createServer(relay).listen(0, '127.0.0.1');
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
