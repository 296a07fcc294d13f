import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { tektonBinaries, tektonFolder } from '../cluster/binaries.ts';
import { type Cluster, startCluster } from '../cluster/cluster.ts';
import { type Component, component } from '../cluster/component.ts';
import { isHealthy } from '../cluster/http.ts';
import { freePort } from '../cluster/ports.ts';
import { until } from '../cluster/until.ts';

/** A control plane with our kinds and the real Tekton in it. */
export interface TektonCluster extends AsyncDisposable {
  readonly cluster: Cluster;
  kill(part: TektonPart): Promise<void>;
  /** Resolves when it is ready. */
  start(part: TektonPart): Promise<void>;
  logs(part: TektonPart): string;
  stop(): Promise<void>;
}

export interface TektonOptions {
  /** Flags for how much its controller may do at once. Its defaults allow some nine steps a second in a whole cluster. */
  readonly limits?: readonly string[];
}

export type TektonPart = 'controller' | 'webhook';

const CRDS = join(import.meta.dirname, '..', '..', 'crds');
const SYSTEM = 'tekton-pipelines';
const SERVICE = 'tekton-pipelines-webhook';

/** Starts a control plane, and Tekton's controller and webhook on it as plain processes: no pod, no node. */
export async function startTektonCluster({ limits = RAISED_LIMITS }: TektonOptions = {}): Promise<TektonCluster> {
  const programs = await tektonBinaries();
  const dir = await mkdtemp(join(tmpdir(), 'konductor-tekton-'));
  const webhookPort = await freePort();
  // the garbage collector must know the kinds from the start
  const cluster = await startCluster({ crds: [CRDS, await crdsFor(webhookPort, join(dir, 'crds'))] });
  const broken = new AbortController();
  const kubeconfig = await cluster.kubeconfig();

  const part = async (name: TektonPart, args: readonly string[], env: readonly string[]): Promise<Component> => {
    const [probes, profiling] = [await freePort(), await freePort()];
    const environment = [
      `SYSTEM_NAMESPACE=${SYSTEM}`,
      'KUBERNETES_MIN_VERSION=v1.28.0',
      'METRICS_DOMAIN=tekton.dev/pipeline',
      `PROBES_PORT=${probes}`,
      `PROFILING_PORT=${profiling}`,
      `CONFIG_LEADERELECTION_NAME=config-leader-election-${name}`,
      ...env,
    ];
    return component(
      {
        name: `tekton ${name}`,
        command: 'env',
        args: [...environment, programs[name], '-kubeconfig', kubeconfig, '-disable-ha', ...args],
        log: join(dir, `${name}.log`),
        ready: () => isServed(probes),
      },
      broken,
    );
  };

  let parts: Readonly<Record<TektonPart, Component>> | undefined;
  const stop = async () => {
    if (!broken.signal.aborted) broken.abort(new Error('Tekton has been stopped'));
    await Promise.all([parts?.controller.kill('SIGKILL'), parts?.webhook.kill('SIGKILL')]);
    await cluster.stop();
    await rm(dir, { recursive: true, force: true });
  };
  broken.signal.addEventListener('abort', () => {
    const { message } = broken.signal.reason as Error;
    if (!message.includes('stopped')) process.stderr.write(`the test Tekton is broken: ${message}\n`);
  });

  try {
    await installSystem(cluster, webhookPort);
    parts = {
      controller: await part('controller', [...limits, ...CONTROLLER_FLAGS], []),
      webhook: await part('webhook', [], [`WEBHOOK_PORT=${webhookPort}`]),
    };
    await Promise.all([parts.controller.start(), parts.webhook.start()]);
    await webhookAnswers(cluster);
  } catch (error) {
    await stop();
    throw error;
  }
  const running = parts;
  return {
    cluster,
    kill: (name) => running[name].kill('SIGKILL'),
    async start(name) {
      await running[name].start();
      if (name === 'webhook') await webhookAnswers(cluster);
    },
    logs: (name) => join(dir, `${name}.log`),
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

const RAISED_LIMITS = ['-kube-api-qps', '500', '-kube-api-burst', '1000', '-threads-per-controller', '16'];

const CONTROLLER_FLAGS = [
  // it insists on a name for each, and looks none of them up while no TaskRun runs
  ...['entrypoint', 'nop', 'sidecarlogresults', 'workingdirinit', 'shell'].flatMap((name) => [
    `-${name}-image`,
    'none',
  ]),
  ...['-shell-image-win', 'none'],
];

/** Its probe server speaks plain HTTP. */
async function isServed(port: number): Promise<boolean> {
  try {
    return (await fetch(`http://127.0.0.1:${port}/readiness`)).ok;
  } catch {
    return isHealthy({ port, path: '/readiness' });
  }
}

interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string };
  // biome-ignore lint/suspicious/noExplicitAny: manifests of many kinds
  readonly spec?: any;
  readonly webhooks?: readonly { readonly clientConfig: { readonly service: Record<string, unknown> } }[];
}

