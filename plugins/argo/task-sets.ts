import { aborted } from '../../src/kube/aborted.ts';
import { keyFor, keyOf } from '../../src/kube/cache.ts';
import type { Door } from '../../src/kube/door.ts';
import { isAborted, isConflict, isNotFound } from '../../src/kube/errors.ts';
import { watched } from '../../src/kube/watched.ts';
import { workQueue } from '../../src/kube/work-queue.ts';
import { stepRunner } from '../runner.ts';
import { desk } from './desk.ts';
import { eyesOfAll } from './eyes-of-all.ts';
import { type NodeResult, type Template, type WorkflowReference, WorkflowTaskSet, workflowOf } from './kinds.ts';
import { notices } from './notices.ts';
import { failedNode, nodeOf } from './reply.ts';
import { readTemplate } from './request.ts';
import { withLongestWait } from './waits.ts';

export interface TaskSetOptions {
  /** How long a step waits that does not say, such as `1h`. */
  readonly longestWait?: string | undefined;
}

/** What is remembered of a workflow between two looks at it. */
interface Attended {
  readonly workflow: WorkflowReference;
  /** Steps of ours, by node; the empty text for one that cannot be read. */
  readonly keys: Map<string, string>;
  /** Nodes whose end was written: Argo's controller takes it out of the set before the task, which is not to be judged again. */
  readonly written: Set<string>;
  hasForeign: boolean;
}

/** Those that are completed are of no interest; the label is missing until the second look of Argo's controller. */
const OPEN = 'workflows.argoproj.io/completed!=true';

const AT_ONCE = 16;

/**
 * Runs the konductor steps of every workflow whose controller makes no agent pods (`disableAgentPodCreation`): what a
 * step came to is written at the moment it is known.
 */
