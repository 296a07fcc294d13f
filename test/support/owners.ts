import type { KubeObject } from '../../src/api/metadata.ts';
import type { ResourceType } from '../../src/kube/resource-type.ts';
import type { Transport } from '../../src/kube/transport.ts';
import { NAMESPACE, type World } from './operator-world.ts';

/** Work that owns claims, of a kind whose end can be played. */
export interface OwnerKind {
  readonly plural: string;
  create(name: string): Promise<KubeObject>;
  /** A Pod may also have `Failed`. */
  finish(name: string, phase?: string): Promise<unknown>;
  delete(name: string): Promise<unknown>;
}

/** The owner of a claim that was just made is looked at after a second. */
export const A_LOOK = 1_100;

/** More than are watched by their names. */
export const NAMES = Array.from({ length: 8 }, (_, index) => `n-${index}`);

type Bed = () => World;

export function podsOf(bed: Bed): OwnerKind {
  const pods = () => bed().user.of(Pod, NAMESPACE);
  return {
    plural: 'pods',
    create: (name) => pods().create({ apiVersion: 'v1', kind: 'Pod', metadata: { name }, spec: TEMPLATE }),
    finish: (name, phase = 'Succeeded') => pods().patchStatus(name, { phase } as never),
    delete: (name) => pods().delete(name, { gracePeriodSeconds: 0 }),
  };
}

export function jobsOf(bed: Bed): OwnerKind {
  const jobs = () => bed().user.of(Job, NAMESPACE);
  const spec = { template: { spec: TEMPLATE } };
  return {
    plural: 'jobs',
    create: (name) => jobs().create({ apiVersion: 'batch/v1', kind: 'Job', metadata: { name }, spec }),
    finish: (name) => jobs().patchStatus(name, COMPLETE as never),
    delete: (name) => jobs().delete(name),
  };
}

export const ownedBy = ({ apiVersion, kind, metadata: { name, uid } }: KubeObject) => ({
  ownerReferences: [{ apiVersion, kind, name, uid }],
});

/** What is asked for of one kind. */
export function counted(transport: Transport, plural: string) {
  const paths: string[] = [];
  return {
    paths,
    transport: (request: Parameters<Transport>[0]) => {
      if (request.path.includes(`/${plural}`)) paths.push(request.path);
      return transport(request);
    },
  };
}

const Pod: ResourceType<KubeObject, object> = {
  group: '',
  version: 'v1',
  kind: 'Pod',
  plural: 'pods',
  namespaced: true,
};
const Job: ResourceType<KubeObject, object> = {
  group: 'batch',
  version: 'v1',
  kind: 'Job',
  plural: 'jobs',
  namespaced: true,
};
const TEMPLATE = { containers: [{ name: 'main', image: 'busybox' }], restartPolicy: 'Never' };
const COMPLETE = {
  conditions: ['SuccessCriteriaMet', 'Complete'].map((type) => ({
    type,
    status: 'True',
    lastTransitionTime: '2026-01-01T00:00:00Z',
  })),
  startTime: '2026-01-01T00:00:00Z',
  completionTime: '2026-01-01T00:00:01Z',
  succeeded: 1,
};
