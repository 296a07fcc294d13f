// The entry of `@konductor/sdk/testing`: the whole system in the process of a test.
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startOperator } from '../../operator/operator.ts';
import { systemClock } from '../api/clock.ts';
import { type ApiServer, createApiServer } from '../apiserver/server.ts';
import { kubeClient } from '../kube/client.ts';
import { Client, type ClientOptions } from '../sdk/index.ts';
import { applyObjects, type Manifest } from './apply.ts';
import { inProcess } from './in-process.ts';
import { kubeconfigFor } from './kubeconfig.ts';
import { drivenClock, type TestClock } from './test-clock.ts';

export type { KubeObject, ObjectMeta, OwnerReference } from '../api/metadata.ts';
export type { Manifest } from './apply.ts';
export type { TestClock } from './test-clock.ts';

export interface StartOptions {
  /** `virtual`: time stands still until the test moves it, so an hour's TTL ends at once. */
  readonly clock?: 'virtual';
  /** Where clients look and manifests go that say nothing else; it is made when it is not there. */
  readonly namespace?: string;
}

/** How another process reaches it: koncli, kubectl, or a program under test. */
export interface Address {
  readonly url: string;
  /** The certificate to trust, PEM. */
  readonly ca: string;
  /** An administrator's. */
  readonly token: string;
  /** Path of a kubeconfig with all of that; it goes when the system is stopped. */
  readonly kubeconfig: string;
}

/** A whole Konductor in this process: an API server in memory, the operator, and a client. */
export interface Konductor extends AsyncDisposable {
  readonly client: Client;
  readonly namespace: string;
  /** A client of its own, as another program has one: say which holder it is. */
  connect(options?: Omit<ClientOptions, 'kube' | 'clock'>): Client;
  /**
   * Makes these objects be so, as `kubectl apply` does; YAML may hold several. A `status` is written as well: nobody
   * runs Jobs and Pods here, so a test says itself what became of them.
   */
  apply(...manifests: readonly (string | Manifest)[]): Promise<void>;
  /** Opens a port on loopback; without it there is no socket. */
  listen(): Promise<Address>;
  /** Closes every client and ends everything: no timer and no socket is left. */
  stop(): Promise<void>;
}

export interface VirtualKonductor extends Konductor {
  readonly clock: TestClock;
}

/** Starts it; `await using konductor = await startKonductor()` stops it with the test. */
export function startKonductor(options: StartOptions & { readonly clock: 'virtual' }): Promise<VirtualKonductor>;
export function startKonductor(options?: StartOptions): Promise<Konductor>;
export async function startKonductor({ clock: kind, namespace = 'default' }: StartOptions = {}): Promise<Konductor> {
  const token = randomBytes(24).toString('base64url');
  const identities = new Map([[token, { user: 'konductor-testing', groups: ['system:masters'] }]]);
  const driven = kind === 'virtual' ? drivenClock(() => server.resourceVersion) : undefined;
  const clock = driven?.clock ?? systemClock;
  const server: ApiServer = createApiServer({ clock, identities, authorization: 'RBAC' });
  const transport = inProcess(server, token);
  const operator = startOperator({ transport, clock, log: SILENT, identity: 'testing', election: undefined });
  await operator.synced;

  const kube = kubeClient(transport, { clock, userAgent: 'konductor-testing' });
  const clients: Client[] = [];
  const connect: Konductor['connect'] = (options) => {
    const client = new Client({ namespace, holder: 'test', environment: NOWHERE, ...options, kube, clock });
    clients.push(client);
    return client;
  };
  if (namespace !== 'default') {
    await applyObjects(kube, namespace, [{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } }]);
  }

  let address: Promise<Address> | undefined;
  let folder: string | undefined;
  const listen = async (): Promise<Address> => {
    // kubectl sends its token over HTTPS only
    const { url, ca = '' } = await server.listen({ tls: 'self-signed' });
    folder = await mkdtemp(join(tmpdir(), 'konductor-testing-'));
    const kubeconfig = join(folder, 'kubeconfig');
    await writeFile(kubeconfig, kubeconfigFor({ server: url, ca, token, namespace }), { mode: 0o600 });
    return { url, ca, token, kubeconfig };
  };

  const end = async (): Promise<void> => {
    await Promise.all(clients.map((client) => client.close()));
    await operator.stop();
    await server.close();
    if (folder !== undefined) await rm(folder, { recursive: true, force: true });
  };
  let ended: Promise<void> | undefined;
  const stop = () => (ended ??= driven ? driven.drive(end()) : end());

  return {
    client: connect(),
    namespace,
    connect,
    apply: (...manifests) => applyObjects(kube, namespace, manifests),
    listen: () => (address ??= listen()),
    stop,
    [Symbol.asyncDispose]: stop,
    ...(driven && { clock: driven.forTests }),
  };
}

// a test that runs in a pod is not that pod here
const NOWHERE = { variables: {}, home: undefined, serviceAccount: '/nowhere' };
const nothing = () => {};
const SILENT = { debug: nothing, info: nothing, warn: nothing, error: nothing };
