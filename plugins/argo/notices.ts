import type { KubeObject } from '../../src/api/metadata.ts';
import { keyFor } from '../../src/kube/cache.ts';
import type { ResourceType } from '../../src/kube/resource-type.ts';
import type { EyesOptions } from './eyes.ts';
import type { NodeResult, WorkflowReference } from './kinds.ts';
import { watchOne } from './watch-one.ts';

export interface NoticesOptions extends EyesOptions {
  /** The task set is to be looked at again. */
  readonly wake: (setKey: string) => void;
  readonly wakeAfter: (setKey: string, milliseconds: number) => void;
}

/**
 * Why a step waits, shown on its node. An entry that stays in the task set makes Argo's controller write the Workflow
 * again and again, and survives a stop: so it is taken out as soon as the Workflow shows it. The node keeps the message.
 */
export interface Notices {
  /** What to write about a waiting node now: a message, null to take the one that stands there out, or nothing. */
  next(
    workflow: WorkflowReference,
    nodeId: string,
    said: NodeResult | undefined,
    waiting: { readonly text: string; readonly age: number } | undefined,
  ): NodeResult | null | undefined;
  written(workflow: WorkflowReference, nodeId: string, message: string): void;
  forget(workflow: WorkflowReference, nodeId: string): void;
  /** The workflow has no task any more. */
  close(workflow: WorkflowReference): void;
  stop(): void;
}

/** Most grants come before anybody would read why they have not. */
const FIRST = 2_000;
/** Each message costs two patches and a write of the Workflow. */
const NEXT = 60_000;
/** Longer than Argo's controller takes; a Workflow so large that it hides its nodes is not waited for longer. */
const SHOWN_WITHIN = 30_000;

interface Workflow extends KubeObject {
  readonly status?: { readonly nodes?: Readonly<Record<string, { readonly message?: string }>> };
}

const Workflow: ResourceType<Workflow> = {
  group: 'argoproj.io',
  version: 'v1alpha1',
  kind: 'Workflow',
  plural: 'workflows',
  namespaced: true,
};

interface Look {
  workflow: Workflow | 'missing' | 'unseen';
  readonly end: () => void;
}

export function notices({ wake, wakeAfter, ...watching }: NoticesOptions): Notices {
  const { clock } = watching;
  const last = new Map<string, { readonly text: string; readonly at: number }>();
  const looks = new Map<string, Look>();

  /** Watches the Workflow as long as a message of ours is to be seen on it. */
  const lookAt = ({ uid, name, namespace }: WorkflowReference): Look => {
    const known = looks.get(uid);
    if (known) return known;
    const look: Look = {
      workflow: 'unseen',
      end: watchOne<Workflow>({
        ...{ ...watching, type: Workflow, namespace, name },
        onSeen(workflow) {
          look.workflow = workflow;
          wake(keyFor(name, namespace));
        },
      }),
    };
    looks.set(uid, look);
    return look;
  };

  const close = (uid: string): void => {
    looks.get(uid)?.end();
    looks.delete(uid);
  };

  return {
    next(workflow, nodeId, said, waiting) {
      const setKey = keyFor(workflow.name, workflow.namespace);
      const key = `${workflow.uid}/${nodeId}`;
      if (said) {
        // one of an earlier life of ours is as good as new
        const standing = last.get(key) ?? { text: said.message ?? '', at: clock.monotonic() };
        last.set(key, standing);
        const left = standing.at + SHOWN_WITHIN - clock.monotonic();
        const { workflow: seen } = lookAt(workflow);
        const isShown = typeof seen === 'object' && seen.status?.nodes?.[nodeId]?.message === said.message;
        if (isShown || left <= 0) return null;
        wakeAfter(setKey, left);
        return undefined;
      }
      const before = last.get(key);
      if (!waiting || before?.text === waiting.text) return undefined;
      const left = before ? before.at + NEXT - clock.monotonic() : FIRST - waiting.age;
      if (left <= 0) return { phase: 'Pending', message: waiting.text };
      wakeAfter(setKey, left);
      return undefined;
    },
    written(workflow, nodeId, message) {
      last.set(`${workflow.uid}/${nodeId}`, { text: message, at: clock.monotonic() });
    },
    forget: (workflow, nodeId) => void last.delete(`${workflow.uid}/${nodeId}`),
    close: ({ uid }) => close(uid),
    stop() {
      for (const uid of [...looks.keys()]) close(uid);
    },
  };
}
