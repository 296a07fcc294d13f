import { setTimeout as pause } from 'node:timers/promises';
import { type WorkflowReference, WorkflowTaskSet } from '../../plugins/argo/kinds.ts';
import type { KubeClient } from '../../src/kube/client.ts';

export interface AgentOptions {
  readonly client: KubeClient;
  readonly workflow: WorkflowReference;
  /** In the order in which they are asked: fixed for a pod's life, and another in the next pod. */
  readonly plugins: readonly PluginAddress[];
  readonly timing?: Partial<AgentTiming>;
}

export interface PluginAddress {
  readonly port: number;
  readonly token?: string;
}

/** Milliseconds, as the real agent has them. */
export interface AgentTiming {
  readonly patchRate: number;
  readonly callTimeout: number;
  /** Before the second attempt; each pause is twice the one before. */
  readonly retryBase: number;
  readonly workers: number;
}

const TIMING: AgentTiming = { patchRate: 10_000, callTimeout: 30_000, retryBase: 1_000, workers: 16 };
const ATTEMPTS = 5;

interface Result {
  readonly phase?: string;
  readonly message?: string;
  readonly outputs?: unknown;
}

interface Task {
  readonly nodeId: string;
  readonly template: unknown;
}

/** Argo's agent, as far as a plugin can tell: its workers, time-outs, attempts, requeues and ticks. */
export interface Agent {
  /** How often each node was asked about. */
  readonly calls: ReadonlyMap<string, number>;
  /** Kept once it has left of itself: its workflow is over. */
  readonly ended: Promise<void>;
  /** Ends it in the middle of everything. Its memory is gone; another begins from the task set. */
  kill(): Promise<void>;
}

export function startAgent({ client, workflow, plugins, timing = {} }: AgentOptions): Agent {
  const { patchRate, callTimeout, retryBase, workers } = { ...TIMING, ...timing };
  const dying = new AbortController();
  const { signal } = dying;
  const considered = new Set<string>();
  const calls = new Map<string, number>();
  const invalid = new Set<number>();
  const tasks = unbuffered<Task>();
  const sets = client.of(WorkflowTaskSet, workflow.namespace);
  let results: Record<string, Result> = {};

  const work = async (): Promise<void> => {
    for (;;) {
      const task = await tasks.take(signal);
      if (considered.has(task.nodeId)) continue;
      considered.add(task.nodeId);
      calls.set(task.nodeId, (calls.get(task.nodeId) ?? 0) + 1);
      const { result, requeue } = await execute(task.template);
      if (result.phase) results[task.nodeId] = result;
      if (requeue > 0) {
        setTimeout(() => {
          considered.delete(task.nodeId);
          void tasks.put(task, signal).catch(() => {});
        }, requeue).unref();
      }
    }
  };

  const execute = async (template: unknown): Promise<{ result: Result; requeue: number }> => {
    for (const plugin of plugins) {
      if (invalid.has(plugin.port)) continue;
      try {
        const { node, requeue } = await call(plugin, template);
        if (!node) continue;
        const again = node.phase === 'Succeeded' || requeue === undefined ? 0 : goDuration(requeue);
        return { result: node, requeue: again };
      } catch (error) {
        signal.throwIfAborted();
        // the first plugin that errs ends it for all
        return { result: { phase: 'Failed', message: (error as Error).message }, requeue: 0 };
      }
    }
    return { result: { phase: 'Failed', message: 'no plugin executed the template' }, requeue: 0 };
  };

  const call = async (plugin: PluginAddress, template: unknown) => {
    const { name, namespace, uid } = workflow;
    for (let attempt = 1, wait = retryBase; ; attempt++, wait *= 2) {
      const answer = await post(plugin, { workflow: { metadata: { name, namespace, uid } }, template });
      if (answer !== 'again') return answer;
      if (attempt === ATTEMPTS) throw new Error('the plugin could not be asked');
      await pause(wait, undefined, { signal, ref: false });
    }
  };

  const post = async ({ port, token = '' }: PluginAddress, body: unknown): Promise<Answer | 'again'> => {
    let status: number;
    let text: string;
    try {
      const response = await fetch(`http://localhost:${port}/api/v1/template.execute`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
        body: JSON.stringify(body),
        signal: AbortSignal.any([signal, AbortSignal.timeout(callTimeout)]),
      });
      [status, text] = [response.status, await response.text()];
    } catch {
      signal.throwIfAborted();
      return 'again';
    }
    if (status === 503) return 'again';
    if (status === 404) {
      invalid.add(port);
      return {};
    }
    if (status !== 200) throw new Error(`${status}: ${text}`);
    return (JSON.parse(text) as Answer | null) ?? {};
  };

  const patch = async (): Promise<void> => {
    for (;;) {
      await pause(patchRate, undefined, { signal, ref: false });
      const nodes = results;
      results = {};
      if (Object.keys(nodes).length === 0) continue;
      try {
        await sets.patchStatus(workflow.name, { nodes } as never, { signal });
      } catch {
        results = { ...nodes, ...results };
      }
    }
  };

  const watch = async (): Promise<void> => {
    const { items, resourceVersion } = await sets.listAll({ fieldSelector: `metadata.name=${workflow.name}`, signal });
    for (const taskSet of items) if ((await offer(taskSet)) === 'completed') return;
    const how = { fieldSelector: `metadata.name=${workflow.name}`, resourceVersion, signal };
    for await (const event of sets.watch(how)) {
      if (event.type === 'DELETED') return;
      if (event.type !== 'BOOKMARK' && (await offer(event.object)) === 'completed') return;
    }
  };

  const offer = async ({ metadata, spec }: WorkflowTaskSet): Promise<'completed' | 'open'> => {
    if (metadata.labels?.['workflows.argoproj.io/completed'] === 'true') return 'completed';
    for (const [nodeId, template] of Object.entries(spec?.tasks ?? {})) await tasks.put({ nodeId, template }, signal);
    return 'open';
  };

  const hands = Array.from({ length: workers }, () => work().catch(() => {}));
  const ticking = patch().catch(() => {});
  const ended = watch()
    .catch(() => {})
    .then(async () => {
      dying.abort(new Error('the agent has left'));
      await Promise.all([...hands, ticking]);
    });
  return {
    calls,
    ended,
    async kill() {
      dying.abort(new Error('the agent was killed'));
      await ended;
    },
  };
}

