import { ANNOTATION_PREFIX, GATED_LABEL, WAIT_GATE } from '../../src/api/gated-pod.ts';
import { GROUP } from '../../src/api/group.ts';
import type { KubeObject, ObjectMeta, OwnerReference } from '../../src/api/metadata.ts';
import type { ResourceType } from '../../src/kube/resource-type.ts';

export const GATED_SELECTOR = `${GATED_LABEL}=true`;
/** Says on the Pod whether it may be scheduled as far as we go, and what it waits for. */
export const ADMITTED = `${GROUP}/Admitted`;

export interface PodCondition {
  readonly type: string;
  readonly status: string;
  readonly reason?: string | undefined;
  readonly message?: string | undefined;
  readonly lastTransitionTime?: string | undefined;
}

export interface Pod extends KubeObject {
  readonly spec: { readonly schedulingGates?: readonly { readonly name: string }[] | undefined };
  readonly status?:
    | { readonly phase?: string | undefined; readonly conditions?: readonly PodCondition[] | undefined }
    | undefined;
}

export const POD: ResourceType<Pod> = { group: '', version: 'v1', kind: 'Pod', plural: 'pods', namespaced: true };

/** What is kept of a Pod while it waits: a tenth of it, and there may be thousands. */
export function slim({ metadata, spec, status }: Pod): Pod {
  const { name, namespace, uid, resourceVersion, creationTimestamp, deletionTimestamp, annotations = {} } = metadata;
  const ours = Object.entries(annotations).filter(([key]) => key.startsWith(ANNOTATION_PREFIX));
  const told = status?.conditions?.filter(({ type }) => type === ADMITTED || type === 'Ready') ?? [];
  const kept: ObjectMeta = {
    ...{ name, uid, resourceVersion, creationTimestamp, annotations: Object.fromEntries(ours) },
    ...(namespace !== undefined && { namespace }),
    ...(deletionTimestamp !== undefined && { deletionTimestamp }),
  };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: kept,
    spec: { schedulingGates: spec.schedulingGates?.map(({ name }) => ({ name })) },
    status: { phase: status?.phase, conditions: told },
  };
}

export const isGated = ({ spec }: Pod): boolean => (spec.schedulingGates ?? []).some(({ name }) => name === WAIT_GATE);
export const isLeaving = ({ metadata }: Pod): boolean => metadata.deletionTimestamp !== undefined;
export const isFinished = ({ status }: Pod): boolean => status?.phase === 'Succeeded' || status?.phase === 'Failed';
export const isReady = (pod: Pod): boolean => conditionOf(pod, 'Ready')?.status === 'True';

export const conditionOf = ({ status }: Pod, type: string): PodCondition | undefined =>
  status?.conditions?.find((condition) => condition.type === type);

export const ownerOf = ({ metadata: { name, uid } }: Pod): OwnerReference => ({
  apiVersion: 'v1',
  kind: 'Pod',
  name,
  uid,
});
