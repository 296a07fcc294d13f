import { randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { ClusterAccess } from './access.ts';

export interface Kubelet extends AsyncDisposable {
  /** The node its pods are bound to. It exists in name only. */
  readonly node: string;
  /** Binds a pod as a scheduler would (refused while it has scheduling gates) and says that it runs. */
  run(namespace: string, pod: string): Promise<void>;
  /** Ends every container of a pod. */
  finish(namespace: string, pod: string, phase: 'Succeeded' | 'Failed'): Promise<void>;
  stop(): Promise<void>;
}

/**
 * Plays the scheduler and the kubelet, since there is no machine to run pods on: pods go through their phases when a
 * test says so, and those deleted meanwhile go for good, which on a node only a kubelet confirms.
 */
export function playKubelet(cluster: ClusterAccess): Kubelet {
  const node = `played-${randomBytes(4).toString('hex')}`; // so that several suites can share a cluster
  const stopping = new AbortController();
  const burying = buryDeleted(cluster, node, stopping.signal);

  const stop = async () => {
    stopping.abort();
    await burying;
  };

  return {
    node,

    async run(namespace, name) {
      const path = pathOf(namespace, name);
      const pod = await call<Pod>(cluster, 'GET', path);
      if (pod.spec.nodeName === undefined) {
        const target = { apiVersion: 'v1', kind: 'Node', name: node };
        await call(cluster, 'POST', `${path}/binding`, {
          apiVersion: 'v1',
          kind: 'Binding',
          metadata: { name },
          target,
        });
      }
      await call(cluster, 'PATCH', `${path}/status`, { status: running(pod) });
    },

    async finish(namespace, name, phase) {
      const path = pathOf(namespace, name);
      const pod = await call<Pod>(cluster, 'GET', path);
      await call(cluster, 'PATCH', `${path}/status`, { status: finished(pod, phase) });
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
  readonly spec: { readonly nodeName?: string; readonly containers: readonly { name: string; image: string }[] };
  readonly status: { readonly phase: string; readonly startTime?: string };
}

const RETRY_MS = 200;

/** A deleted pod stays until its node says that the containers are gone; without this it would stay for ever. */
async function buryDeleted(cluster: ClusterAccess, node: string, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      for await (const { type, object: pod } of cluster.watch<Pod>(podsOf(node), signal)) {
        const { deletionTimestamp, deletionGracePeriodSeconds } = pod.metadata;
        if (type !== 'DELETED' && deletionTimestamp && deletionGracePeriodSeconds !== 0) await bury(cluster, pod);
      }
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
