import type { DoorContext } from '../../src/kube/door.ts';
import { isNotFound } from '../../src/kube/errors.ts';
import { type WorkQueue, workQueue } from '../../src/kube/work-queue.ts';
import { carryOut } from '../runner.ts';
import type { StepClaim } from '../step.ts';
import { POD, type Pod } from './pod.ts';
import type { Sights } from './sights.ts';

export interface DepartedOptions extends Pick<DoorContext, 'client' | 'clock' | 'random'> {
  readonly sights: Sights;
  readonly onError: (error: unknown) => void;
}

/** Takes what Pods that are gone have left. The garbage collector would too, but others wait for it. */
export interface Departed {
  add(pod: Pod): void;
  stop(): Promise<void>;
}

const AT_ONCE = 4;

export function departedPods({ client, clock, random, sights, onError }: DepartedOptions): Departed {
  const isGone = async (namespace: string, name: string, uid: string, signal: AbortSignal): Promise<boolean> => {
    try {
      return (await client.of(POD, namespace).get(name, { signal })).metadata.uid !== uid;
    } catch (error) {
      if (isNotFound(error) && error.details.name === name) return true;
      throw error;
    }
  };

  const queue: WorkQueue = workQueue({
    ...{ clock, random, concurrency: AT_ONCE, onError: (_, error) => onError(error) },
    work: async (key, signal) => {
      const [namespace = '', name = '', uid = ''] = key.split('/');
      const claims = sights.claimsOfPod(uid).filter((claim) => !isOver(claim));
      // one that has only lost its label still runs, and holds
      if (claims.length === 0 || !(await isGone(namespace, name, uid, signal))) return;
      const writes = claims.map((claim) => ({ does: 'delete' as const, claim }));
      await carryOut(client, writes, signal);
    },
  });

  return {
    add: ({ metadata: { namespace = '', name, uid } }) => queue.add(`${namespace}/${name}/${uid}`),
    stop: () => queue.stop(),
  };
}

const isOver = ({ status }: StepClaim): boolean =>
  status?.phase !== undefined && status.phase !== 'Pending' && status.phase !== 'Granted';
