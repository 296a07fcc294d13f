import type { IncomingMessage, ServerResponse } from 'node:http';
import { isBusy } from './busy.ts';
import type { Client } from './client.ts';
import { secondsOf } from './duration.ts';
import { AbortedError } from './errors.ts';
import type { Hold } from './hold.ts';
import type { SemaphoreOptions } from './options.ts';
import { permitOf, usesPermit } from './permit-of.ts';
import { sharedClient } from './shared-client.ts';

export interface MiddlewareOptions extends Omit<SemaphoreOptions, 'signal' | 'requestId' | 'detached'> {
  /** Not set: one for the whole process, made when the first request comes. */
  readonly client?: Client;
}

/** What Express, Connect and their relatives call for each request. */
export type Middleware = (request: IncomingMessage, response: ServerResponse, next: (error?: unknown) => void) => void;

/**
 * Lets a request in while it holds a permit. Without `timeout` a request that finds no room is refused at once, with
 * 429; with one it waits that long. A grant costs a few writes to the API server: right for few and heavy requests,
 * wrong for every request of a busy server.
 */
function semaphore(name: string, { client, timeout = 0, ...options }: MiddlewareOptions = {}): Middleware {
  return (request, response, next) => {
    const gone = new AbortController();
    // `close` comes after every end, also when the client went away
    response.once('close', () => gone.abort());
    if (response.destroyed) return;
    void enter(request, response, gone.signal).then(
      (entered) => entered && next(),
      (error: unknown) => next(error),
    );
  };

  async function enter(request: IncomingMessage, response: ServerResponse, gone: AbortSignal): Promise<boolean> {
    const permit = await admitted(response, gone);
    if (!permit) return false;
    // whatever keeps it from being told, the hold ends by its time
    const letGo = () => void permit.release().catch(() => {});
    if (gone.aborted) {
      letGo();
      return false;
    }
    for (const end of ['finish', 'close']) response.once(end, letGo);
    usesPermit(request, permit);
    return true;
  }

  async function admitted(response: ServerResponse, gone: AbortSignal): Promise<Hold | undefined> {
    try {
      return await (client ?? sharedClient()).acquireSemaphore(name, { ...options, timeout, signal: gone });
    } catch (error) {
      // nobody is there to be answered
      if (error instanceof AbortedError) return undefined;
      if (!isBusy(error)) throw error;
      refuse(response, Math.max(1, Math.ceil(secondsOf(timeout))));
      return undefined;
    }
  }
}

function refuse(response: ServerResponse, retryAfter: number): void {
  response.statusCode = 429;
  response.setHeader('retry-after', String(retryAfter));
  response.setHeader('content-type', 'application/json; charset=utf-8');
  response.end(JSON.stringify({ error: 'rate limited', retryAfter }));
}

/** `app.use('/api/heavy', middleware.semaphore('api-heavy', { permits: 5, ttl: 300 }))` */
export const middleware = { semaphore, permitOf };
