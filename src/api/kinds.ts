import { Arrival } from './arrival.ts';
import { Barrier } from './barrier.ts';
import { Gate } from './gate.ts';
import { Lease } from './lease.ts';
import { LeaseRequest } from './lease-request.ts';
import { Permit } from './permit.ts';
import { Semaphore } from './semaphore.ts';

/** All seven, each resource before the claims on it. */
export const KINDS = [Semaphore, Permit, Barrier, Arrival, Lease, LeaseRequest, Gate] as const;
