/** What an API server says when it refuses (metav1.Status). */
export interface Status {
  readonly kind?: 'Status';
  readonly status?: string;
  readonly code?: number;
  readonly reason?: string;
  readonly message?: string;
  readonly details?: StatusDetails;
}

export interface StatusDetails {
  readonly name?: string;
  readonly group?: string;
  readonly kind?: string;
  readonly uid?: string;
  readonly retryAfterSeconds?: number;
  readonly causes?: readonly StatusCause[];
}

export interface StatusCause {
  readonly reason?: string;
  readonly message?: string;
  readonly field?: string;
}

// registered, so that `instanceof` holds between two copies of this package in one process
const KUBE_ERROR = Symbol.for('sync.konductor.io/KubeError');
const TRANSPORT_ERROR = Symbol.for('sync.konductor.io/TransportError');

const bears = (value: unknown, brand: symbol): boolean => typeof value === 'object' && value !== null && brand in value;

/** The API server answered, and refused. */
export class KubeError extends Error {
  override readonly name = 'KubeError';
  /** HTTP status. */
  readonly code: number;
  /** One word for programs, such as `AlreadyExists`; empty when something before the API server answered. */
  readonly reason: string;
  readonly details: StatusDetails;
  /** How long the server asked to be left alone. */
  readonly retryAfterMs: number | undefined;
  /** A write that may have been done all the same: this may be the echo of an earlier try whose answer was lost. */
  readonly mayHaveHappened: boolean;
  readonly [KUBE_ERROR] = true;

  constructor(code: number, status: Status, facts: KubeErrorFacts = {}) {
    super(status.message ?? `HTTP ${code}`);
    this.code = code;
    this.reason = status.reason ?? '';
    this.details = status.details ?? {};
    const seconds = status.details?.retryAfterSeconds;
    this.retryAfterMs = facts.retryAfterMs ?? (seconds === undefined ? undefined : seconds * 1000);
    this.mayHaveHappened = facts.mayHaveHappened ?? false;
  }

  static override [Symbol.hasInstance](value: unknown): boolean {
    return bears(value, KUBE_ERROR);
  }
}

export interface KubeErrorFacts {
  readonly retryAfterMs?: number | undefined;
  readonly mayHaveHappened?: boolean;
}

/** Why there was no answer. `unreachable`: refused, no route, no such name; `tls`: nobody we trust answered. */
export type TransportFailure = 'unreachable' | 'tls' | 'reset' | 'timeout' | 'aborted';

/** There was no answer, or not all of it. */
export class TransportError extends Error {
  override readonly name = 'TransportError';
  readonly failure: TransportFailure;
  /** A write that the server may have carried out all the same. */
  readonly mayHaveHappened: boolean;
  readonly [TRANSPORT_ERROR] = true;

  constructor(failure: TransportFailure, message: string, facts: TransportErrorFacts = {}) {
    super(message, { cause: facts.cause });
    this.failure = failure;
    this.mayHaveHappened = facts.mayHaveHappened ?? false;
  }

  static override [Symbol.hasInstance](value: unknown): boolean {
    return bears(value, TRANSPORT_ERROR);
  }
}

export interface TransportErrorFacts {
  readonly cause?: unknown;
  readonly mayHaveHappened?: boolean;
}

/** Whoever answered is no API server. */
export class NoApiServerError extends Error {
  override readonly name = 'NoApiServerError';
}

/** The same failure, known to follow a try whose answer was lost: however sure it is of itself, that try is not. */
export function afterLostAnswer<E>(error: E): E | KubeError | TransportError {
  if (mayHaveHappened(error)) return error;
  if (error instanceof TransportError) {
    return new TransportError(error.failure, error.message, { cause: error.cause, mayHaveHappened: true });
  }
  if (!(error instanceof KubeError)) return error;
  return new KubeError(
    error.code,
    { message: error.message, reason: error.reason, details: error.details },
    { retryAfterMs: error.retryAfterMs, mayHaveHappened: true },
  );
}

const answered = (error: unknown, code: number): error is KubeError =>
  error instanceof KubeError && error.code === code;

export const isNotFound = (error: unknown): error is KubeError => answered(error, 404);
/** For a catch: what is not there is undefined, and anything else is still an error. */
export const unlessNotFound = (error: unknown): undefined => {
  if (!isNotFound(error)) throw error;
};
/** Somebody wrote in between; also what AlreadyExists is not. */
export const isConflict = (error: unknown): error is KubeError =>
  answered(error, 409) && error.reason !== 'AlreadyExists';
export const isAlreadyExists = (error: unknown): error is KubeError =>
  answered(error, 409) && error.reason === 'AlreadyExists';
/** The resourceVersion or page asked for is no longer kept: list again. */
export const isGone = (error: unknown): error is KubeError => answered(error, 410);
export const isTooManyRequests = (error: unknown): error is KubeError => answered(error, 429);
export const isInvalid = (error: unknown): error is KubeError => answered(error, 422);
export const isForbidden = (error: unknown): error is KubeError => answered(error, 403);
export const isUnauthorized = (error: unknown): error is KubeError => answered(error, 401);
export const isAborted = (error: unknown): error is TransportError =>
  error instanceof TransportError && error.failure === 'aborted';
/** A write that failed here and may have been done there: read before doing it again. */
export const mayHaveHappened = (error: unknown): boolean =>
  (error instanceof KubeError || error instanceof TransportError) && error.mayHaveHappened;

/** The error in an answer that is none of 2xx. */
export function errorOf(call: ErrorCall, response: ErrorResponse, now: number): KubeError {
  const status = statusIn(response.text) ?? { message: sayForeign(call, response) };
  const retryAfterMs = retryAfterOf(response.headers['retry-after'], now);
  // a 5xx may come after the write went through; one that asks to come back was refused at the door
  const mayHaveHappened = call.write && response.status >= 500 && retryAfterMs === undefined;
  return new KubeError(response.status, status, { retryAfterMs, mayHaveHappened });
}

export interface ErrorCall {
  readonly method: string;
  readonly path: string;
  readonly write: boolean;
}

export interface ErrorResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

function statusIn(text: string): Status | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'Status'
      ? (value as Status)
      : undefined;
  } catch {
    return undefined;
  }
}

const SHOWN = 200;

/** A proxy's or load balancer's page: enough of it to be known by. */
function sayForeign({ method, path }: ErrorCall, { status, text }: ErrorResponse): string {
  const words = text
    .replace(/<[^>]*>|[\s\p{Cc}]+/gu, ' ')
    .trim()
    .slice(0, SHOWN);
  return `${method} ${path} was answered ${status}${words && `: ${words}`}`;
}

function retryAfterOf(header: string | undefined, now: number): number | undefined {
  if (header === undefined) return undefined;
  if (/^[0-9]+$/.test(header)) return Number(header) * 1000;
  const date = Date.parse(header);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}
