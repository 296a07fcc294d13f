import { podsDoor } from '../../plugins/pods/controller.ts';
import { ADMITTED, conditionOf, POD, type Pod } from '../../plugins/pods/pod.ts';
import type { KubeClient } from '../../src/kube/client.ts';
import { Event } from '../../src/kube/events.ts';
import { type OpenDoor, openDoor } from './open-door.ts';
import { NAMESPACE, type World } from './operator-world.ts';

/** The controller of gated Pods, in a world of one process. */
export async function openPodsDoor(here: World, client: KubeClient = here.user): Promise<OpenDoor> {
  const door = openDoor(podsDoor, { client, clock: here.clock });
  await here.rest();
  return door;
}

/** A Pod that waits for what its annotations name, under our prefix. */
export const aGatedPod = (
  name: string,
  annotations: Readonly<Record<string, string>>,
  more: { readonly gates?: readonly string[] } = {},
) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: {
    name,
    labels: { 'sync.konductor.io/gated': 'true' },
    annotations: Object.fromEntries(
      Object.entries(annotations).map(([key, value]) => [`sync.konductor.io/${key}`, value]),
    ),
  },
  spec: {
    schedulingGates: ['sync.konductor.io/wait', ...(more.gates ?? [])].map((gate) => ({ name: gate })),
    containers: [{ name: 'main', image: 'busybox' }],
  },
});

/** What people do with Pods, in a word. */
export function podHands({ user }: Pick<World, 'user'>, namespace = NAMESPACE) {
  const pods = user.of(POD, namespace);
  const all = async () => (await pods.listAll()).items;
  const gatesOf = ({ spec }: Pod) => (spec.schedulingGates ?? []).map(({ name }) => name);
  return {
    pods,
    make: (...args: Parameters<typeof aGatedPod>) => pods.create(aGatedPod(...args) as never),
    /** Pods that a scheduler may take. */
    free: async () =>
      (await all())
        .filter((pod) => gatesOf(pod).length === 0)
        .map(({ metadata }) => metadata.name)
        .sort(),
    gates: async (name: string) => gatesOf(await pods.get(name)),
    says: async (name: string) => {
      const told = conditionOf(await pods.get(name), ADMITTED);
      return told && { status: told.status, reason: told.reason, message: told.message };
    },
    /** Plays the kubelet. */
    become: async (name: string, state: 'Running' | 'Ready' | 'Succeeded' | 'Failed') => {
      const ready = { type: 'Ready', status: 'True', lastTransitionTime: '2026-01-01T00:00:00Z' };
      const status = state === 'Ready' ? { phase: 'Running', conditions: [ready] } : { phase: state };
      await pods.mergePatch(name, { status } as never, { subresource: 'status' });
    },
    events: async () => {
      const { items } = await user.of(Event, namespace).listAll();
      return items
        .map(
          (item) =>
            item as unknown as {
              readonly reason: string;
              readonly involvedObject: { readonly kind: string; readonly name: string };
            },
        )
        .filter(({ involvedObject }) => involvedObject.kind === 'Pod')
        .map(({ reason, involvedObject }) => `${reason} ${involvedObject.name}`);
    },
  };
}
