import type { Clock } from '../../src/api/clock.ts';
import type { KubeClient } from '../../src/kube/client.ts';
import { keepWatching } from '../../src/kube/watch.ts';
import { type WorkflowReference, WorkflowTaskSet, workflowOf } from './kinds.ts';
import { readTemplate } from './request.ts';

export interface AttendanceOptions {
  readonly client: KubeClient;
  readonly clock: Clock;
  readonly random: () => number;
  readonly onError: (error: unknown) => void;
  /** A step that was open is not any more. */
  readonly onGone: (key: string) => void;
  /** It is open again: another attempt, under the name of the one before. */
  readonly onBack: (key: string) => void;
}

/** Which steps of the workflows that call are still open. Nobody tells a plugin that a step was stopped or timed out. */
export interface Attendance {
  /** Looks after a workflow from now on. */
  attend(workflow: WorkflowReference): void;
  /** Whether the step was open and is not any more. */
  isGone(key: string): boolean;
  stop(): void;
}

export function attendance({ client, clock, random, onError, onGone, onBack }: AttendanceOptions): Attendance {
  const attended = new Map<string, AbortController>();
  const gone = new Set<string>();

  const watch = (workflow: WorkflowReference, signal: AbortSignal): void => {
    let open = new Set<string>();
    const see = (taskSet: WorkflowTaskSet | undefined): void => {
      // one of the same name that belongs to another workflow says nothing about this one
      const isItsOwn = taskSet !== undefined && workflowOf(taskSet)?.uid === workflow.uid;
      const now = new Set(isItsOwn ? keysOf(workflow, taskSet) : []);
      for (const key of open) {
        if (now.has(key)) continue;
        gone.add(key);
        onGone(key);
      }
      for (const key of now) if (gone.delete(key)) onBack(key);
      open = now;
    };
    void keepWatching<WorkflowTaskSet>({
      resource: client.of(WorkflowTaskSet, workflow.namespace) as never,
      fieldSelector: `metadata.name=${workflow.name}`,
      ...{ clock, random, onError, signal },
      onChange(change) {
        if (change.type === 'replaced') see(change.objects[0]);
        else if (change.type === 'deleted') see(undefined);
        else if (change.type !== 'reached') see(change.object);
      },
    });
  };

  return {
    attend(workflow) {
      if (attended.has(workflow.uid)) return;
      const ending = new AbortController();
      attended.set(workflow.uid, ending);
      watch(workflow, ending.signal);
    },
    isGone: (key) => gone.has(key),
    stop() {
      for (const ending of attended.values()) ending.abort(new Error('the plugin was stopped'));
    },
  };
}

function keysOf(workflow: WorkflowReference, { spec }: WorkflowTaskSet): string[] {
  return Object.values(spec?.tasks ?? {}).flatMap((template) => {
    const read = readTemplate(workflow, template);
    return read.is === 'step' ? [read.key] : [];
  });
}
