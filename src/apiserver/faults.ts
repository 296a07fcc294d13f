import type { ApiRequest } from './http.ts';
import type { RequestInfo } from './request-info.ts';
import { conflict, expired, StatusError } from './status-error.ts';

/** What goes wrong with a request. All of it is data; what is absent goes well. */
export interface Fault {
  /** Milliseconds, on the server's clock, before the request is carried out. */
  readonly delay?: number;
  /** Milliseconds between carrying it out and answering. */
  readonly delayAnswer?: number;
  /** What the caller gets instead of an answer: a refusal, or a connection that breaks. */
  readonly fail?: FailureStatus | 'connection';
  /** The request is carried out all the same; only its answer is lost. */
  readonly applied?: true;
  /** Seconds, with a refusal. */
  readonly retryAfter?: number;
  /** For a watch: the failure comes in the stream, under a 200. */
  readonly inStream?: true;
}

export type FailureStatus = 403 | 409 | 410 | 429 | 500 | 503 | 504;

/** Asked about every request; answers with what is to go wrong with it, or with nothing. */
export type FaultRule = (request: ApiRequest, info: RequestInfo) => Fault | undefined;

export interface Faults {
  /** The answer takes the rule away again. */
  add(rule: FaultRule): () => void;
  clear(): void;
}

export class FaultRules implements Faults {
  #rules: readonly FaultRule[] = [];

  get none(): boolean {
    return this.#rules.length === 0;
  }

  add(rule: FaultRule): () => void {
    // a rule of its own, even when it is given twice
    const own: FaultRule = (request, info) => rule(request, info);
    this.#rules = [...this.#rules, own];
    return () => {
      this.#rules = this.#rules.filter((other) => other !== own);
    };
  }

  clear(): void {
    this.#rules = [];
  }

  /** Every rule is asked: delays add up, and the first failure stands. */
  of(request: ApiRequest, info: RequestInfo): Fault | undefined {
    let sum: Fault | undefined;
    for (const rule of this.#rules) {
      const fault = rule(request, info);
      if (!fault) continue;
      sum = sum
        ? {
            ...fault,
            ...(sum.fail !== undefined && sum),
            delay: (sum.delay ?? 0) + (fault.delay ?? 0),
            delayAnswer: (sum.delayAnswer ?? 0) + (fault.delayAnswer ?? 0),
          }
        : fault;
    }
    return sum;
  }
}

/** The refusal that a fault stands for. */
export function refusal(
  status: FailureStatus,
  { resource, path }: RequestInfo,
  retryAfter: number | undefined,
): StatusError {
  const retry = retryAfter === undefined ? {} : { details: { retryAfterSeconds: retryAfter } };
  switch (status) {
    case 409:
      return conflict(resource ?? { group: '', plural: path }, resource?.name ?? '');
    case 410:
      return expired('The resourceVersion for the provided watch is too old.');
    case 429:
      return new StatusError(429, 'TooManyRequests', 'Too many requests, please try again later.', retry.details);
    case 403:
      return new StatusError(403, 'Forbidden', 'admission denied the request: a fault was asked for');
    case 500:
      return new StatusError(500, 'InternalError', 'Internal error occurred: a fault was asked for');
    case 503:
      return new StatusError(
        503,
        'ServiceUnavailable',
        'the server is currently unable to handle the request',
        retry.details,
      );
    case 504:
      return new StatusError(
        504,
        'Timeout',
        'Timeout: request did not complete within the allotted timeout',
        retry.details,
      );
  }
}
