import type { KubeObject, OwnerReference } from '../../src/api/metadata.ts';
import type { ResourceType } from '../../src/kube/resource-type.ts';

/** As Argo's controller hands a template out: names, parameters and items are filled in. */
export interface Template {
  readonly name?: string;
  readonly plugin?: Readonly<Record<string, unknown>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly inputs?: unknown;
}

/** What became of a node, in the words of Argo. A field that is missing keeps the value it had before. */
export interface NodeResult {
  readonly phase?: 'Pending' | 'Succeeded' | 'Failed';
  readonly message?: string;
  readonly outputs?: NodeOutputs;
}

export interface NodeOutputs {
  /** Texts only: Argo fails a step whose result is a number. */
  readonly result?: string;
  readonly parameters?: readonly { readonly name: string; readonly value: string }[];
}

/** The open plugin and HTTP steps of one Workflow, which it has the name of, each under the id of its node. */
export interface WorkflowTaskSet extends KubeObject {
  readonly spec?: { readonly tasks?: Readonly<Record<string, Template>> };
  readonly status?: { readonly nodes?: Readonly<Record<string, NodeResult>> };
}

export const WorkflowTaskSet: ResourceType<WorkflowTaskSet> = {
  group: 'argoproj.io',
  version: 'v1alpha1',
  kind: 'WorkflowTaskSet',
  plural: 'workflowtasksets',
  namespaced: true,
};

/** Which Workflow a step belongs to. */
export interface WorkflowReference {
  readonly name: string;
  readonly namespace: string;
  readonly uid: string;
}

/** What a claim made for a step goes with: the Workflow's end, in whatever way it ends, is the end of the hold. */
export const ownerOf = ({ name, uid }: WorkflowReference): OwnerReference => ({
  apiVersion: 'argoproj.io/v1alpha1',
  kind: 'Workflow',
  name,
  uid,
});

/** The Workflow of a task set, as its owner reference names it. */
export function workflowOf({ metadata }: WorkflowTaskSet): WorkflowReference | undefined {
  const owner = metadata.ownerReferences?.find(
    ({ apiVersion, kind }) => kind === 'Workflow' && apiVersion.startsWith('argoproj.io/'),
  );
  return owner && { name: owner.name, namespace: metadata.namespace ?? '', uid: owner.uid };
}
