import { ConfigError } from './config-error.ts';
import { TransportError, type TransportFailure } from './errors.ts';

export interface FailedCall {
  readonly method: string;
  readonly path: string;
  readonly write: boolean;
  /** Our own time limit ended it. */
  readonly late: boolean;
  readonly limit: number;
  /** The caller ended it. */
  readonly aborted: boolean;
}

/** What a socket's error means for the call. Errors of something else, such as credentials, stay as they are. */
export function transportErrorOf(error: unknown, call: FailedCall): unknown {
  const { method, path, write } = call;
  const name = `${method} ${path}`;
  if (call.aborted)
    return new TransportError('aborted', `${name} was cancelled`, { cause: error, mayHaveHappened: write });
  if (call.late) {
    return new TransportError('timeout', `${name} was not answered within ${call.limit} ms`, {
      cause: error,
      mayHaveHappened: write,
    });
  }
  const code = error instanceof ConfigError ? undefined : codeOf(error);
  if (code === undefined) return error;
  const failure = failureOf(code);
  return new TransportError(failure, `${name} failed: ${sayCause(error, code)}`, {
    cause: error,
    mayHaveHappened: write && !neverSent(failure, code, error),
  });
}

/** Only what failed before a byte was sent is known not to have happened. */
function neverSent(failure: TransportFailure, code: string, error: unknown): boolean {
  // a broken record may come at any time; a certificate is looked at before anything is said
  if (failure === 'tls') return !code.startsWith('ERR_SSL_');
  return failure === 'unreachable' && (!ALSO_LATER.has(code) || isOf('connect', error));
}

/** Whether the operation that failed was this one, on whichever of several addresses. */
function isOf(syscall: string, error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error instanceof AggregateError) return error.errors.every((each) => isOf(syscall, each));
  const { syscall: own } = error as NodeJS.ErrnoException;
  return own === undefined ? isOf(syscall, error.cause) : own === syscall;
}

/** Node puts the attempts on several addresses into one error without a code of its own. */
function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  if (error instanceof AggregateError) return codeOf(error.errors[0]);
  const { code } = error as NodeJS.ErrnoException;
  return typeof code === 'string' ? code : codeOf(error.cause);
}

function failureOf(code: string): TransportFailure {
  if (UNREACHABLE.has(code)) return 'unreachable';
  if (CLOSED_BY_US.has(code)) return 'aborted';
  return TLS.test(code) ? 'tls' : 'reset';
}

const UNREACHABLE: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EADDRNOTAVAIL',
  'UND_ERR_CONNECT_TIMEOUT',
]);

/** A route may also go while a connection is open. */
const ALSO_LATER: ReadonlySet<string> = new Set(['EHOSTUNREACH', 'ENETUNREACH', 'EADDRNOTAVAIL']);

const CLOSED_BY_US: ReadonlySet<string> = new Set(['UND_ERR_DESTROYED', 'UND_ERR_CLOSED', 'UND_ERR_ABORTED']);

/** Node's codes for certificates that do not check, and OpenSSL's own. */
const TLS =
  /^(ERR_TLS_|ERR_SSL_|CERT_|UNABLE_TO_|SELF_SIGNED_CERT|DEPTH_ZERO_|HOSTNAME_MISMATCH|INVALID_CA|PATH_LENGTH_EXCEEDED|CRL_)/;

function sayCause(error: unknown, code: string): string {
  const message = error instanceof AggregateError ? (error.errors[0] as Error).message : (error as Error).message;
  return message || code;
}
