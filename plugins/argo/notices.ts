import type { Clock } from '../../src/api/clock.ts';
import type { KubeObject } from '../../src/api/metadata.ts';
import { keyFor } from '../../src/kube/cache.ts';
import type { KubeClient } from '../../src/kube/client.ts';
import type { ResourceType } from '../../src/kube/resource-type.ts';
import { keepWatching } from '../../src/kube/watch.ts';
import type { NodeResult, WorkflowReference } from './kinds.ts';

export interface NoticesOptions {
  readonly client: KubeClient;
  readonly clock: Clock;
  readonly random: () => number;
  readonly onError: (error: unknown) => void;
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
  readonly ending: AbortController;
  workflow: Workflow | undefined;
}

export function notices({ client, clock, random, onError, wake, wakeAfter }: NoticesOptions): Notices {
  const last = new Map<string, { readonly text: string; readonly at: number }>();
  const looks = new Map<string, Look>();

  /** Watches the Workflow as long as a message of ours is to be seen on it. */
  const lookAt = (workflow: WorkflowReference): Look => {
    const { uid, name, namespace } = workflow;
    const known = looks.get(uid);
    if (known) return known;
    const look: Look = { ending: new AbortController(), workflow: undefined };
    looks.set(uid, look);
    const see = (seen: Workflow | undefined) => {
      look.workflow = seen;
      wake(keyFor(name, namespace));
    };
    void keepWatching<Workflow>({
      resource: client.of(Workflow, namespace) as never,
      fieldSelector: `metadata.name=${name}`,
      ...{ clock, random, onError },
      signal: look.ending.signal,
      onChange(change) {
        if (change.type === 'replaced') see(change.objects[0]);
        else if (change.type === 'added' || change.type === 'modified') see(change.object);
      },
    });
    return look;
  };

  const close = (uid: string): void => {
    looks.get(uid)?.ending.abort(new Error('what was to be seen has been seen'));
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
        const isShown = lookAt(workflow).workflow?.status?.nodes?.[nodeId]?.message === said.message;
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
