import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { parseAllDocuments } from 'yaml';
import type { KubeObject } from '../../src/api/metadata.ts';
import { toYaml } from '../../src/api/yaml.ts';
import type { ClusterAccess } from '../cluster/access.ts';
import { until } from '../cluster/until.ts';

export interface WorkflowNode {
  readonly displayName: string;
  readonly name: string;
  readonly type: string;
  readonly phase: string;
  readonly message?: string;
  readonly startedAt?: string;
  readonly finishedAt?: string;
  readonly outputs?: {
    readonly result?: string;
    readonly parameters?: readonly { readonly name: string; readonly value?: string }[];
  };
}

export interface SubmittedWorkflow extends KubeObject {
  readonly status?: {
    readonly phase?: string;
    readonly message?: string;
    readonly nodes?: Readonly<Record<string, WorkflowNode>>;
  };
}

/** Argo's CLI in a namespace: what it prints. Rejects when it ends with an error. */
export type ArgoCli = (...args: readonly string[]) => Promise<string>;

export function argoCli(program: string, kubeconfig: string, namespace: string): ArgoCli {
  const env = { PATH: process.env.PATH, KUBECONFIG: kubeconfig };
  return async (...args) => (await promisify(execFile)(program, [...args, `--namespace=${namespace}`], { env })).stdout;
}

/** People who submit workflows to a namespace, and look at what becomes of them. Without Argo's CLI they do as it does. */
export function submitter(cluster: ClusterAccess, namespace: string, argo: ArgoCli | undefined) {
  const path = `/apis/argoproj.io/v1alpha1/namespaces/${namespace}/workflows`;

  const get = async (name: string) => (await cluster.request<SubmittedWorkflow>('GET', `${path}/${name}`)).body;
  const node = async (name: string, displayName: string): Promise<WorkflowNode | undefined> =>
    Object.values((await get(name)).status?.nodes ?? {}).find((each) => each.displayName === displayName);
  const submit = async (workflow: object): Promise<string> => {
    const { status, body } = await cluster.request<KubeObject>('POST', path, workflow);
    if (status !== 201) throw new Error(JSON.stringify(body));
    return body.metadata.name;
  };
  const patch = (name: string, change: object) => cluster.request('PATCH', `${path}/${name}`, change);

  return {
    get,
    node,
    async apply(manifests: readonly object[]): Promise<void> {
      const stdin = manifests.map(toYaml).join('---\n');
      const { code, stderr } = await cluster.kubectl(['apply', '-n', namespace, '--filename=-'], { stdin });
      if (code !== 0) throw new Error(stderr);
    },
    submit,
    stop: (name: string): Promise<unknown> => (argo ? argo('stop', name) : patch(name, { spec: { shutdown: 'Stop' } })),
    terminate: (name: string): Promise<unknown> =>
      argo ? argo('terminate', name) : patch(name, { spec: { shutdown: 'Terminate' } }),
    delete: (name: string): Promise<unknown> =>
      argo ? argo('delete', name) : cluster.request('DELETE', `${path}/${name}`),
    /** The same once more, under another name. */
    async resubmit(name: string): Promise<string> {
      if (argo) return (await argo('resubmit', name, '--output=name')).trim();
      const { kind, apiVersion, spec } = (await get(name)) as KubeObject & { readonly spec?: unknown };
      return submit({ kind, apiVersion, metadata: { generateName: `${name}-` }, spec });
    },
    /** What failed is forgotten, and the same workflow goes on. */
    async retry(name: string): Promise<void> {
      if (argo) return void (await argo('retry', name));
      const workflow = await get(name);
      const failed = (phase = '') => phase === 'Failed' || phase === 'Error';
      const nodes = Object.entries(workflow.status?.nodes ?? {}).flatMap(([id, node]) => {
        if (!failed(node.phase)) return [[id, node] as const];
        const { finishedAt: _, message: __, ...rest } = node;
        return GROUPS.has(node.type) ? [[id, { ...rest, phase: 'Running' }] as const] : [];
      });
      const { 'workflows.argoproj.io/completed': _, ...labels } = workflow.metadata.labels ?? {};
      const { finishedAt: __, message: ___, ...status } = workflow.status as Record<string, unknown>;
      const { status: code, body } = await cluster.request('PUT', `${path}/${name}`, {
        ...workflow,
        metadata: { ...workflow.metadata, labels: { ...labels, 'workflows.argoproj.io/phase': 'Running' } },
        status: { ...status, phase: 'Running', nodes: Object.fromEntries(nodes) },
      });
      if (code !== 200) throw new Error(JSON.stringify(body));
    },
    /** Kept with the workflow once it has ended. */
    async ended(name: string, within = 60_000): Promise<SubmittedWorkflow> {
      let last: SubmittedWorkflow | undefined;
      const isOver = async () => {
        last = await get(name);
        return ['Succeeded', 'Failed', 'Error'].includes(last.status?.phase ?? '');
      };
      try {
        await until(isOver, { within, what: `workflow ${name} has ended` });
      } catch (error) {
        const nodes = Object.values(last?.status?.nodes ?? {}).map(
          ({ name, phase, message = '' }) => `  ${name}: ${phase} ${message}`,
        );
        throw new Error(`${(error as Error).message}\n${nodes.join('\n')}`);
      }
      return last as SubmittedWorkflow;
    },
    /** Kept once a node of that name is in that phase. */
    reaches: (name: string, displayName: string, phase: string, within = 30_000) =>
      until(async () => (await node(name, displayName))?.phase === phase, {
        within,
        what: `${displayName} of ${name} is ${phase}`,
      }),
  };
}

export type Submitter = ReturnType<typeof submitter>;

/** Nodes around others: they go on, and are not made anew. */
const GROUPS: ReadonlySet<string> = new Set(['Steps', 'StepGroup', 'DAG', 'TaskGroup']);

/** The manifests of an example. */
export const exampleAt = (file: string): readonly KubeObject[] =>
  parseAllDocuments(readFileSync(join(import.meta.dirname, '../../examples/argo', file), 'utf8')).map(
    (document) => document.toJS() as KubeObject,
  );
