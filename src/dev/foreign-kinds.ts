import { WorkflowTaskSet } from '../../plugins/argo/kinds.ts';
import { CustomRun, PipelineRun } from '../../plugins/tekton/kinds.ts';
import type { KubeObject } from '../api/metadata.ts';
import type { KubeClient } from '../kube/client.ts';
import type { ResourceType } from '../kube/resource-type.ts';

const Definition: ResourceType<KubeObject> = {
  group: 'apiextensions.k8s.io',
  version: 'v1',
  kind: 'CustomResourceDefinition',
  plural: 'customresourcedefinitions',
  namespaced: false,
};

/** Kinds of Tekton and Argo that doors look at, as far as an API server without these engines needs them. */
export async function installForeignKinds(client: KubeClient): Promise<void> {
  const kinds = [CustomRun, PipelineRun, WorkflowTaskSet].map((type) => definitionOf(type, { status: {} }));
  for (const kind of [...kinds, definitionOf(Workflow, undefined)]) await client.of(Definition).create(kind);
}

/** Its status is not apart. */
const Workflow = { group: 'argoproj.io', version: 'v1alpha1', kind: 'Workflow', plural: 'workflows' };

/** Anything goes. */
const ANYTHING = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };

type Named = Pick<ResourceType, 'group' | 'version' | 'kind' | 'plural'>;

const definitionOf = ({ group, version, kind, plural }: Named, subresources: object | undefined) => ({
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: `${plural}.${group}` },
  spec: {
    group,
    scope: 'Namespaced',
    names: { plural, kind, singular: kind.toLowerCase(), listKind: `${kind}List` },
    versions: [
      {
        ...{ name: version, served: true, storage: true, ...(subresources && { subresources }) },
        schema: { openAPIV3Schema: { type: 'object', properties: { spec: ANYTHING, status: ANYTHING } } },
      },
    ],
  },
});
