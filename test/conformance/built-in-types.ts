import type { KubeObject, NewObjectMeta } from '../../src/api/metadata.ts';
import type { ResourceType } from '../../src/kube/resource-type.ts';

/** Kinds of Kubernetes itself, as far as the promises look at them. */
export interface ConfigMap extends KubeObject {
  readonly data?: Readonly<Record<string, string>>;
  readonly immutable?: boolean;
}

export interface NewConfigMap extends Written<'ConfigMap'> {
  readonly data?: Readonly<Record<string, string>>;
}

export const ConfigMap: ResourceType<ConfigMap, NewConfigMap> = core('ConfigMap', 'configmaps');

export interface Pod extends KubeObject {
  readonly spec: PodSpec;
  readonly status?: { readonly phase?: string };
}

export interface NewPod extends Written<'Pod'> {
  readonly spec: PodSpec;
}

export interface PodSpec {
  readonly containers: readonly Container[];
  readonly restartPolicy?: string;
  readonly terminationGracePeriodSeconds?: number;
  readonly automountServiceAccountToken?: boolean;
  readonly [field: string]: unknown;
}

export interface Container {
  readonly name: string;
  readonly image: string;
  readonly [field: string]: unknown;
}

export const Pod: ResourceType<Pod, NewPod> = core('Pod', 'pods');

export interface Namespace extends KubeObject {
  readonly spec?: { readonly finalizers?: readonly string[] };
  readonly status?: { readonly phase?: string };
}

export const Namespace: ResourceType<Namespace, Written<'Namespace'>> = {
  ...core('Namespace', 'namespaces'),
  namespaced: false,
};

export interface Definition extends KubeObject {
  readonly spec: { readonly [field: string]: unknown };
  readonly status?: {
    readonly conditions?: readonly { readonly type: string; readonly status: string; readonly reason?: string }[];
    readonly acceptedNames?: { readonly plural: string };
    readonly storedVersions?: readonly string[];
  };
}

export const Definition: ResourceType<Definition> = {
  group: 'apiextensions.k8s.io',
  version: 'v1',
  kind: 'CustomResourceDefinition',
  plural: 'customresourcedefinitions',
  namespaced: false,
};

export interface Written<Name extends string> {
  readonly apiVersion: 'v1';
  readonly kind: Name;
  readonly metadata: NewObjectMeta;
}

function core<T extends KubeObject, New>(kind: string, plural: string): ResourceType<T, New> {
  return { group: '', version: 'v1', kind, plural, namespaced: true };
}
