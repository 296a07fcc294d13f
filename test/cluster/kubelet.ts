import { randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { ClusterAccess } from './access.ts';
import { type PodProcess, type RunnablePod, runPod } from './pod-process.ts';

export interface Kubelet extends AsyncDisposable {
  /** The node its pods are bound to. It exists in name only. */
  readonly node: string;
  /** Binds a pod as a scheduler would (refused while it has scheduling gates) and says that it runs. */
  run(namespace: string, pod: string): Promise<void>;
  /** Ends every container of a pod. */
  finish(namespace: string, pod: string, phase: 'Succeeded' | 'Failed'): Promise<void>;
  /** From now on every pod of the namespace really runs: its containers' commands, as processes of this machine. */
  execute(namespace: string, options: ExecuteOptions): ExecutedPods;
  stop(): Promise<void>;
}

export interface ExecuteOptions {
  /** A folder of programs that every image is taken to have. */
  readonly bin: string;
}

export interface OutputLine {
  readonly pod: string;
  readonly container: string;
  readonly text: string;
}

/** Pods that run as processes. */
export interface ExecutedPods {
  /** What the containers of all pods whose name begins so have written, in the order in which it was. */
  lines(prefix: string): readonly OutputLine[];
}

/**
 * Plays the scheduler and the kubelet, since there is no machine to run pods on: pods go through their phases when a
 * test says so, and those deleted meanwhile go for good, which on a node only a kubelet confirms.
 */
export function playKubelet(cluster: ClusterAccess): Kubelet {
  const node = `played-${randomBytes(4).toString('hex')}`; // so that several suites can share a cluster
  const stopping = new AbortController();
  const executed = new Map<string, PodProcess>();
  const end = async ({ metadata }: Pod) =>
    executed.get(metadata.uid)?.stop((metadata.deletionGracePeriodSeconds ?? 30) * 1_000);
  const burying = buryDeleted(cluster, node, end, stopping.signal);
  const executing: Promise<void>[] = [];

  const stop = async () => {
    stopping.abort();
    await Promise.all([burying, ...executing]);
    await Promise.all([...executed.values()].map((pod) => pod.stop(0)));
  };

  const bind = async (path: string, name: string) => {
    const target = { apiVersion: 'v1', kind: 'Node', name: node };
    await call(cluster, 'POST', `${path}/binding`, { apiVersion: 'v1', kind: 'Binding', metadata: { name }, target });
  };

  const executeAll = async (namespace: string, { bin }: ExecuteOptions, lines: OutputLine[]): Promise<void> => {
    await forEver(stopping.signal, async () => {
      for await (const { object: pod } of cluster.watch<Pod & RunnablePod>(podsIn(namespace), stopping.signal)) {
        const { name, uid, deletionTimestamp } = pod.metadata;
        const isOurs = pod.spec.nodeName === undefined && !pod.spec.schedulingGates?.length;
        if (executed.has(uid) || deletionTimestamp || !isOurs) continue;
        await bind(pathOf(namespace, name), name);
        const onLine = (container: string, text: string) => void lines.push({ pod: name, container, text });
        executed.set(uid, runPod(pod, { cluster, bin, onLine }));
      }
    });
  };

  return {
    node,

    async run(namespace, name) {
      const path = pathOf(namespace, name);
      const pod = await call<Pod>(cluster, 'GET', path);
      if (pod.spec.nodeName === undefined) await bind(path, name);
      await call(cluster, 'PATCH', `${path}/status`, { status: running(pod) });
    },

    async finish(namespace, name, phase) {
      const path = pathOf(namespace, name);
      const pod = await call<Pod>(cluster, 'GET', path);
      await call(cluster, 'PATCH', `${path}/status`, { status: finished(pod, phase) });
    },

    execute(namespace, options) {
      const lines: OutputLine[] = [];
      executing.push(executeAll(namespace, options, lines));
      return {
        lines: (prefix) => lines.filter(({ pod }) => pod.startsWith(prefix)),
      };
    },

    stop,
    [Symbol.asyncDispose]: stop,
  };
}

interface Pod {
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly uid: string;
    readonly deletionTimestamp?: string;
    readonly deletionGracePeriodSeconds?: number;
  };
  readonly spec: {
    readonly nodeName?: string;
    readonly schedulingGates?: readonly object[];
    readonly containers: readonly { name: string; image: string }[];
  };
  readonly status: { readonly phase: string; readonly startTime?: string };
}

