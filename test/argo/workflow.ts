import type { KubeObject } from '../../src/api/metadata.ts';
import type { NewKubeObject, ResourceType } from '../../src/kube/resource-type.ts';

export interface AnyWorkflow extends KubeObject {
  readonly spec?: unknown;
  readonly status?: { readonly phase?: string; readonly nodes?: Readonly<Record<string, unknown>> };
}
export const Workflow: ResourceType<AnyWorkflow, NewKubeObject> = {
  group: 'argoproj.io',
  version: 'v1alpha1',
  kind: 'Workflow',
  plural: 'workflows',
  namespaced: true,
};
