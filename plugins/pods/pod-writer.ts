import type { Clock } from '../../src/api/clock.ts';
import { WAIT_GATE } from '../../src/api/gated-pod.ts';
import type { KubeClient } from '../../src/kube/client.ts';
import type { Events } from '../../src/kube/events.ts';
import type { Saying } from './decide.ts';
import { ADMITTED, conditionOf, POD, type Pod } from './pod.ts';

export interface PodWriterOptions {
  readonly client: KubeClient;
  readonly clock: Clock;
  readonly news: Events;
}

/** Everything that is ever written of a Pod. */
export interface PodWriter {
  /** Takes our gate away, and leaves all others: only of the Pod as it was looked at. */
  ungate(pod: Pod, signal: AbortSignal): Promise<Pod>;
  delete(pod: Pod, signal: AbortSignal): Promise<void>;
  /** The condition, and the event if it warns. */
  say(pod: Pod, says: Saying, signal: AbortSignal): Promise<void>;
  warn(pod: Pod, says: Saying): void;
}

const FIELD_MANAGER = 'konductor-pods';

export function podWriter({ client, clock, news }: PodWriterOptions): PodWriter {
  const of = ({ metadata }: Pod) => client.of(POD, metadata.namespace);
  const warn = (pod: Pod, { reason, message }: Saying) =>
    news.tell(`Pods of ${pod.metadata.namespace ?? ''}`, pod, { type: 'Warning', reason, message });

  return {
    ungate(pod, signal) {
      const { name, resourceVersion } = pod.metadata;
      const schedulingGates = (pod.spec.schedulingGates ?? []).filter((gate) => gate.name !== WAIT_GATE);
      // the version is that of the list: a gate that somebody takes away meanwhile is not put back
      return of(pod).mergePatch(name, { spec: { schedulingGates } }, { resourceVersion, signal });
    },
    async delete(pod, signal) {
      const { name, uid, resourceVersion } = pod.metadata;
      // one that has been let go in the meantime is not to be deleted
      await of(pod).delete(name, { uid, resourceVersion, signal });
    },
    async say(pod, says, signal) {
      const { name, uid } = pod.metadata;
      const { status, reason, message } = says;
      const told = conditionOf(pod, ADMITTED);
      const lastTransitionTime =
        told?.status === status && told.lastTransitionTime ? told.lastTransitionTime : secondsOf(clock.now());
      // applied, so that what the scheduler and the kubelet say at the same time stays
      const condition = { type: ADMITTED, status, reason, message, lastTransitionTime };
      await of(pod).apply(
        { apiVersion: 'v1', kind: 'Pod', metadata: { name, uid }, status: { conditions: [condition] } } as never,
        { subresource: 'status', fieldManager: FIELD_MANAGER, force: true, signal },
      );
      if (says.warns) warn(pod, says);
    },
    warn,
  };
}

/** Conditions of a Pod have a grain of a second. */
const secondsOf = (now: number): string => `${new Date(now).toISOString().slice(0, 19)}Z`;
