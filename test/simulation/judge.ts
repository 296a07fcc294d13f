import type { Gate } from '../../src/api/gate.ts';
import type { Write } from '../../src/apiserver/store.ts';
import { meetings } from './checks/barrier.ts';
import { gates } from './checks/gate.ts';
import { nobodyIsPassed } from './checks/order.ts';
import {
  type Check,
  grantedOnce,
  neverOverGranted,
  nothingForgotten,
  phasesGoOneWay,
  refusedOnce,
  staysWhileHeld,
  tokensGrow,
  toldTheTruth,
} from './checks/queue.ts';
import { barriersAtRest, emptyAtRest, gatesAtRest, queuesAtRest } from './checks/rest.ts';
import { neverEndsEarly, neverSentAwayEarly } from './checks/time.ts';
import { ledger } from './ledger.ts';
import type { AnyResource } from './objects.ts';

const CHECKS: Readonly<Record<string, Check>> = {
  neverOverGranted,
  staysWhileHeld,
  tokensGrow,
  grantedOnce,
  refusedOnce,
  phasesGoOneWay,
  toldTheTruth,
  nothingForgotten,
  neverEndsEarly,
  neverSentAwayEarly,
  nobodyIsPassed,
};

/** Sees every write, and knows what none of them may do. */
export interface Judge {
  see(write: Write): void;
  /** What has been broken so far. */
  readonly problems: readonly string[];
  /** What is not as it has to be when nothing happens any more. */
  atRest(): readonly string[];
  /** The same once everybody has let go. */
  whenEmpty(): readonly string[];
  /** Whether so much is written in no time that nothing can come of it. */
  isFlooded(): boolean;
  /** Writes that count: elections and events go on for ever. */
  readonly writes: number;
}

/** So many writes in one moment are a quarrel. */
const MOST_AT_ONCE = 400;

const RESOURCES = new Set(['Semaphore', 'Lease', 'Barrier', 'Gate']);

export function judge(now: () => number): Judge {
  const book = ledger();
  const barriers = meetings();
  const watched = gates();
  const resources = new Map<string, AnyResource>();
  const problems: string[] = [];
  let writes = 0;
  let writesNow = 0;
  let lastAt = 0;

  const object = (write: Write): string => `${write.object.kind} ${write.key}`;

  return {
    problems,
    get writes() {
      return writes;
    },
    see(write) {
      if (
        !write.resource.endsWith('.sync.konductor.io') &&
        write.resource !== 'pods' &&
        write.resource !== 'jobs.batch'
      )
        return;
      writes++;
      const at = now();
      writesNow = at === lastAt ? writesNow + 1 : 1;
      lastAt = at;
      if (writesNow === MOST_AT_ONCE) problems.push(`${object(write)}: ${writesNow} writes in no time`);
      const { uid } = write.object.metadata;
      if (RESOURCES.has(write.object.kind)) {
        if (write.type === 'DELETED') resources.delete(uid);
        else resources.set(uid, write.object as unknown as AnyResource);
      }
      const step = book.take(write, at);
      for (const [name, check] of step ? Object.entries(CHECKS) : []) {
        const problem = step && check(step);
        if (problem) problems.push(`${name}: ${step.queue.key}: ${problem}`);
      }
      const met = [barriers.take(write, at), watched.take(write, at)].find(Boolean);
      if (met) problems.push(`${object(write)}: ${met}`);
    },
    isFlooded: () => writesNow >= MOST_AT_ONCE,
    atRest: () => [
      ...queuesAtRest(book, now()),
      ...barriersAtRest(barriers, (uid) => resources.has(uid)),
      ...gatesAtRest(
        [...resources.values()].filter((one): one is Gate => one.kind === 'Gate'),
        watched,
      ),
    ],
    whenEmpty: () => [...queuesAtRest(book, now()), ...emptyAtRest([...resources.values()])],
  };
}
