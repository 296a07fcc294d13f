import type { KubeObject, ObjectMeta } from '../../src/api/metadata.ts';
import type { KubeBody, KubeRequest, KubeResponse, Transport } from '../../src/kube/transport.ts';

/** A server played by a test: each call waits for the test to take and answer it. */
export interface Script {
  readonly transport: Transport;
  /** The next call nobody has taken yet. */
  call(): Promise<ScriptedCall>;
  /** Calls made so far. */
  readonly calls: readonly KubeRequest[];
  /** Calls made and not taken. */
  readonly untaken: number;
}

export interface ScriptedCall {
  readonly request: KubeRequest;
  readonly query: URLSearchParams;
  answer(status: number, body: unknown, headers?: Readonly<Record<string, string>>): void;
  fail(error: unknown): void;
  /** Answers with a body that goes on until it is ended, fails, or is aborted. */
  stream(): ScriptedStream;
}

export interface ScriptedStream {
  send(text: string): void;
  event(type: string, object: unknown): void;
  end(): void;
  fail(error: unknown): void;
  /** Whether somebody still reads. */
  readonly open: boolean;
}

export function script(): Script {
  const calls: KubeRequest[] = [];
  const waiting: ScriptedCall[] = [];
  const takers: ((call: ScriptedCall) => void)[] = [];
  const transport: Transport = (request) =>
    new Promise<KubeResponse>((resolve, reject) => {
      calls.push(request);
      const abort = () => reject(request.signal?.reason);
      if (request.signal?.aborted) return abort();
      request.signal?.addEventListener('abort', abort, { once: true });
      const call: ScriptedCall = {
        request,
        query: new URL(request.path, 'http://server').searchParams,
        answer: (status, body, headers = {}) => resolve({ status, headers, body: bodyOf(JSON.stringify(body)) }),
        fail: reject,
        stream() {
          const stream = streamOf(request.signal);
          resolve({ status: 200, headers: {}, body: stream.body });
          return stream;
        },
      };
      const taker = takers.shift();
      if (taker) taker(call);
      else waiting.push(call);
    });
  return {
    transport,
    calls,
    get untaken() {
      return waiting.length;
    },
    call() {
      const first = waiting.shift();
      return first ? Promise.resolve(first) : new Promise((resolve) => takers.push(resolve));
    },
  };
}

export const bodyOf = (text: string): KubeBody => ({
  text: () => Promise.resolve(text),
  async *[Symbol.asyncIterator]() {
    yield text;
  },
});

function streamOf(signal: AbortSignal | undefined): ScriptedStream & { readonly body: KubeBody } {
  const queue: (string | { readonly error: unknown } | undefined)[] = [];
  let wake = () => {};
  let open = true;
  const put = (item: string | { readonly error: unknown } | undefined) => {
    queue.push(item);
    wake();
  };
  signal?.addEventListener('abort', () => put({ error: signal.reason }), { once: true });
  async function* chunks() {
    try {
      for (;;) {
        while (queue.length === 0) await new Promise<void>((resolve) => (wake = resolve));
        const item = queue.shift();
        if (item === undefined) return;
        if (typeof item !== 'string') throw item.error;
        yield item;
      }
    } finally {
      open = false;
    }
  }
  return {
    body: { text: () => Promise.reject(new Error('a stream')), [Symbol.asyncIterator]: chunks },
    send: put,
    event: (type, object) => put(`${JSON.stringify({ type, object })}\n`),
    end: () => put(undefined),
    fail: (error) => put({ error }),
    get open() {
      return open;
    },
  };
}

/** An object as a server has it. */
export interface Thing extends KubeObject {
  readonly spec?: { readonly semaphore?: string };
  readonly status?: { readonly phase?: string };
}

export const thing = (
  name: string,
  resourceVersion: number | string,
  more: Partial<ObjectMeta> & Pick<Thing, 'spec' | 'status'> = {},
): Thing => {
  const { spec, status, ...metadata } = more;
  return {
    apiVersion: 'sync.konductor.io/v1',
    kind: 'Permit',
    metadata: {
      name,
      namespace: 'team',
      uid: `uid-of-${name}`,
      resourceVersion: String(resourceVersion),
      creationTimestamp: '2026-01-01T00:00:00Z',
      ...metadata,
    },
    ...(spec && { spec }),
    ...(status && { status }),
  };
};

export const listOf = (
  items: readonly KubeObject[],
  resourceVersion: number | string,
  more: { readonly continue?: string } = {},
) => ({
  kind: 'List',
  metadata: { resourceVersion: String(resourceVersion), ...more },
  items,
});

export const statusOf = (code: number, reason: string, message = reason) => ({
  kind: 'Status',
  apiVersion: 'v1',
  status: 'Failure',
  code,
  reason,
  message,
});

export const bookmark = (resourceVersion: number | string) => ({
  kind: 'Permit',
  metadata: { resourceVersion: String(resourceVersion) },
});

/** Every promise that can go on without time or I/O has gone on. */
export const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
