import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { ClusterAccess } from './access.ts';
import { type Container, type ContainerSpec, makeVolumes, type Surroundings, startContainer } from './container.ts';

/** A Pod, as far as whoever runs it has to know. */
export interface RunnablePod {
  readonly metadata: { readonly name: string; readonly namespace: string; readonly uid: string };
  readonly spec: {
    readonly restartPolicy?: 'Always' | 'OnFailure' | 'Never';
    readonly serviceAccountName?: string;
    readonly initContainers?: readonly ContainerSpec[];
    readonly containers: readonly ContainerSpec[];
    readonly volumes?: readonly { readonly name: string; readonly emptyDir?: object }[];
    readonly terminationGracePeriodSeconds?: number;
  };
}

export interface PodProcess {
  /** Kept when all its containers have ended, and its status says so. */
  readonly ended: Promise<void>;
  /** As when it was deleted: every container is asked to end, then killed. */
  stop(graceMs: number): Promise<void>;
}

export interface PodProcessOptions {
  readonly cluster: ClusterAccess;
  /** Programs that every image is taken to have, in front of the machine's. */
  readonly bin: string;
  /** What containers write, line by line. */
  readonly onLine: (container: string, text: string) => void;
}

/** How long a container that has failed is left alone before it is started again; a kubelet begins with ten seconds. */
const BACK_OFF_MS = 500;

/** Runs a Pod's containers as processes: initContainers one after the other, sidecars until everything else has ended. */
export function runPod(pod: RunnablePod, options: PodProcessOptions): PodProcess {
  const { metadata, spec } = pod;
  const folder = join(options.cluster.dir, 'pods', metadata.uid);
  const statuses = new Statuses(pod, options.cluster);
  const stopping = new AbortController();
  const alive = new Map<string, Container>();
  const ending: Promise<void>[] = [];

  const start = (container: ContainerSpec, surroundings: Surroundings): Container => {
    const life = startContainer(container, surroundings);
    alive.set(container.name, life);
    statuses.running(container.name, life.startedAt);
    void life.ended.then(() => alive.get(container.name) === life && alive.delete(container.name));
    return life;
  };

  /** One container until it has ended for good; a failure is tried again where the Pod says so. */
  const complete = async (container: ContainerSpec, surroundings: Surroundings): Promise<number> => {
    for (;;) {
      const life = start(container, surroundings);
      await statuses.write();
      const code = await life.ended;
      const again = spec.restartPolicy === 'Always' || (spec.restartPolicy === 'OnFailure' && code !== 0);
      statuses.terminated(container.name, life.startedAt, code);
      await statuses.write();
      if (!again || stopping.signal.aborted) return code;
      await pause(BACK_OFF_MS, undefined, { signal: stopping.signal }).catch(() => {});
      if (stopping.signal.aborted) return code;
      statuses.restarting(container.name);
    }
  };

  /** Kept once the sidecar has started; it goes on, over its ends, until the Pod has no use for it any more. */
  const keep = async (container: ContainerSpec, surroundings: Surroundings): Promise<void> => {
    const first = start(container, surroundings);
    const lives = async () => {
      for (let life = first; ; life = start(container, surroundings)) {
        const code = await life.ended;
        statuses.terminated(container.name, life.startedAt, code);
        if (stopping.signal.aborted) return;
        await pause(BACK_OFF_MS, undefined, { signal: stopping.signal }).catch(() => {});
        if (stopping.signal.aborted) return;
        statuses.restarting(container.name);
      }
    };
    ending.push(lives());
    await statuses.write();
    // a sidecar that ends first is started again, and probed again
    for (let probed: Container | undefined; !stopping.signal.aborted; ) {
      const life = alive.get(container.name);
      if (!life || life === probed) {
        await pause(50);
        continue;
      }
      probed = life;
      const isStarted = await life.started().then(
        () => true,
        () => false,
      );
      if (isStarted) return;
      await life.stop(1_000);
    }
  };

  const run = async (): Promise<'Succeeded' | 'Failed'> => {
    const surroundings = await surroundingsOf(pod, options, folder);
    for (const container of spec.initContainers ?? []) {
      if (stopping.signal.aborted) return 'Failed';
      if (container.restartPolicy === 'Always') await keep(container, surroundings);
      else if ((await complete(container, surroundings)) !== 0) return 'Failed';
    }
    if (stopping.signal.aborted) return 'Failed';
    const codes = await Promise.all(spec.containers.map((container) => complete(container, surroundings)));
    return codes.every((code) => code === 0) ? 'Succeeded' : 'Failed';
  };

  const stopAll = async (graceMs: number): Promise<void> => {
    stopping.abort();
    // sidecars go in the reverse order, once the others have gone
    for (const container of [...alive.values()].reverse()) await container.stop(graceMs);
    await Promise.all(ending);
  };

  const ended = run()
    .catch((error: unknown) => {
      options.onLine('kubelet', `${error instanceof Error ? error.message : error}`);
      return 'Failed' as const;
    })
    .then(async (phase) => {
      await stopAll((spec.terminationGracePeriodSeconds ?? 30) * 1_000);
      await statuses.finish(phase);
      await rm(folder, { recursive: true, force: true });
    });

  return {
    ended,
    async stop(graceMs) {
      await stopAll(graceMs);
      await ended;
    },
  };
}