export const argoTaskSets =
  ({ longestWait }: TaskSetOptions = {}): Door =>
  async (context, signal) => {
    const { client, clock, random, log, registry, namespaces } = context;
    const onError = (error: unknown): void => {
      if (!isAborted(error) && !signal.aborted) log.warn({ area: 'argo', error }, 'will be tried again after an error');
    };
    const watching = new AbortController();
    const common = { client, clock, random, onError };
    const eyes = eyesOfAll(context);
    const runner = stepRunner({ client, clock, known: (step) => eyes.view(step) });
    const setOf = new Map<string, string>();
    const steps = desk({
      ...{ ...common, runner, eyes, registry, door: 'argo-tasksets' },
      onReply: (key) => sets.add(setOf.get(key) ?? ''),
    });
    const attended = new Map<string, Attended>();
    const taskSets = watched<WorkflowTaskSet>({
      ...{ ...common, namespaces, type: WorkflowTaskSet, labelSelector: OPEN, signal: watching.signal },
    });
    taskSets.onChange((old, taskSet) => sets.add(keyOf((taskSet ?? old) as WorkflowTaskSet)));

    const leaveNode = (one: Attended, nodeId: string): void => {
      const key = one.keys.get(nodeId) ?? '';
      one.keys.delete(nodeId);
      one.written.delete(nodeId);
      setOf.delete(key);
      messages.forget(one.workflow, nodeId);
      steps.cancel(key);
      steps.forget(key);
    };

    const leave = (setKey: string): void => {
      const one = attended.get(setKey);
      for (const nodeId of [...(one?.keys.keys() ?? [])]) leaveNode(one as Attended, nodeId);
      if (one) messages.close(one.workflow);
      attended.delete(setKey);
    };

    const attend = (setKey: string, workflow: WorkflowReference): Attended => {
      if (attended.get(setKey)?.workflow.uid !== workflow.uid) leave(setKey);
      const one = attended.get(setKey) ?? { workflow, keys: new Map(), written: new Set(), hasForeign: false };
      attended.set(setKey, one);
      return one;
    };

    /** By an earlier life of ours, by another at once with us, or by us, and the answer was lost: Argo goes by it. */
    const noteEnded = (one: Attended, nodeId: string, phase: string): void => {
      const key = one.keys.get(nodeId) ?? '';
      one.keys.set(nodeId, key);
      one.written.add(nodeId);
      if (phase === 'Succeeded') steps.told(key);
    };

    /** What is to be written about a task now, if anything. */
    const judge = (one: Attended, nodeId: string, template: Template, said: NodeResult | undefined) => {
      const read = readTemplate(one.workflow, template, nodeId);
      if (read.is === 'foreign') {
        sayForeign(one, template);
        return undefined;
      }
      if (one.written.has(nodeId)) return undefined;
      if (said?.phase !== undefined && said.phase !== 'Pending') {
        noteEnded(one, nodeId, said.phase);
        return undefined;
      }
      if (read.is === 'mistaken') {
        one.keys.set(nodeId, '');
        return failedNode(read.problem);
      }
      one.keys.set(nodeId, read.key);
      setOf.set(read.key, keyFor(one.workflow.name, one.workflow.namespace));
      steps.open(read.key, withLongestWait(read.step, longestWait));
      const reply = steps.reply(read.key);
      if (reply && reply.is !== 'waiting') return nodeOf(reply);
      return messages.next(one.workflow, nodeId, said, reply && { text: reply.message, age: steps.age(read.key) });
    };

    const sets = workQueue({
      async work(setKey, aborting) {
        const [namespace = '', name = ''] = setKey.split('/');
        const taskSet = taskSets.get(name, namespace);
        const workflow = taskSet && !taskSet.metadata.deletionTimestamp ? workflowOf(taskSet) : undefined;
        if (!taskSet || !workflow) return leave(setKey);
        const one = attend(setKey, workflow);
        const tasks = taskSet.spec?.tasks ?? {};
        for (const nodeId of [...one.keys.keys()]) if (!Object.hasOwn(tasks, nodeId)) leaveNode(one, nodeId);
        const judged = Object.entries(tasks).map(
          ([nodeId, template]) => [nodeId, judge(one, nodeId, template, taskSet.status?.nodes?.[nodeId])] as const,
        );
        if (!Object.values(taskSet.status?.nodes ?? {}).some(({ phase }) => phase === 'Pending'))
          messages.close(workflow);
        const nodes = Object.fromEntries(judged.filter(([, result]) => result !== undefined));
        if (Object.keys(nodes).length > 0 && (await write(taskSet, nodes, aborting))) noteWritten(one, nodes);
      },
      concurrency: AT_ONCE,
      ...{ clock, random },
      onError: (_, error) => onError(error),
    });

    const messages = notices({ ...common, wake: sets.add, wakeAfter: sets.addAfter });

    /** Only of the set as it was read: a result for a task that is gone by now would stop the whole workflow. */
    const write = async (taskSet: WorkflowTaskSet, nodes: Results, aborting: AbortSignal): Promise<boolean> => {
      const { name, namespace = '', resourceVersion } = taskSet.metadata;
      try {
        const how = { resourceVersion, signal: aborting };
        taskSets.apply(await client.of(WorkflowTaskSet, namespace).patchStatus(name, { nodes } as never, how));
        return true;
      } catch (error) {
        // its next version is on the way to the cache, and brings this set up again
        if (isConflict(error) || isNotFound(error)) return false;
        throw error;
      }
    };

    const noteWritten = (one: Attended, nodes: Results): void => {
      for (const [nodeId, result] of Object.entries(nodes)) {
        if (result?.phase === 'Pending') messages.written(one.workflow, nodeId, result.message ?? '');
        else if (result) {
          one.written.add(nodeId);
          steps.told(one.keys.get(nodeId) ?? '');
        }
      }
    };

    const sayForeign = (one: Attended, { name }: Template): void => {
      if (one.hasForeign) return;
      one.hasForeign = true;
      log.warn(
        { workflow: keyFor(one.workflow.name, one.workflow.namespace), template: name },
        'has HTTP steps or steps of other plugins: nobody runs them while disableAgentPodCreation is set',
      );
    };

    await aborted(signal);
    await sets.stop();
    await steps.stop();
    messages.stop();
    watching.abort(new Error('the controller was stopped'));
    eyes.stop();
    await taskSets.ended;
  };

/** Null takes an entry out. */
type Results = Readonly<Record<string, NodeResult | null | undefined>>;
