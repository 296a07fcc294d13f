import type { EyesOptions } from './eyes.ts';
import { type WorkflowReference, WorkflowTaskSet, workflowOf } from './kinds.ts';
import { readTemplate } from './request.ts';
import { watchOne } from './watch-one.ts';

export interface AttendanceOptions extends EyesOptions {
  /** A step that was open is not any more. */
  readonly onGone: (key: string) => void;
  /** It is open again: another attempt, under the name of the one before. */
  readonly onBack: (key: string) => void;
}

/** Which steps of the workflows that call are still open. Nobody tells a plugin that a step was stopped or timed out. */
export interface Attendance {
  /** A step is called for: looks after its workflow from now on. */
  attend(workflow: WorkflowReference, key: string): void;
  /** Whether the step was open and is not any more. */
  isGone(key: string): boolean;
  stop(): void;
}

interface Attended {
  /** Those in the task set, and those that are called for and not looked up yet. */
  open: Set<string>;
  isSeen: boolean;
  readonly end: () => void;
}

export function attendance({ onGone, onBack, ...watching }: AttendanceOptions): Attendance {
  const attended = new Map<string, Attended>();
  const gone = new Set<string>();

  const watch = (workflow: WorkflowReference): Attended => {
    const one: Attended = {
      open: new Set(),
      isSeen: false,
      end: watchOne<WorkflowTaskSet>({
        ...{ ...watching, type: WorkflowTaskSet, namespace: workflow.namespace, name: workflow.name },
        onSeen(taskSet) {
          // one of the same name that belongs to another workflow says nothing about this one
          const isItsOwn = taskSet !== 'missing' && workflowOf(taskSet)?.uid === workflow.uid;
          const now = new Set(isItsOwn ? keysOf(workflow, taskSet) : []);
          for (const key of one.open) {
            if (now.has(key)) continue;
            gone.add(key);
            onGone(key);
          }
          for (const key of now) if (gone.delete(key)) onBack(key);
          one.open = now;
          one.isSeen = true;
        },
      }),
    };
    attended.set(workflow.uid, one);
    return one;
  };

  return {
    attend(workflow, key) {
      let one = attended.get(workflow.uid) ?? watch(workflow);
      if (one.open.has(key) || gone.has(key)) return;
      // news to the agent that is none to us yet; or what it goes on calling for since before a restart of ours
      if (one.isSeen) {
        const { open, end } = one;
        end();
        one = watch(workflow);
        one.open = new Set(open);
      }
      one.open.add(key);
    },
    isGone: (key) => gone.has(key),
    stop() {
      for (const { end } of attended.values()) end();
    },
  };
}

function keysOf(workflow: WorkflowReference, { spec }: WorkflowTaskSet): string[] {
  return Object.values(spec?.tasks ?? {}).flatMap((template) => {
    const read = readTemplate(workflow, template);
    return read.is === 'step' ? [read.key] : [];
  });
}