const manifestsIn = async (file: string): Promise<Manifest[]> =>
  parseAllDocuments(await readFile(file, 'utf8'))
    .map((document) => document.toJS() as Manifest | null)
    .filter((manifest) => manifest !== null);

/** Tekton's CRDs, with the webhook where we run it. */
async function crdsFor(port: number, folder: string): Promise<string> {
  const from = join(await tektonFolder(), 'config', '300-crds');
  await mkdir(folder, { recursive: true });
  for (const file of await readdir(from)) {
    const [crd] = await manifestsIn(join(from, file));
    const service = crd?.spec.conversion?.webhook?.clientConfig?.service;
    if (service) service.port = port;
    await writeFile(join(folder, file.replace('.yaml', '.json')), JSON.stringify(crd));
  }
  return folder;
}

const CONFIG_MAPS = [
  'config-defaults',
  'feature-flags',
  'config-observability',
  'config-spire',
  'config-events',
  'config-tracing',
  'config-wait-exponential-backoff',
];

/** Everything that Tekton looks for in its own namespace, and webhooks that lead out of the cluster to this machine. */
async function installSystem(cluster: Cluster, port: number): Promise<void> {
  const inSystem = (kind: string, name: string, more: object = {}) => ({
    apiVersion: 'v1',
    kind,
    metadata: { name, namespace: SYSTEM },
    ...more,
  });
  const webhooks = await manifestsIn(join(await tektonFolder(), 'config', '500-webhooks.yaml'));
  for (const { clientConfig } of webhooks.flatMap((each) => each.webhooks ?? [])) clientConfig.service['port'] = port;
  const items = [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: SYSTEM } },
    ...CONFIG_MAPS.map((name) => inSystem('ConfigMap', name)),
    // without kube-proxy nothing leads to a ClusterIP: a name does
    inSystem('Service', SERVICE, { spec: { type: 'ExternalName', externalName: 'localhost' } }),
    ...webhooks,
  ];
  const stdin = JSON.stringify({ apiVersion: 'v1', kind: 'List', items });
  const { code, stderr } = await cluster.kubectl(['apply', '-f', '-'], { stdin });
  if (code !== 0) throw new Error(`Tekton's system could not be installed: ${stderr}`);
}

/** Ready is not enough: it also has to have told the API server the certificate to trust. */
async function webhookAnswers({ request }: Cluster): Promise<void> {
  const probe = { apiVersion: 'tekton.dev/v1beta1', kind: 'CustomRun', metadata: { name: 'probe' }, spec: {} };
  const path = '/apis/tekton.dev/v1beta1/namespaces/default/customruns?dryRun=All';
  const isRefusedByIt = async () => {
    const { status, body } = await request<{ message?: string }>('POST', path, probe);
    return status === 400 && /denied the request/.test(body.message ?? '');
  };
  await until(isRefusedByIt, { within: 60_000, what: "Tekton's webhook answers" });
}
