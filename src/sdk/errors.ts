import type { Problem } from '../api/problem.ts';

export type ErrorCode =
  | 'NOT_FOUND'
  | 'TIMEOUT'
  | 'HELD'
  | 'LEASE_HELD'
  | 'ALREADY_HELD'
  | 'DENIED'
  | 'HOLD_LOST'
  | 'LEASE_LOST'
  | 'ABORTED'
  | 'INVALID'
  | 'FORBIDDEN'
  | 'CONFLICT'
  | 'BARRIER_FAILED'
  | 'BARRIER_TIMEOUT'
  | 'GATE_FAILED'
  | 'UNAVAILABLE'
  | 'CLOSED';

/** Everything this library throws on purpose. The code stays what it is; the message is for people and may improve. */
export abstract class KonductorError extends Error {
  abstract readonly code: ErrorCode;
}

/** The semaphore, lease, barrier or gate does not exist, or not any more. */
export class NotFoundError extends KonductorError {
  override readonly name = 'NotFoundError';
  readonly code = 'NOT_FOUND';
}

/** It took longer than `timeout`. */
export class TimeoutError extends KonductorError {
  override readonly name = 'TimeoutError';
  readonly code = 'TIMEOUT';
}

/** There was no room, and the caller did not want to wait. */
export class HeldError extends KonductorError {
  override readonly name: string = 'HeldError';
  readonly code: 'HELD' | 'LEASE_HELD' = 'HELD';
}

/** Somebody else has the lease, and the caller did not want to wait. */
export class LeaseHeldError extends HeldError {
  override readonly name = 'LeaseHeldError';
  override readonly code = 'LEASE_HELD';
}

/** This client has asked for that already, under the same `requestId`. */
export class AlreadyHeldError extends KonductorError {
  override readonly name = 'AlreadyHeldError';
  readonly code = 'ALREADY_HELD';
}

/** The operator refused the claim; `reason` is its word for why, such as `TooHeavy`. */
export class DeniedError extends KonductorError {
  override readonly name = 'DeniedError';
  readonly code = 'DENIED';
  readonly reason: string;

  constructor(message: string, { reason, ...options }: ErrorOptions & { readonly reason: string }) {
    super(message, options);
    this.reason = reason;
  }
}

/** The hold ended before its work did: its time ran out, it was taken, or its claim was deleted. */
export class HoldLostError extends KonductorError {
  override readonly name: string = 'HoldLostError';
  readonly code: 'HOLD_LOST' | 'LEASE_LOST' = 'HOLD_LOST';
}

export class LeaseLostError extends HoldLostError {
  override readonly name = 'LeaseLostError';
  override readonly code = 'LEASE_LOST';
}

/** The caller's signal ended it; `cause` is the signal's reason. */
export class AbortedError extends KonductorError {
  override readonly name = 'AbortedError';
  readonly code = 'ABORTED';
}

/** What was asked for cannot be; `problems` says which fields and why. */
export class InvalidError extends KonductorError {
  override readonly name = 'InvalidError';
  readonly code = 'INVALID';
  readonly problems: readonly Problem[];

  constructor(message: string, { problems, ...options }: ErrorOptions & { readonly problems: readonly Problem[] }) {
    super(message, options);
    this.problems = problems;
  }
}

/** The API server does not let this user do that. */
export class ForbiddenError extends KonductorError {
  override readonly name = 'ForbiddenError';
  readonly code = 'FORBIDDEN';
}

/** Something else exists under that name, or somebody else wrote first. */
export class ConflictError extends KonductorError {
  override readonly name = 'ConflictError';
  readonly code = 'CONFLICT';
}

/** The barrier cannot open any more. */
export class BarrierFailedError extends KonductorError {
  override readonly name = 'BarrierFailedError';
  readonly code = 'BARRIER_FAILED';
}

/** Too few arrived at the barrier within its own timeout. */
export class BarrierTimeoutError extends KonductorError {
  override readonly name = 'BarrierTimeoutError';
  readonly code = 'BARRIER_TIMEOUT';
}

/** The gate's conditions were not met within its own timeout. */
export class GateFailedError extends KonductorError {
  override readonly name = 'GateFailedError';
  readonly code = 'GATE_FAILED';
}

/** The API server or the operator cannot be reached. */
export class UnavailableError extends KonductorError {
  override readonly name = 'UnavailableError';
  readonly code = 'UNAVAILABLE';
}

/** The client was closed. */
export class ClosedError extends KonductorError {
  override readonly name = 'ClosedError';
  readonly code = 'CLOSED';
}