interface Answer {
  readonly node?: Result;
  readonly requeue?: string;
}

/** As Go reads it: a number is an error, and so is a unit that it does not know. */
function goDuration(text: unknown): number {
  if (typeof text !== 'string') throw new Error(`json: cannot unmarshal number into requeue of type string`);
  const units: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };
  if (!/^-?([0-9.]+(ms|s|m|h))+$/.test(text)) throw new Error(`time: invalid duration ${JSON.stringify(text)}`);
  return [...text.matchAll(/([0-9.]+)(ms|s|m|h)/g)].reduce(
    (sum, [, amount, unit]) => sum + Number(amount) * (units[unit ?? ''] ?? 0),
    0,
  );
}

/** A channel without a buffer: who puts waits for one who takes. */
function unbuffered<T>() {
  const takers: ((value: T) => void)[] = [];
  const putters: { readonly value: T; readonly done: () => void }[] = [];
  const orAborted = <V>(promise: Promise<V>, signal: AbortSignal): Promise<V> =>
    Promise.race([
      promise,
      new Promise<never>((_, reject) => {
        if (signal.aborted) reject(signal.reason);
        signal.addEventListener('abort', () => reject(signal.reason), { once: true });
      }),
    ]);
  return {
    put(value: T, signal: AbortSignal): Promise<void> {
      const taker = takers.shift();
      if (taker) {
        taker(value);
        return Promise.resolve();
      }
      return orAborted(new Promise((resolve) => putters.push({ value, done: () => resolve() })), signal);
    },
    take(signal: AbortSignal): Promise<T> {
      const putter = putters.shift();
      if (putter) {
        putter.done();
        return Promise.resolve(putter.value);
      }
      return orAborted(new Promise((resolve) => takers.push(resolve)), signal);
    },
  };
}
