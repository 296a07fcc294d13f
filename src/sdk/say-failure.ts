import type { Problem } from '../api/problem.ts';
import { isAborted, KubeError, TransportError } from '../kube/errors.ts';
import {
  AbortedError,
  ConflictError,
  ForbiddenError,
  InvalidError,
  KonductorError,
  NotFoundError,
  UnavailableError,
} from './errors.ts';

/** What was being done when it failed, to complete "could not …". */
export interface Doing {
  readonly doing: string;
}

/** What a failed call means for the caller. What is nobody's failure but ours stays as it is. */
export function sayFailure(error: unknown, { doing }: Doing): unknown {
  if (error instanceof KonductorError || !(error instanceof Error)) return error;
  const options = { cause: error };
  const message = `could not ${doing}: ${error.message}`;
  if (isAborted(error)) return new AbortedError(message, options);
  if (error instanceof TransportError) {
    return new UnavailableError(`${message}; try again when the API server can be reached`, options);
  }
  // a login page, a kubeconfig that cannot be used
  if (!(error instanceof KubeError)) {
    return OF_THE_WAY.has(error.name) ? new UnavailableError(message, options) : error;
  }
  switch (error.code) {
    case 400:
    case 422:
      return new InvalidError(message, { ...options, problems: problemsIn(error) });
    case 401:
      return new ForbiddenError(`${message}; log in again: the API server does not know who this is`, options);
    case 403:
      return new ForbiddenError(`${message}; ask for a role that allows it`, options);
    case 404:
      return new NotFoundError(sayNotFound(error, message), options);
    case 409:
      return new ConflictError(`${message}; read it and try again`, options);
    default:
      return new UnavailableError(`${message}; try again later`, options);
  }
}

const OF_THE_WAY: ReadonlySet<string> = new Set(['ConfigError', 'NoApiServerError']);

/** An unknown path has no name in its answer. */
const sayNotFound = ({ details }: KubeError, message: string): string =>
  details.name ? message : `${message}; are Konductor's CRDs installed in this cluster?`;

const problemsIn = ({ details, message }: KubeError): readonly Problem[] =>
  details.causes?.map((cause) => ({ field: cause.field ?? '', message: cause.message ?? '' })) ?? [
    { field: '', message },
  ];
