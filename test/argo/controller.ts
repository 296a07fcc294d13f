import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, openSync } from 'node:fs';
import { join } from 'node:path';
import type { ClusterAccess } from '../cluster/access.ts';
import { spawnGuarded } from '../cluster/guard.ts';

/** Where released `workflow-controller` and `argoexec` are, and `argo` perhaps; undefined when nobody has said so. */
export function argoBinaries():
  | { readonly controller: string; readonly executor: string; readonly cli: string | undefined }
  | undefined {
  const folder = process.env.KONDUCTOR_ARGO_BIN;
  if (!folder) return undefined;
  const found = { controller: join(folder, 'workflow-controller'), executor: join(folder, 'argoexec') };
  const missing = Object.values(found).filter((file) => !existsSync(file));
  if (missing.length > 0) throw new Error(`KONDUCTOR_ARGO_BIN: there is no ${missing.join(' and no ')}`);
  const cli = join(folder, 'argo');
  return { ...found, cli: existsSync(cli) ? cli : undefined };
}

export interface ControllerOptions {
  readonly cluster: ClusterAccess;
  readonly program: string;
  /** Looks after this one, and stands there itself. */
  readonly namespace: string;
  /** For its ConfigMap, beside what every test needs. */
  readonly config?: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string>>;
}

/** Argo's controller as a process of its own. */
export interface Controller {
  readonly log: string;
  start(): Promise<void>;
  kill(signal: 'SIGKILL' | 'SIGTERM'): Promise<void>;
}

/** The settings that a reader of docs/argo.md is told to make. */
export const TUNED = { DEFAULT_REQUEUE_TIME: '1s', ARGO_AGENT_PATCH_RATE: '500ms' };

export async function argoController(options: ControllerOptions): Promise<Controller> {
  const { cluster, program, namespace, config = {}, env = TUNED } = options;
  const maps = `/api/v1/namespaces/${namespace}/configmaps`;
  const data = { metricsConfig: 'enabled: false\n', ...config };
  await cluster.request('POST', maps, { metadata: { name: 'workflow-controller-configmap' }, data });
  const kubeconfig = await cluster.kubeconfig();
  const log = join(cluster.dir, `argo-${namespace}.log`);
  let child: ChildProcess | undefined;
  return {
    log,
    async start() {
      const output = openSync(log, 'a');
      const flags = [`--kubeconfig=${kubeconfig}`, `--namespace=${namespace}`, '--namespaced'];
      child = spawnGuarded(
        program,
        [...flags, `--managed-namespace=${namespace}`, '--executor-image=argoexec', '--qps=200', '--burst=400'],
        {
          env: { PATH: process.env.PATH, LEADER_ELECTION_DISABLE: 'true', ARGO_EXECUTOR_PLUGINS: 'true', ...env },
          stdio: ['ignore', output, output],
        },
      );
    },
    async kill(signal) {
      if (!child || child.exitCode !== null || child.signalCode !== null) return;
      const gone = once(child, 'exit');
      child.kill(signal);
      await gone;
    },
  };
}
