import type { KubeObject } from '../../src/api/metadata.ts';
import { compareVersions } from '../../src/api/resource-version.ts';
import type { ResourceType } from '../../src/kube/resource-type.ts';

/** Tekton's request to whoever knows the kind it names, as far as it concerns us. */
export interface CustomRun extends KubeObject {
  readonly spec: {
    readonly customRef?: { readonly apiVersion?: string; readonly kind?: string; readonly name?: string };
    readonly customSpec?: { readonly apiVersion?: string; readonly kind?: string; readonly spec?: unknown };
    readonly params?: readonly Param[];
    readonly status?: string;
    readonly statusMessage?: string;
    readonly retries?: number;
    readonly timeout?: string;
    readonly workspaces?: readonly unknown[];
  };
  readonly status?: CustomRunStatus;
}

export interface Param {
  readonly name: string;
  /** A text, a list or texts by name; without Tekton's webhook also whatever JSON knows. */
  readonly value: unknown;
}

export interface CustomRunStatus {
  readonly conditions?: readonly Condition[];
  readonly observedGeneration?: number;
  readonly startTime?: string;
  readonly completionTime?: string;
  readonly results?: readonly { readonly name: string; readonly value: string }[];
  readonly retriesStatus?: readonly object[];
  readonly extraFields?: { readonly konductor?: unknown };
}

export interface Condition {
  readonly type: string;
  readonly status: 'True' | 'False' | 'Unknown';
  readonly reason?: string;
  readonly message?: string;
  readonly lastTransitionTime?: string;
}

export const CustomRun: ResourceType<CustomRun> = {
  group: 'tekton.dev',
  version: 'v1beta1',
  kind: 'CustomRun',
  plural: 'customruns',
  namespaced: true,
};

/** A run of a pipeline, as far as it concerns us. */
export interface PipelineRun extends KubeObject {
  readonly spec: { readonly status?: string };
  readonly status?: { readonly conditions?: readonly Condition[] };
}

export const PipelineRun: ResourceType<PipelineRun> = {
  group: 'tekton.dev',
  version: 'v1',
  kind: 'PipelineRun',
  plural: 'pipelineruns',
  namespaced: true,
};

export const succeededOf = ({ status }: CustomRun | PipelineRun): Condition | undefined =>
  status?.conditions?.find(({ type }) => type === 'Succeeded');

/** Its one condition is decided: Tekton has gone on, and nothing we say changes that. */
export const isDone = (run: CustomRun | PipelineRun): boolean => {
  const succeeded = succeededOf(run);
  return succeeded !== undefined && succeeded.status !== 'Unknown';
};

/** As they were made, as far as that can be told: within a second, by who was written to last. */
export const byAge = ({ metadata: one }: KubeObject, { metadata: other }: KubeObject): number =>
  Date.parse(one.creationTimestamp) - Date.parse(other.creationTimestamp) ||
  compareVersions(one.resourceVersion, other.resourceVersion);