const RETRY_MS = 200;

/** A deleted pod stays until its node says that the containers are gone; without this it would stay for ever. */
async function buryDeleted(
  cluster: ClusterAccess,
  node: string,
  end: (pod: Pod) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  const dying = new Set<string>();
  await forEver(signal, async () => {
    for await (const { type, object: pod } of cluster.watch<Pod>(podsOf(node), signal)) {
      const { uid, deletionTimestamp, deletionGracePeriodSeconds } = pod.metadata;
      if (type === 'DELETED' || !deletionTimestamp || deletionGracePeriodSeconds === 0 || dying.has(uid)) continue;
      dying.add(uid);
      // each in its own time: one that takes its whole grace keeps no other
      void end(pod)
        .then(() => bury(cluster, pod))
        .catch(() => {})
        .finally(() => dying.delete(uid));
    }
  });
}

async function forEver(signal: AbortSignal, watchOnce: () => Promise<void>): Promise<void> {
  while (!signal.aborted) {
    try {
      await watchOnce();
    } catch {
      // the API server is down, perhaps on purpose: the next watch begins with the pods as they are then
    }
    await pause(RETRY_MS, undefined, { signal, ref: false }).catch(() => {});
  }
}

async function bury({ request }: ClusterAccess, pod: Pod): Promise<void> {
  const path = pathOf(pod.metadata.namespace, pod.metadata.name);
  if (!['Succeeded', 'Failed'].includes(pod.status.phase)) {
    await request('PATCH', `${path}/status`, { status: finished(pod, 'Failed') });
  }
  await request('DELETE', path, { gracePeriodSeconds: 0, preconditions: { uid: pod.metadata.uid } });
}

function running({ spec, status }: Pod) {
  const startedAt = status.startTime ?? now();
  return {
    phase: 'Running',
    startTime: startedAt,
    conditions: [condition('PodScheduled', 'True'), condition('Initialized', 'True'), condition('Ready', 'True')],
    containerStatuses: spec.containers.map(({ name, image }) => ({
      ...{ name, image, imageID: image, restartCount: 0, ready: true, started: true },
      state: { running: { startedAt } },
    })),
  };
}

function finished({ spec, status }: Pod, phase: 'Succeeded' | 'Failed') {
  const end = phase === 'Succeeded' ? { exitCode: 0, reason: 'Completed' } : { exitCode: 1, reason: 'Error' };
  const terminated = { ...end, startedAt: status.startTime ?? now(), finishedAt: now() };
  return {
    phase,
    conditions: [condition('PodScheduled', 'True'), condition('Initialized', 'True'), condition('Ready', 'False')],
    containerStatuses: spec.containers.map(({ name, image }) => ({
      ...{ name, image, imageID: image, restartCount: 0, ready: false, started: false },
      state: { terminated },
    })),
  };
}

function condition(type: string, status: 'True' | 'False') {
  return { type, status, lastTransitionTime: now() };
}

function now(): string {
  return new Date().toISOString();
}

function podsIn(namespace: string): string {
  return `/api/v1/namespaces/${namespace}/pods`;
}

function podsOf(node: string): string {
  return `/api/v1/pods?fieldSelector=spec.nodeName%3D${node}`;
}

function pathOf(namespace: string, name: string): string {
  return `/api/v1/namespaces/${namespace}/pods/${name}`;
}

async function call<Body>({ request }: ClusterAccess, method: string, path: string, sent?: unknown): Promise<Body> {
  const { status, body } = await request<Body>(method, path, sent);
  if (status >= 300) throw new Error(`${method} ${path}: ${status} ${JSON.stringify(body)}`);
  return body;
}
