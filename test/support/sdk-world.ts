import { kubeClient } from '../../src/kube/client.ts';
import type { KubeRequest, KubeResponse } from '../../src/kube/transport.ts';
import { isWatchPath } from '../../src/kube/transport.ts';
import { Client } from '../../src/sdk/client.ts';
import type { ClientOptions } from '../../src/sdk/options.ts';
import { type World, world } from './operator-world.ts';
import { seededRandom } from './seeded-random.ts';

/** A world with programs in it: each client has a connection of its own, which can be cut and listened in on. */
export interface SdkWorld extends World {
  client(options?: ClientOptions): WiredClient;
  /** Lets time pass until that is settled. */
  until<T>(work: Promise<T>): Promise<T>;
}

export interface WiredClient extends Client {
  readonly wire: Wire;
}

/** What goes over one client's connection. */
export interface Wire {
  readonly calls: KubeRequest[];
  /** Watches that are open now, each by its path. */
  readonly watches: Set<string>;
  /** While set, nothing gets through: calls hang as they do on a cut cable. */
  cut(): void;
  /** Watches that are open now say nothing more, and do not end; calls go through. */
  hush(): void;
  mend(): void;
  /** Calls whose method and path read like that are refused: the user has no right to them. */
  forbid(calls: RegExp): void;
}

export function sdkWorld(): SdkWorld {
  const base = world();
  const clients: Client[] = [];
  let seed = 100;
  return {
    ...base,
    client(options = {}) {
      const { wire, transport } = wireTo(base);
      const random = seededRandom(++seed);
      const kube = kubeClient(transport, { clock: base.clock, random, userAgent: 'sdk' });
      const client = new Client({ kube, clock: base.clock, random, holder: 'me', ...options });
      clients.push(client);
      return Object.assign(client, { wire });
    },
    async until(work) {
      let isSettled = false;
      const settled = () => {
        isSettled = true;
      };
      work.then(settled, settled);
      for (let step = 0; !isSettled && step < MOST_STEPS; step++) await base.pass(STEP);
      return work;
    },
    async close() {
      await Promise.all(clients.map((client) => client.close()));
      await base.close();
    },
  };
}

/** Milliseconds; enough of them for an hour. */
const STEP = 100;
const MOST_STEPS = 36_000;

function wireTo({ transport: send }: World) {
  const calls: KubeRequest[] = [];
  const watches = new Set<string>();
  let cable = new AbortController();
  let isCut = false;
  let forbidden: RegExp | undefined;
  const hang = (request: KubeRequest) =>
    new Promise<never>((_, reject) => {
      const abort = () => reject(request.signal?.reason);
      if (request.signal?.aborted) abort();
      request.signal?.addEventListener('abort', abort, { once: true });
    });
  const transport: typeof send = async (request) => {
    calls.push(request);
    if (isCut) return hang(request);
    if (forbidden?.test(`${request.method} ${request.path}`)) return FORBIDDEN;
    const response = await send(request);
    if (!isWatchPath(request.path)) return isCut ? hang(request) : response;
    watches.add(request.path);
    const line = cable;
    async function* heard() {
      try {
        for await (const piece of response.body) {
          // what comes while it is cut is lost: so is the watch, without a word
          if (line.signal.aborted) await hang(request);
          yield piece;
        }
      } finally {
        watches.delete(request.path);
      }
    }
    return { ...response, body: { ...response.body, [Symbol.asyncIterator]: heard } };
  };
  const wire: Wire = {
    calls,
    watches,
    cut() {
      isCut = true;
      cable.abort();
    },
    hush() {
      cable.abort();
      cable = new AbortController();
    },
    mend() {
      isCut = false;
      cable = new AbortController();
    },
    forbid(calls) {
      forbidden = calls;
    },
  };
  return { wire, transport };
}

const REFUSAL = JSON.stringify({ kind: 'Status', code: 403, reason: 'Forbidden', message: 'it is forbidden' });

const FORBIDDEN: KubeResponse = {
  status: 403,
  headers: {},
  body: {
    text: () => Promise.resolve(REFUSAL),
    async *[Symbol.asyncIterator]() {
      yield REFUSAL;
    },
  },
};
