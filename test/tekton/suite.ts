import { afterAll, beforeAll } from 'vitest';
import type { OperatorProcess } from '../support/operator-process.ts';
import { type Ground, ground, startDoor } from './ground.ts';
import { startTektonCluster, type TektonCluster } from './start-tekton.ts';

/** A Tekton of a file's own, with an operator whose door is open. */
export interface Suite {
  readonly tekton: TektonCluster;
  readonly door: OperatorProcess;
  ground(): Promise<Ground>;
  /** SIGKILL, then another in its place. */
  restartDoor(): Promise<void>;
}

export function tektonSuite(): Suite {
  let tekton: TektonCluster;
  let door: OperatorProcess;
  beforeAll(async () => {
    tekton = await startTektonCluster();
    door = await startDoor(tekton.cluster);
  }, 600_000); // the first time a machine does this, Tekton is built
  afterAll(async () => {
    await door?.kill('SIGTERM');
    await tekton?.stop();
  });
  return {
    get tekton() {
      return tekton;
    },
    get door() {
      return door;
    },
    ground: () => ground(tekton.cluster),
    async restartDoor() {
      await door.kill('SIGKILL');
      door = await startDoor(tekton.cluster);
    },
  };
}
