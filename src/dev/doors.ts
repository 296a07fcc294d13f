import type { DoorName, Settings } from '../../operator/settings.ts';
import type { Door } from '../kube/door.ts';

type DoorSettings = Pick<Settings, 'doors' | 'argoLongestWait'>;

/** A door that stays closed is not even loaded. */
const DOORS: Readonly<Record<DoorName, (settings: DoorSettings) => Promise<Door>>> = {
  tekton: async () => (await import('../../plugins/tekton/controller.ts')).tektonDoor,
  'argo-tasksets': async ({ argoLongestWait: longestWait }) =>
    (await import('../../plugins/argo/task-sets.ts')).argoTaskSets({ longestWait }),
  pods: async () => (await import('../../plugins/pods/controller.ts')).podsDoor,
};

/** Those that were asked for. */
export const doorsOf = (settings: DoorSettings): Promise<Door[]> =>
  Promise.all(settings.doors.map((name) => DOORS[name](settings)));
