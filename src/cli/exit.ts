/** What the program ends with; `run` passes on the code of its child. */
export const EXIT = {
  ok: 0,
  error: 1,
  /** The command line is wrong. */
  usage: 2,
  notFound: 3,
  /** Denied, held by somebody else, or changed in between. */
  refused: 4,
  /** As timeout(1) has it. */
  timeout: 124,
} as const;

/** As a shell reports a program that a signal ended. */
export const SIGNAL_EXIT: Readonly<Record<EndingSignal, number>> = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 };

/** The signals that ask us to end. */
export type EndingSignal = 'SIGHUP' | 'SIGINT' | 'SIGTERM';

/** Codes of the SDK's errors; what is not here ends with 1. */
const BY_CODE: Readonly<Record<string, number>> = {
  INVALID: EXIT.usage,
  NOT_FOUND: EXIT.notFound,
  HELD: EXIT.refused,
  LEASE_HELD: EXIT.refused,
  ALREADY_HELD: EXIT.refused,
  DENIED: EXIT.refused,
  FORBIDDEN: EXIT.refused,
  CONFLICT: EXIT.refused,
  BARRIER_FAILED: EXIT.refused,
  GATE_FAILED: EXIT.refused,
  TIMEOUT: EXIT.timeout,
  BARRIER_TIMEOUT: EXIT.timeout,
};

/** HTTP codes of an API server's refusals. */
const BY_STATUS: Readonly<Record<number, number>> = {
  401: EXIT.refused,
  403: EXIT.refused,
  404: EXIT.notFound,
  409: EXIT.refused,
  422: EXIT.usage,
};

/** The one place that turns what went wrong into an exit code. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof Interrupted) return SIGNAL_EXIT[error.signal];
  if (error instanceof EndWith) return error.exitCode;
  if (error instanceof UsageError) return EXIT.usage;
  const { code } = error as { readonly code?: unknown };
  if (typeof code === 'string') return BY_CODE[code] ?? EXIT.error;
  if (typeof code === 'number') return BY_STATUS[code] ?? EXIT.error;
  return EXIT.error;
}

/** The command line is wrong: the message says where, and what would be right. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** A signal asked us to end. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
  readonly signal: EndingSignal;

  constructor(signal: EndingSignal) {
    super(`ended by ${signal}`);
    this.signal = signal;
  }
}

/** Everything has been said: end with this code. */
export class EndWith extends Error {
  override readonly name: string = 'EndWith';
  readonly exitCode: number;

  constructor(exitCode: number) {
    super(`exit code ${exitCode}`);
    this.exitCode = exitCode;
  }
}
