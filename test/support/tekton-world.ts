import type { Operator } from '../../operator/operator.ts';
import { tektonDoor } from '../../plugins/tekton/controller.ts';
import { PipelineRun } from '../../plugins/tekton/kinds.ts';
import { GROUP } from '../../src/api/group.ts';
import type { KubeObject } from '../../src/api/metadata.ts';
import { compareVersions } from '../../src/api/resource-version.ts';
import { installForeignKinds } from '../../src/dev/foreign-kinds.ts';
import { Event, type NewEvent } from '../../src/kube/events.ts';
import { aPermit, aSemaphore, hands, NAMESPACE, type World, world } from './operator-world.ts';

/** A world with Tekton's kinds and an operator whose Tekton door is open, and what tests of it do. */
export interface TektonWorld extends World {
  /** Somebody else holds the only permit of `db`. */
  heldByAnother(): Promise<void>;
  /** That one lets go. */
  letGo(): Promise<void>;
  stopOperator(): Promise<void>;
  /** Another in its place. */
  startOperator(): Promise<void>;
  /** What people are told of a run, in the order in which they were told. */
  eventsOf(run: string): Promise<string[]>;
}

export async function tektonWorld(): Promise<TektonWorld> {
  const place = world();
  await installForeignKinds(place.user);
  let operator: Operator = await place.operator({ doors: [tektonDoor] });
  return {
    ...place,
    async heldByAnother() {
      await hands(place).semaphores.create(aSemaphore('db'));
      await hands(place).permits.create(aPermit('held', { ttl: '24h' }));
      await place.rest();
    },
    async letGo() {
      await hands(place).permits.delete('held');
      await place.rest();
    },
    stopOperator: () => operator.stop(),
    async startOperator() {
      operator = await place.operator({ doors: [tektonDoor] });
    },
    async eventsOf(run) {
      const { items } = await place.user.of(Event, NAMESPACE).listAll();
      return items
        .map((item) => item as KubeObject & Omit<NewEvent, 'metadata'>)
        .filter(({ involvedObject }) => involvedObject['kind']?.endsWith('Run') && involvedObject['name'] === run)
        .toSorted((one, other) => compareVersions(one.metadata.resourceVersion, other.metadata.resourceVersion))
        .map(({ type, reason }) => `${type} ${reason}`);
    },
  };
}

/** What people do with PipelineRuns that wait as a whole; annotations by what comes after `sync.konductor.io/`. */
export function wholeRuns({ user }: World) {
  const runs = user.of(PipelineRun, NAMESPACE);
  return {
    runs,
    async make(name: string, annotations: Annotations = {}) {
      const metadata = { name, annotations: annotated({ semaphore: 'db', ...annotations }) };
      const spec = { status: 'PipelineRunPending' };
      await runs.create({ apiVersion: 'tekton.dev/v1', kind: 'PipelineRun', metadata, spec } as never);
    },
    /** Null takes one away. */
    edit: (name: string, annotations: Annotations) =>
      runs.mergePatch(name, { metadata: { annotations: annotated(annotations) } } as never),
    startByHand: (name: string) => runs.mergePatch(name, { spec: { status: null } } as never),
    started: async () =>
      (await runs.listAll()).items.filter(({ spec }) => !spec.status).map(({ metadata }) => metadata.name),
    saidOf: async (name: string) => (await runs.get(name)).metadata.annotations?.[`${GROUP}/queue`],
  };
}

export type Annotations = Readonly<Record<string, string | null | undefined>>;

const annotated = (annotations: Annotations) =>
  Object.fromEntries(Object.entries(annotations).map(([name, value]) => [`${GROUP}/${name}`, value]));
