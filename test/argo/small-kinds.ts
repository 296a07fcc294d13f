import type { KubeObject } from '../../src/api/metadata.ts';
import type { KubeClient } from '../../src/kube/client.ts';
import type { NewKubeObject, ResourceType } from '../../src/kube/resource-type.ts';

interface Definition extends KubeObject {
  readonly spec: unknown;
}
const Definition: ResourceType<Definition, NewKubeObject> = {
  group: 'apiextensions.k8s.io',
  version: 'v1',
  kind: 'CustomResourceDefinition',
  plural: 'customresourcedefinitions',
  namespaced: false,
};

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

const open = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };

/** Workflows and WorkflowTaskSets without Argo's schema, for a server in this process. */
export async function installSmallKinds(client: KubeClient): Promise<void> {
  for (const [kind, plural, subresources] of [
    ['Workflow', 'workflows', undefined],
    ['WorkflowTaskSet', 'workflowtasksets', { status: {} }],
  ] as const) {
    const schema = { openAPIV3Schema: { type: 'object', properties: { spec: open, status: open } } };
    await client.of(Definition).create({
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name: `${plural}.argoproj.io` },
      spec: {
        group: 'argoproj.io',
        scope: 'Namespaced',
        names: { kind, plural, singular: kind.toLowerCase() },
        versions: [{ name: 'v1alpha1', served: true, storage: true, schema, ...(subresources && { subresources }) }],
      },
    } as NewKubeObject);
  }
}
