export type { Door, DoorContext } from '../src/kube/door.ts';
