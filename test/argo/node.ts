import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { openSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { EXECUTOR_PLUGIN } from '../../plugins/argo/names.ts';
import type { ClusterAccess } from '../cluster/access.ts';
import { spawnGuarded } from '../cluster/guard.ts';
import { playKubelet } from '../cluster/kubelet.ts';

export interface NodeOptions {
  readonly cluster: ClusterAccess;
  readonly namespace: string;
  /** Argo's `argoexec`. */
  readonly executor: string;
}

/** A node for the pods of workflows: agents are run for what they are, everything else ends well at once. */
export interface ArgoNode extends AsyncDisposable {
  /** Pods of agents that have been made. */
  readonly agents: readonly string[];
  /** Kills the agent of a workflow, or its plugin; it is started again, as on a real node. */
  kill(workflow: string, what: 'agent' | 'plugin'): void;
}

interface Pod {
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly uid: string;
    readonly deletionTimestamp?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec: {
    readonly containers: readonly {
      readonly name: string;
      readonly env?: readonly { name: string; value?: string }[];
    }[];
  };
}

interface AgentPod {
  readonly workflow: string;
  plugin: ChildProcess | undefined;
  agent: ChildProcess | undefined;
  isOver: boolean;
}

const ARGO = 'workflows.argoproj.io';

export async function argoNode({ cluster, namespace, executor }: NodeOptions): Promise<ArgoNode> {
  const ending = new AbortController();
  const kubelet = playKubelet(cluster);
  const seen = new Map<string, AgentPod | 'work'>();
  const agents: string[] = [];
  const [forAgents, forPlugins] = await Promise.all(
    ['default', EXECUTOR_PLUGIN].map((serviceAccount) => cluster.kubeconfig({ serviceAccount, namespace })),
  );

  const runAgent = async (pod: Pod): Promise<void> => {
    const { name, uid } = pod.metadata;
    agents.push(name);
    const one: AgentPod = {
      ...{ workflow: pod.metadata.labels?.[`${ARGO}/workflow`] ?? '', plugin: undefined, agent: undefined },
      isOver: false,
    };
    seen.set(uid, one);
    const shared = join(cluster.dir, 'pods', uid);
    await mkdir(shared, { recursive: true });
    const log = openSync(join(cluster.dir, `pod-${name}.log`), 'a');
    const given = pod.spec.containers.find((container) => container.name === 'main')?.env ?? [];
    const env = Object.fromEntries(given.map(({ name, value = '' }) => [name, value]));

    // each pod has a /var/run/argo of its own
    const inPod = (command: string, more: Readonly<Record<string, string>> = {}) =>
      spawnGuarded('unshare', ['--mount', '/bin/sh', '-c', `${OWN_RUN} exec ${command}`, 'pod', shared, executor], {
        env: { PATH: process.env.PATH, ...env, ...more },
        stdio: ['ignore', log, log],
      });
    await once(inPod('"$2" agent init'), 'exit');

    const startPlugin = async (port: number): Promise<number> => {
      const flags = [`--listen=127.0.0.1:${port}`, `--token-file=${join(shared, EXECUTOR_PLUGIN, 'token')}`];
      const child = spawnGuarded(process.execPath, [KONDUCTOR, 'argo-plugin', `--kubeconfig=${forPlugins}`, ...flags], {
        env: { PATH: process.env.PATH },
        stdio: ['ignore', 'pipe', log],
      });
      one.plugin = child;
      child.once('exit', () => one.isOver || ending.signal.aborted || void startPlugin(listening));
      if (!child.stdout) throw new Error('the plugin has no output');
      const lines = createInterface({ input: child.stdout });
      const listening = await new Promise<number>((resolve) => {
        lines.on('line', (line) => {
          const { msg, port: own } = JSON.parse(line) as { msg: string; port?: number };
          if (msg === 'started' && own) resolve(own);
        });
      });
      return listening;
    };
    const listening = await startPlugin(0);

    const startAgent = (): void => {
      if (one.isOver || ending.signal.aborted) return;
      const child = inPod(`"$2" agent main --kubeconfig=${forAgents} -n ${namespace}`, {
        ARGO_PLUGIN_ADDRESSES: JSON.stringify([`http://localhost:${listening}`]),
      });
      one.agent = child;
      child.once('exit', (code) => code !== 0 && startAgent());
    };
    startAgent();
    await kubelet.run(namespace, name);
  };

  /** Any other pod has done its work as soon as it is there, and its executor has reported so. */
  const runWork = async (pod: Pod): Promise<void> => {
    const { name, uid, labels, annotations } = pod.metadata;
    seen.set(uid, 'work');
    await kubelet.run(namespace, name);
    await pause(WORK_MS);
    const path = `/apis/argoproj.io/v1alpha1/namespaces/${namespace}/workflowtaskresults`;
    await cluster.request('POST', path, {
      ...{ apiVersion: 'argoproj.io/v1alpha1', kind: 'WorkflowTaskResult' },
      metadata: {
        name: annotations?.[`${ARGO}/node-id`] ?? name,
        labels: {
          [`${ARGO}/workflow`]: labels?.[`${ARGO}/workflow`] ?? '',
          [`${ARGO}/report-outputs-completed`]: 'true',
        },
      },
    });
    await kubelet.finish(namespace, name, 'Succeeded');
  };

  const end = (one: AgentPod, signal: 'SIGTERM' | 'SIGKILL'): void => {
    one.isOver = true;
    one.agent?.kill(signal);
    one.plugin?.kill(signal);
  };

  const watching = (async () => {
    while (!ending.signal.aborted) {
      try {
        for await (const { type, object: pod } of cluster.watch<Pod>(
          `/api/v1/namespaces/${namespace}/pods`,
          ending.signal,
        )) {
          const known = seen.get(pod.metadata.uid);
          if (type === 'DELETED' || pod.metadata.deletionTimestamp) {
            if (known && known !== 'work') end(known, 'SIGTERM');
          } else if (!known && pod.metadata.labels?.[`${ARGO}/workflow`]) {
            const run = pod.metadata.labels[`${ARGO}/component`] === 'agent' ? runAgent : runWork;
            run(pod).catch(
              (error: unknown) => ending.signal.aborted || console.warn(`pod ${pod.metadata.name}: ${error}`),
            );
          }
        }
      } catch {
        await pause(100);
      }
    }
  })();

  return {
    agents,
    kill(workflow, what) {
      for (const one of seen.values()) if (one !== 'work' && one.workflow === workflow) one[what]?.kill('SIGKILL');
    },
    async [Symbol.asyncDispose]() {
      ending.abort();
      for (const one of seen.values()) if (one !== 'work') end(one, 'SIGKILL');
      await watching;
      await kubelet.stop();
    },
  };
}

const KONDUCTOR = join(import.meta.dirname, '../../src/dev/main.ts');
const WORK_MS = 200;
const OWN_RUN = 'mount -t tmpfs tmpfs /run && mkdir /run/argo && mount --bind "$1" /run/argo &&';
