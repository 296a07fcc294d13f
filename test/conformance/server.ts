import { randomBytes } from 'node:crypto';
import { type KubeClient, kubeClient } from '../../src/kube/client.ts';
import { connect } from '../../src/kube/connection.ts';
import { type HttpTransport, httpTransport } from '../../src/kube/http-transport.ts';
import { jsonLines } from '../../src/kube/json-lines.ts';
import type { Identity } from '../cluster/identity.ts';
import { type KubectlResult, runKubectl } from '../cluster/kubectl.ts';

/** An API server the promises are tried on, as its administrator sees it. */
export interface ConformanceServer {
  readonly name: 'embedded' | 'real';
  /** Ours, over HTTPS. */
  readonly client: KubeClient;
  /** One call as it is; any status is an answer. A body to PATCH is a merge patch unless a header says otherwise. */
  ask<Body = unknown>(method: string, path: string, body?: unknown, headers?: Headers): Promise<Answer<Body>>;
  /** The events of a watch, as they come, up to the end that it was asked to have. */
  watched<Event>(path: string, headers?: Headers): Promise<readonly Event[]>;
  /** Never throws because of kubectl's exit code. */
  kubectl(args: readonly string[], options?: { readonly stdin?: string }): Promise<KubectlResult>;
  /** What it takes to run kubectl in another way. */
  kubectlSetup(): Promise<KubectlSetup>;
  /** A new namespace with a name of its own. */
  namespace(prefix?: string): Promise<string>;
  /** The same server as somebody else sees it. */
  as(identity: Identity): Promise<ConformanceServer>;
  /** The same server as it sees whoever has this token. */
  withToken(token: string): Promise<ConformanceServer>;
  /** Forgets how its objects were before now: pages and lists from then are Expired. */
  compact(): Promise<void>;
}

export interface Answer<Body> {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Body;
}

export interface KubectlSetup {
  readonly program: string;
  readonly kubeconfig: string;
  readonly dir: string;
}

export type Headers = Readonly<Record<string, string>>;

/** How a server is reached. */
export interface Reach {
  readonly name: ConformanceServer['name'];
  /** Path of a kubeconfig for an identity; without one, for an administrator. */
  kubeconfig(identity?: Identity): Promise<string>;
  /** A temporary folder. */
  readonly dir: string;
  /** Path of kubectl. */
  kubectl(): Promise<string>;
  compact(): Promise<void>;
}

/** A server with the connections to it, which `close` ends. */
export interface OpenServer extends ConformanceServer {
  close(): Promise<void>;
}

export async function openServer(reach: Reach): Promise<OpenServer> {
  const transports: HttpTransport[] = [];
  const server = await speaker(reach, transports);
  return { ...server, close: async () => void (await Promise.all(transports.map((transport) => transport.close()))) };
}

interface Caller {
  readonly identity?: Identity;
  readonly token?: string;
}

async function speaker(
  reach: Reach,
  transports: HttpTransport[],
  { identity, token }: Caller = {},
): Promise<ConformanceServer> {
  const kubeconfig = await reach.kubeconfig(identity);
  const transport = httpTransport(await connect({ kubeconfig, ...(token !== undefined && { token }) }));
  transports.push(transport);

  const ask = async <Body>(method: string, path: string, body?: unknown, more: Headers = {}) => {
    const contentType = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
    const headers = {
      accept: 'application/json',
      ...(body !== undefined && { 'content-type': contentType }),
      ...more,
    };
    const json = body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body);
    const response = await transport({ method, path, headers, body: json });
    const text = await response.body.text();
    const isJson = /^[{[]/.test(text); // not every answer in JSON says so
    return { status: response.status, headers: response.headers, body: (isJson ? JSON.parse(text) : text) as Body };
  };
  const watched = async <Event>(path: string, more: Headers = {}) => {
    const headers = { accept: 'application/json', ...more };
    const response = await transport({ method: 'GET', path: `${path}&watch=true`, headers });
    const events: Event[] = [];
    for await (const event of jsonLines(response.body)) events.push(event as Event);
    return events;
  };
  const kubectlSetup = async () => ({ program: await reach.kubectl(), kubeconfig, dir: reach.dir });

  return {
    name: reach.name,
    client: kubeClient(transport),
    ask,
    watched,
    kubectlSetup,
    kubectl: async (args, { stdin } = {}) =>
      runKubectl(args, { ...(await kubectlSetup()), ...(stdin !== undefined && { stdin }) }),
    async namespace(prefix = 'conformance') {
      const name = `${prefix}-${randomBytes(4).toString('hex')}`;
      const { status, body } = await ask('POST', '/api/v1/namespaces', { metadata: { name } });
      if (status !== 201) throw new Error(`namespace ${name} was refused: ${JSON.stringify(body)}`);
      return name;
    },
    as: (other) => speaker(reach, transports, { identity: other }),
    withToken: (other) => speaker(reach, transports, { token: other }),
    compact: reach.compact,
  };
}
