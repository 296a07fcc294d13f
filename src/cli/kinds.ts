import { Barrier } from '../api/barrier.ts';
import { Gate } from '../api/gate.ts';
import type { Kind } from '../api/kind.ts';
import { Lease } from '../api/lease.ts';
import { Semaphore } from '../api/semaphore.ts';
import type { Noun } from './nouns.ts';

/** What each noun of the command line stands for. It loads the schemas: never at start-up. */
export const KIND_OF = { semaphore: Semaphore, barrier: Barrier, lease: Lease, gate: Gate } as const satisfies Record<
  Noun,
  Kind
>;
