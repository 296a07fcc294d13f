import type { ApiResponse } from '../../src/apiserver/http.ts';
import { type ApiServer, type ApiServerOptions, createApiServer } from '../../src/apiserver/server.ts';
import { type VirtualClock, virtualClock } from '../../src/dev/virtual-clock.ts';

/** For tests: a server under a clock that stands still, and short words to speak to it. */
export interface TestServer {
  readonly server: ApiServer;
  readonly clock: VirtualClock;
  send(method: string, path: string, body?: unknown, headers?: Readonly<Record<string, string>>): Promise<Answer>;
  /** Opens a watch; the lines that have come so far can be asked for at any time. */
  watch(path: string, headers?: Readonly<Record<string, string>>): Promise<TestWatch>;
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  // biome-ignore lint/suspicious/noExplicitAny: a test reads whatever the server says
  readonly body: any;
}

export interface TestWatch {
  // biome-ignore lint/suspicious/noExplicitAny: a test reads whatever the server says
  readonly events: readonly any[];
  /** `ADDED a`, for short. */
  readonly said: readonly string[];
  /** Undefined while it is open. */
  readonly ended: 'ended' | 'broken' | undefined;
}

export const SEMAPHORES = '/apis/sync.konductor.io/v1/namespaces/default/semaphores';
export const PERMITS = '/apis/sync.konductor.io/v1/namespaces/default/permits';
export const CONFIG_MAPS = '/api/v1/namespaces/default/configmaps';
export const PODS = '/api/v1/namespaces/default/pods';
export const CRDS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';

export const MERGE = { 'content-type': 'application/merge-patch+json' };
export const JSON_PATCH = { 'content-type': 'application/json-patch+json' };
export const APPLY = { 'content-type': 'application/apply-patch+yaml' };

export function aServer(options: ApiServerOptions = {}): TestServer {
  const clock = virtualClock();
  let seed = 1;
  const random = () => {
    seed = (seed * 16_807) % 2_147_483_647;
    return seed / 2_147_483_647;
  };
  const server = createApiServer({ clock, random, ...options });
  const call = (method: string, path: string, body: unknown, headers: Readonly<Record<string, string>>) =>
    server.handle({
      method,
      path,
      headers,
      body: typeof body === 'string' || body === undefined ? body : JSON.stringify(body),
    });
  return {
    server,
    clock,
    async send(method, path, body, headers = {}) {
      const response = await call(method, path, body, headers);
      return { status: response.status, headers: response.headers, body: parsed(await response.body.text()) };
    },
    async watch(path, headers = {}) {
      const response = await call('GET', path, undefined, headers);
      if (response.status !== 200) throw new Error(await response.body.text());
      return reading(response);
    },
  };
}

function reading({ body }: ApiResponse): TestWatch {
  // biome-ignore lint/suspicious/noExplicitAny: a test reads whatever the server says
  const events: any[] = [];
  let ended: TestWatch['ended'];
  const read = async () => {
    for await (const piece of body) for (const line of piece.split('\n')) if (line) events.push(JSON.parse(line));
  };
  read().then(
    () => (ended = 'ended'),
    () => (ended = 'broken'),
  );
  return {
    events,
    get said() {
      return events.map(({ type, object }) => `${type} ${object.metadata?.name ?? object.reason ?? ''}`.trim());
    },
    get ended() {
      return ended;
    },
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

export const semaphore = (name: string, spec: object = {}, metadata: object = {}) => ({
  apiVersion: 'sync.konductor.io/v1',
  kind: 'Semaphore',
  metadata: { name, ...metadata },
  spec: { permits: 2, ...spec },
});

export const permit = (name: string, metadata: object = {}, spec: object = {}) => ({
  apiVersion: 'sync.konductor.io/v1',
  kind: 'Permit',
  metadata: { name, ...metadata },
  spec: { semaphore: 'db', holder: 'me', ...spec },
});

export const configMap = (name: string, data: object = {}, metadata: object = {}) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, ...metadata },
  data,
});

export const crd = (version: object = {}, spec: object = {}) => ({
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'foos.ex.io' },
  spec: {
    group: 'ex.io',
    scope: 'Namespaced',
    names: { plural: 'foos', kind: 'Foo' },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        schema: {
          openAPIV3Schema: {
            type: 'object',
            properties: { spec: { type: 'object', properties: { size: { type: 'integer' } } } },
          },
        },
        ...version,
      },
    ],
    ...spec,
  },
});
