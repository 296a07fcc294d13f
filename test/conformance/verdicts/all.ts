import { ARRIVAL_VERDICTS } from './arrival.ts';
import { BARRIER_VERDICTS } from './barrier.ts';
import { GATE_VERDICTS } from './gate.ts';
import { LEASE_VERDICTS } from './lease.ts';
import { LEASE_REQUEST_VERDICTS } from './lease-request.ts';
import { PERMIT_VERDICTS } from './permit.ts';
import { SEMAPHORE_VERDICTS } from './semaphore.ts';
import type { Verdict } from './verdict.ts';

/** What the client and an API server must agree on: every edge of every field. */
export const VERDICTS: readonly Verdict[] = [
  ...SEMAPHORE_VERDICTS,
  ...PERMIT_VERDICTS,
  ...BARRIER_VERDICTS,
  ...ARRIVAL_VERDICTS,
  ...LEASE_VERDICTS,
  ...LEASE_REQUEST_VERDICTS,
  ...GATE_VERDICTS,
];
