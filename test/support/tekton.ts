import { CustomRun, PipelineRun } from '../../plugins/tekton/kinds.ts';
import type { KubeObject } from '../../src/api/metadata.ts';
import type { KubeClient } from '../../src/kube/client.ts';
import type { ResourceType } from '../../src/kube/resource-type.ts';

/** Tekton's kinds as far as the embedded server needs them: anything goes, and the status is apart. */
export async function installTektonKinds(client: KubeClient): Promise<void> {
  for (const type of [CustomRun, PipelineRun]) await client.of(Definition).create(definitionOf(type as ResourceType));
}

const Definition: ResourceType<KubeObject> = {
  group: 'apiextensions.k8s.io',
  version: 'v1',
  kind: 'CustomResourceDefinition',
  plural: 'customresourcedefinitions',
  namespaced: false,
};

const ANYTHING = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };

const definitionOf = ({ group, version, kind, plural }: ResourceType) => ({
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: `${plural}.${group}` },
  spec: {
    group,
    scope: 'Namespaced',
    names: { plural, kind, singular: kind.toLowerCase(), listKind: `${kind}List` },
    versions: [
      {
        ...{ name: version, served: true, storage: true, subresources: { status: {} } },
        schema: { openAPIV3Schema: { type: 'object', properties: { spec: ANYTHING, status: ANYTHING } } },
      },
    ],
  },
});
