import type { Semaphore } from '../../src/api/semaphore.ts';
import type { Cluster } from '../cluster/cluster.ts';
import { type OperatorProcess, startOperatorProcess } from '../support/operator-process.ts';

/** A run as Tekton's API has it, as far as tests look. */
export interface Run {
  readonly metadata: {
    readonly name: string;
    readonly uid: string;
    readonly resourceVersion: string;
    readonly creationTimestamp: string;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec: { readonly status?: string; readonly [field: string]: unknown };
  readonly status?: {
    readonly conditions?: readonly RunCondition[];
    readonly startTime?: string;
    readonly completionTime?: string;
    readonly observedGeneration?: number;
    readonly results?: readonly { readonly name: string; readonly value: string }[];
    readonly retriesStatus?: readonly Run['status'][];
    readonly childReferences?: readonly { readonly name: string; readonly pipelineTaskName: string }[];
    readonly skippedTasks?: readonly { readonly name: string }[];
  };
}

export interface RunCondition {
  readonly type: string;
  readonly status: string;
  readonly reason: string;
  readonly message: string;
  readonly lastTransitionTime: string;
}

/** A namespace of a test's own, and what people do in it. */
export interface Ground {
  readonly namespace: string;
  create<T = Run>(object: { readonly apiVersion: string; readonly kind: string }): Promise<T>;
  patch(kind: GroundKind, name: string, patch: object): Promise<void>;
  remove(kind: GroundKind, name: string): Promise<void>;
  get<T = Run>(kind: GroundKind, name: string): Promise<T | undefined>;
  list<T = Run>(kind: GroundKind): Promise<readonly T[]>;
  /** Kept with the object as soon as it is as asked; a deleted one is undefined. */
  seen<T = Run>(kind: GroundKind, name: string, what: (object: T) => boolean, within?: number): Promise<T>;
  /** Kept once the run is over. */
  done(kind: 'pipelineruns' | 'customruns', name: string, within?: number): Promise<Run>;
}

const GROUPS = {
  pipelineruns: 'tekton.dev/v1',
  pipelines: 'tekton.dev/v1',
  customruns: 'tekton.dev/v1beta1',
  semaphores: 'sync.konductor.io/v1',
  permits: 'sync.konductor.io/v1',
  leases: 'sync.konductor.io/v1',
  leaserequests: 'sync.konductor.io/v1',
  barriers: 'sync.konductor.io/v1',
  arrivals: 'sync.konductor.io/v1',
  gates: 'sync.konductor.io/v1',
  jobs: 'batch/v1',
} as const;
export type GroundKind = keyof typeof GROUPS;

const WITHIN = 20_000;

export async function ground(cluster: Cluster, prefix = 'tekton'): Promise<Ground> {
  return groundIn(cluster, await cluster.namespace(prefix, { awaits: 'service-account' }));
}

export function groundIn(cluster: Cluster, namespace: string): Ground {
  const pathOf = (kind: GroundKind, name?: string) =>
    `/apis/${GROUPS[kind]}/namespaces/${namespace}/${kind}${name ? `/${name}` : ''}`;
  const call = async <T>(method: string, path: string, body?: unknown): Promise<T> => {
    const answer = await cluster.request<T>(method, path, body);
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.body;
  };
  const seen = async <T>(kind: GroundKind, name: string, what: (object: T) => boolean, within = WITHIN): Promise<T> => {
    const over = AbortSignal.timeout(within);
    let last: T | undefined;
    while (!over.aborted) {
      try {
        const watching = cluster.watch<T>(`${pathOf(kind)}?fieldSelector=metadata.name%3D${name}`, over);
        for await (const { type, object } of watching) {
          last = object;
          if (type !== 'DELETED' && what(object)) return object;
        }
      } catch (error) {
        // the server begins anew with a kind whose definition was written, as Tekton's webhook does when it starts
        if (!over.aborted && !String(error).includes('(re)initializing')) throw error;
      }
    }
    throw new Error(`${kind}/${name}: not as expected after ${within / 1000} s: ${JSON.stringify(last)}`);
  };
  return {
    namespace,
    create: (object) => {
      const kind = `${object.kind.toLowerCase()}s` as GroundKind;
      return call('POST', pathOf(kind), object);
    },
    patch: async (kind, name, patch) => void (await call('PATCH', pathOf(kind, name), patch)),
    remove: async (kind, name) => void (await call('DELETE', pathOf(kind, name))),
    get: async <T>(kind: GroundKind, name: string) => {
      const { status, body } = await cluster.request<T>('GET', pathOf(kind, name));
      return status === 200 ? body : undefined;
    },
    list: async <T>(kind: GroundKind) => (await call<{ items: readonly T[] }>('GET', pathOf(kind))).items,
    seen,
    done: (kind, name, within) => seen<Run>(kind, name, (run) => isOver(run), within),
  };
}

export const conditionOf = ({ status }: Run): RunCondition | undefined =>
  status?.conditions?.find(({ type }) => type === 'Succeeded');
export const isOver = (run: Run): boolean => ['True', 'False'].includes(conditionOf(run)?.status ?? '');
export const resultsOf = ({ status }: Run): Record<string, string> =>
  Object.fromEntries((status?.results ?? []).map(({ name, value }) => [name, value]));

/** `reason` of a run, waiting or over. */
export const says =
  (reason: string) =>
  (run: Run): boolean =>
    conditionOf(run)?.reason === reason;

export const isFree = ({ status }: Semaphore): boolean => status?.inUse === 0 && !status.intents?.length;

/** An operator with its Tekton door open, for the whole cluster. */
export const startDoor = async (cluster: Cluster): Promise<OperatorProcess> =>
  startOperatorProcess({ kubeconfig: await cluster.kubeconfig(), namespace: '', doors: ['tekton'] });
