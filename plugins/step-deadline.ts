import { parseDuration } from '../src/api/duration.ts';
import type { Step, StepClaim } from './step.ts';

/**
 * When the step has waited as long as it may, on the wall clock: counted from when the engine asked, or else from its
 * claim's creation, and never from when a process of ours began, so that no restart makes it wait longer.
 */
export function deadlineOf({ options: { timeout }, askedAt }: Step, claim: StepClaim | undefined): number | undefined {
  const milliseconds = timeout === undefined ? undefined : parseDuration(timeout);
  if (milliseconds === undefined) return undefined;
  const from = askedAt ?? (claim && Date.parse(claim.metadata.creationTimestamp));
  return from === undefined ? undefined : from + milliseconds;
}
