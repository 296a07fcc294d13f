import { randomUUID } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { ClusterAccess } from '../cluster/access.ts';
import { spawnGuarded } from '../cluster/guard.ts';
import type { Kubelet } from '../cluster/kubelet.ts';
import { operatorLog } from '../support/operator-log.ts';
import { SYSTEM } from './chart.ts';

/** The operator that a Deployment in the cluster asks for, as a process: its arguments, its variables, its account. */
export interface Deployed extends AsyncDisposable {
  /** Kept once it decides. */
  readonly acting: Promise<void>;
  /** What it logged as a warning or worse. */
  readonly complaints: readonly string[];
  /** Answer of its server: status and text. */
  get(path: string): Promise<readonly [number, string]>;
  stop(): Promise<void>;
}

interface Deployment {
  readonly spec: { readonly template: { readonly spec: PodSpec } };
}

interface PodSpec {
  readonly serviceAccountName: string;
  readonly containers: readonly {
    readonly args: readonly string[];
    readonly env: readonly { readonly name: string; readonly value?: string }[];
  }[];
}

const PROGRAM = join(import.meta.dirname, '../../src/dev/main.ts');
const DEPLOYMENT = `/apis/apps/v1/namespaces/${SYSTEM}/deployments/konductor-controller-manager`;

export async function runDeployed(cluster: ClusterAccess): Promise<Deployed> {
  const { status, body } = await cluster.request<Deployment>('GET', DEPLOYMENT);
  if (status !== 200) throw new Error(`there is no such Deployment: ${status} ${JSON.stringify(body)}`);
  const { serviceAccountName: serviceAccount, containers } = body.spec.template.spec;
  const kubeconfig = await kubeconfigOf(cluster, serviceAccount);
  const { args = [], env = [] } = containers[0] ?? {};
  const said = Object.fromEntries(env.map(({ name, value }) => [name, value ?? SYSTEM]));
  const child = spawnGuarded(process.execPath, [PROGRAM, ...args, `--kubeconfig=${kubeconfig}`], {
    // the port is this machine's, where others listen too
    env: { PATH: process.env.PATH, ...said, KONDUCTOR_LISTEN: '127.0.0.1:0' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const { started, acting, complaints, gone } = operatorLog(child);
  const port = await started;
  const stop = async () => {
    child.kill('SIGTERM');
    await gone;
  };
  return {
    acting,
    complaints,
    async get(path) {
      const answer = await fetch(`http://127.0.0.1:${port}${path}`);
      return [answer.status, await answer.text()];
    },
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

interface Pod {
  readonly metadata: { readonly name: string; readonly deletionTimestamp?: string };
  readonly spec: { readonly nodeName?: string };
}

/** Whatever Deployment of ours is there runs, as far as its Pods and one operator go. */
export async function playDeployment(cluster: ClusterAccess, kubelet: Kubelet, signal: AbortSignal): Promise<void> {
  let operator: Deployed | undefined;
  for (; !signal.aborted; await pause(200)) {
    const { body } = await cluster.request<{ readonly items: readonly Pod[] }>(
      'GET',
      `/api/v1/namespaces/${SYSTEM}/pods`,
    );
    if (body.items.length === 0) {
      await operator?.stop();
      operator = undefined;
    } else operator ??= await runDeployed(cluster).catch(() => undefined);
    // as its readiness probe has it: a Pod is ready no sooner than its operator
    const [readiness] = (await operator?.get('/readyz')) ?? [];
    const waiting = body.items.filter(({ metadata, spec }) => !spec.nodeName && !metadata.deletionTimestamp);
    if (readiness !== 200) continue;
    for (const { metadata } of waiting) await kubelet.run(SYSTEM, metadata.name).catch(() => {});
  }
  await operator?.stop();
}

/** With a token of now: an account that was deleted and made again is another. */
async function kubeconfigOf(cluster: ClusterAccess, serviceAccount: string): Promise<string> {
  const { status, body } = await cluster.request<{ readonly status: { readonly token: string } }>(
    'POST',
    `/api/v1/namespaces/${SYSTEM}/serviceaccounts/${serviceAccount}/token`,
    { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: { expirationSeconds: 3_600 } },
  );
  if (status !== 201) throw new Error(`no token for ${serviceAccount}: ${JSON.stringify(body)}`);
  const config = JSON.parse(await readFile(await cluster.kubeconfig(), 'utf8'));
  config.users[0].user = { token: body.status.token };
  const path = join(cluster.dir, `${randomUUID()}.json`);
  await writeFile(path, JSON.stringify(config));
  return path;
}
