import type { Barrier } from '../src/api/barrier.ts';
import { LeaseRequest } from '../src/api/lease-request.ts';
import { Permit } from '../src/api/permit.ts';
import type { Semaphore } from '../src/api/semaphore.ts';
import type { StepResource } from './step.ts';

/** Whoever waits for it may have got what they wait for; otherwise only numbers are others. */
export function hasTurned(old: StepResource | undefined, object: StepResource | undefined): boolean {
  if (!old || !object) return true;
  if (object.kind !== 'Barrier' && object.kind !== 'Gate') return false;
  const before = old.status as Barrier['status'];
  const now = object.status as Barrier['status'];
  return before?.phase !== now?.phase || before?.generation !== now?.generation;
}

/** The claims that it has been granted to since: the swap is the grant, and a claim need not say so before its holder goes on. */
export function newlyGranted(old: StepResource | undefined, object: StepResource | undefined) {
  if (object?.kind !== 'Semaphore' && object?.kind !== 'Lease') return [];
  const { intents = [] } = object.status ?? {};
  if (intents.length === 0) return [];
  const known = new Set(((old as Semaphore | undefined)?.status?.intents ?? []).map(({ uid }) => uid));
  const kind = object.kind === 'Semaphore' ? Permit : LeaseRequest;
  return intents.filter(({ uid }) => !known.has(uid)).map(({ claim: name, namespace }) => ({ kind, namespace, name }));
}
