import { type Claim, type Contested, conditionOf } from './holdable.ts';
import type { WaitingProgress } from './options.ts';

/** What is known while a claim waits. */
export interface WaitingState {
  readonly claim: Claim | undefined;
  readonly resource: Contested | undefined;
  /** Its place in the queue, as far as it is known. */
  readonly position: number | undefined;
  /** The operator had the time to answer, and did not. */
  readonly unanswered: boolean;
  readonly since: Date;
}

/** Why it waits, for people. */
export function progressOf({ claim, resource, position, unanswered, since }: WaitingState): WaitingProgress {
  const waiting = resource?.status?.waiting;
  const message = unanswered
    ? NO_OPERATOR
    : (stateOf(resource, position) ?? answerOf(claim) ?? 'it is not granted yet');
  return {
    message,
    since,
    ...(waiting !== undefined && { waiting }),
    ...(position !== undefined && { position }),
  };
}

export const NO_OPERATOR = 'no operator has answered; is it running?';

/** Whether the operator has said anything about it. */
export const isAnswered = ({ status }: Claim): boolean => status?.phase !== undefined;

function stateOf(resource: Contested | undefined, position: number | undefined): string | undefined {
  if (!resource?.status) return undefined;
  const line = lineOf(resource, position);
  if (resource.kind === 'Lease') {
    const { holder } = resource.status;
    return holder === undefined ? undefined : `it is held by "${holder}"${line}`;
  }
  const { inUse } = resource.status;
  return inUse === undefined ? undefined : `${inUse} of ${resource.spec.permits} permits are held${line}`;
}

function lineOf({ status }: Contested, position: number | undefined): string {
  const waiting = status?.waiting ?? 0;
  if (position !== undefined) return `, number ${position} of ${Math.max(position, waiting)} waiting`;
  return waiting > 0 ? `, ${waiting} waiting` : '';
}

const answerOf = (claim: Claim | undefined): string | undefined => claim && conditionOf(claim, 'Granted')?.message;
