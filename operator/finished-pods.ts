import type { Clock } from '../src/api/clock.ts';
import type { KubeClient } from '../src/kube/client.ts';
import type { ResourceType } from '../src/kube/resource-type.ts';
import { type Change, keepWatching } from '../src/kube/watch.ts';
import type { Workload } from './workloads.ts';

export interface FinishedPodsOptions {
  readonly client: KubeClient;
  readonly namespaces: readonly string[] | undefined;
  readonly clock: Clock;
  readonly random: () => number;
  readonly onError: (error: unknown) => void;
  /** A Pod has finished; said once. */
  readonly onFinished: (uid: string) => void;
  /** From now on, who is not said to be finished is not. */
  readonly onSynced: () => void;
}

/** The Pods that have finished: running ones, which are most of a cluster's traffic, are never read. */
export interface FinishedPods {
  has(uid: string): boolean;
  isSynced(): boolean;
  stop(): Promise<void>;
}

const Pod: ResourceType<Workload> = { group: '', version: 'v1', kind: 'Pod', plural: 'pods', namespaced: true };
const PHASES = ['Succeeded', 'Failed'];

export function finishedPods(options: FinishedPodsOptions): FinishedPods {
  const { client, namespaces = [undefined], clock, random, onError, onFinished, onSynced } = options;
  const end = new AbortController();
  const views = namespaces.flatMap((namespace) =>
    PHASES.map((phase) => ({ namespace, phase, uids: new Set<string>() })),
  );
  const unsynced = new Set(views);

  const take = (view: (typeof views)[number], change: Change<Workload>): void => {
    const add = ({ metadata: { uid } }: Workload): void => {
      if (view.uids.has(uid)) return;
      view.uids.add(uid);
      onFinished(uid);
    };
    if (change.type === 'deleted') view.uids.delete(change.object.metadata.uid);
    else if (change.type === 'added' || change.type === 'modified') add(change.object);
    else if (change.type === 'replaced') {
      const listed = new Set(change.objects.map(({ metadata }) => metadata.uid));
      for (const uid of view.uids) if (!listed.has(uid)) view.uids.delete(uid);
      change.objects.forEach(add);
      if (unsynced.delete(view) && unsynced.size === 0) onSynced();
    }
  };

  const watches = views.map((view) =>
    keepWatching<Workload>({
      resource: client.of(Pod, view.namespace) as never,
      fieldSelector: `status.phase=${view.phase}`,
      clock,
      random,
      signal: end.signal,
      onError,
      onChange: (change) => take(view, change),
    }),
  );

  return {
    has: (uid) => views.some(({ uids }) => uids.has(uid)),
    isSynced: () => unsynced.size === 0,
    async stop() {
      end.abort(new Error('nobody looks at Pods any more'));
      await Promise.all(watches);
    },
  };
}
