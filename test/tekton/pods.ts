import type { ClusterAccess } from '../cluster/access.ts';
import type { Kubelet } from '../cluster/kubelet.ts';
import { until } from '../cluster/until.ts';

/** The pods of one namespace, which run and end when a test says so. */
export interface PodHand {
  /** Waits for the pod of each TaskRun or Job, in this order, runs it and ends it well. */
  finish(...owners: string[]): Promise<void>;
  /** Whichever of them has a pod first. */
  either(...owners: string[]): Promise<string>;
  names(): Promise<readonly string[]>;
  /** What the steps of a TaskRun are to run, params filled in. */
  scriptsOf(taskRun: string): Promise<readonly string[]>;
}

interface Pod {
  readonly metadata: { readonly name: string; readonly ownerReferences?: readonly { readonly name: string }[] };
}

interface TaskRun {
  readonly spec: {
    readonly params?: readonly { readonly name: string; readonly value: string }[];
    readonly taskSpec: { readonly steps: readonly { readonly script: string }[] };
  };
}

const WITHIN = 20_000;

export function podHand({ request }: ClusterAccess, kubelet: Kubelet, namespace: string): PodHand {
  const pods = async (): Promise<readonly Pod[]> => {
    const { body } = await request<{ items: readonly Pod[] }>('GET', `/api/v1/namespaces/${namespace}/pods`);
    return body.items;
  };
  const find = async (owners: readonly string[]): Promise<readonly [owner: string, pod: string]> => {
    let found: readonly [string, string] | undefined;
    const look = async () => {
      for (const { metadata } of await pods()) {
        const owner = owners.find((each) => metadata.ownerReferences?.some(({ name }) => name === each));
        if (owner) found = [owner, metadata.name];
      }
      return found !== undefined;
    };
    await until(look, { within: WITHIN, what: `a pod of ${owners.join(' or ')} is there` });
    return found as readonly [string, string];
  };
  return {
    async finish(...owners) {
      for (const owner of owners) {
        const [, pod] = await find([owner]);
        await kubelet.run(namespace, pod);
        await kubelet.finish(namespace, pod, 'Succeeded');
      }
    },
    either: async (...owners) => (await find(owners))[0],
    async scriptsOf(taskRun) {
      const path = `/apis/tekton.dev/v1/namespaces/${namespace}/taskruns/${taskRun}`;
      const { body } = await request<TaskRun>('GET', path);
      const given = new Map((body.spec.params ?? []).map(({ name, value }) => [name, value]));
      const fill = (text: string) => text.replace(/\$\(params\.(\w+)\)/g, (_, name: string) => given.get(name) ?? '');
      return body.spec.taskSpec.steps.map(({ script }) => fill(script));
    },
    names: async () => (await pods()).map(({ metadata }) => metadata.name),
  };
}
