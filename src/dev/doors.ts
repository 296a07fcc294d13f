import type { DoorName } from '../../operator/settings.ts';
import type { Door } from '../kube/door.ts';

/** A door that stays closed is not even loaded. */
const DOORS: Readonly<Record<DoorName, () => Promise<Door>>> = {
  tekton: async () => (await import('../../plugins/tekton/controller.ts')).tektonDoor,
  'argo-tasksets': async () => (await import('../../plugins/argo/task-sets.ts')).argoTaskSets(),
  pods: async () => (await import('../../plugins/pods/controller.ts')).podsDoor,
};

export const doorsNamed = (names: readonly DoorName[]): Promise<Door[]> =>
  Promise.all(names.map((name) => DOORS[name]()));