/** What a node puts into a pod: its account, the way to the API server, its volumes. */
async function surroundingsOf(
  { metadata, spec }: RunnablePod,
  { cluster, bin, onLine }: PodProcessOptions,
  folder: string,
): Promise<Surroundings> {
  const account = join(folder, 'serviceaccount');
  await mkdir(account, { recursive: true });
  await writeFile(join(account, 'token'), await tokenFor({ metadata, spec }, cluster));
  await writeFile(join(account, 'ca.crt'), cluster.ca);
  await writeFile(join(account, 'namespace'), metadata.namespace);
  const { hostname, port } = new URL(cluster.url);
  const emptyDirs = (spec.volumes ?? []).filter(({ emptyDir }) => emptyDir).map(({ name }) => name);
  return {
    podName: metadata.name,
    serviceAccount: account,
    volumes: await makeVolumes(join(folder, 'volumes'), emptyDirs),
    variables: { PATH: `${bin}:${process.env.PATH}`, KUBERNETES_SERVICE_HOST: hostname, KUBERNETES_SERVICE_PORT: port },
    fields: {
      'metadata.name': metadata.name,
      'metadata.namespace': metadata.namespace,
      'metadata.uid': metadata.uid,
    },
    onLine,
  };
}

/** A token as a kubelet asks for it: bound to the Pod, whose name and uid it therefore carries. */
async function tokenFor({ metadata, spec }: RunnablePod, { request }: ClusterAccess): Promise<string> {
  const { namespace, name, uid } = metadata;
  const path = `/api/v1/namespaces/${namespace}/serviceaccounts/${spec.serviceAccountName ?? 'default'}/token`;
  const { status, body } = await request<{ status: { token: string } }>('POST', path, {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenRequest',
    spec: { expirationSeconds: 3_607, boundObjectRef: { apiVersion: 'v1', kind: 'Pod', name, uid } },
  });
  if (status !== 201) throw new Error(`no token for pod ${name}: ${status} ${JSON.stringify(body)}`);
  return body.status.token;
}

/** What the Pod's status says of its containers. */
class Statuses {
  readonly #pod: RunnablePod;
  readonly #cluster: ClusterAccess;
  readonly #states = new Map<string, object>();
  readonly #restarts = new Map<string, number>();
  readonly #startTime = new Date().toISOString();
  #writing: Promise<void> = Promise.resolve();

  constructor(pod: RunnablePod, cluster: ClusterAccess) {
    this.#pod = pod;
    this.#cluster = cluster;
  }

  running(name: string, startedAt: string): void {
    this.#states.set(name, { running: { startedAt } });
  }

  terminated(name: string, startedAt: string, exitCode: number): void {
    const reason = exitCode === 0 ? 'Completed' : 'Error';
    this.#states.set(name, { terminated: { exitCode, reason, startedAt, finishedAt: new Date().toISOString() } });
  }

  restarting(name: string): void {
    this.#restarts.set(name, (this.#restarts.get(name) ?? 0) + 1);
  }

  /** One after the other: an older status must not overtake a newer one. */
  write(phase?: 'Succeeded' | 'Failed'): Promise<void> {
    this.#writing = this.#writing.then(() => this.#patch(phase));
    return this.#writing;
  }

  finish(phase: 'Succeeded' | 'Failed'): Promise<void> {
    return this.write(phase);
  }

  async #patch(phase: 'Succeeded' | 'Failed' | undefined): Promise<void> {
    const { metadata, spec } = this.#pod;
    const { initContainers = [], containers } = spec;
    const isInitialized = containers.some(({ name }) => this.#states.has(name));
    const path = `/api/v1/namespaces/${metadata.namespace}/pods/${metadata.name}/status`;
    const condition = (type: string, isSo: boolean) => ({
      type,
      status: isSo ? 'True' : 'False',
      lastTransitionTime: new Date().toISOString(),
    });
    // a pod that is gone by now has no status any more
    await this.#cluster.request('PATCH', path, {
      metadata: { uid: metadata.uid },
      status: {
        phase: phase ?? (isInitialized ? 'Running' : 'Pending'),
        startTime: this.#startTime,
        conditions: [
          condition('PodScheduled', true),
          condition('Initialized', isInitialized),
          condition('Ready', isInitialized && phase === undefined),
        ],
        initContainerStatuses: initContainers.map((container) => this.#statusOf(container)),
        containerStatuses: containers.map((container) => this.#statusOf(container)),
      },
    });
  }

  #statusOf({ name, image }: ContainerSpec) {
    const state = this.#states.get(name) ?? { waiting: { reason: 'PodInitializing' } };
    const isRunning = 'running' in state;
    const restartCount = this.#restarts.get(name) ?? 0;
    return { name, image, imageID: image, restartCount, ready: isRunning, started: isRunning, state };
  }
}
