import { type Clock, wait } from '../api/clock.ts';
import { fullJitter } from './backoff.ts';
import { afterLostAnswer, isTooManyRequests, KubeError, mayHaveHappened, TransportError } from './errors.ts';
import { holding } from './hold.ts';

export interface RetryPolicy {
  /** How often a call is repeated after a failure. */
  readonly retries: number;
  /** How often it is repeated after "too many requests", which says nothing is wrong with it. */
  readonly throttledRetries: number;
  readonly base: number;
  readonly longest: number;
  /** A server that asks for a longer pause is not waited for: the caller gets to know. */
  readonly longestRetryAfter: number;
}

export const RETRY: RetryPolicy = {
  retries: 3,
  throttledRetries: 10,
  base: 100,
  longest: 5_000,
  longestRetryAfter: 30_000,
};
export const NO_RETRY: RetryPolicy = { ...RETRY, retries: 0, throttledRetries: 0 };

export interface RetryOptions {
  readonly policy: RetryPolicy;
  /**
   * Doing it twice is as good as once: reads, server-side applies, creations under a fixed name, and whatever names the
   * uid or resourceVersion it is meant for. Anything else is repeated only when the server cannot have begun it.
   */
  readonly repeatable: boolean;
  readonly clock: Clock;
  readonly random: () => number;
  readonly signal?: AbortSignal | undefined;
}

/** Calls until it works, or until trying again is pointless, unsafe or out of bounds. */
export async function retrying<T>(call: () => Promise<T>, options: RetryOptions): Promise<T> {
  const { policy, clock, random, signal } = options;
  const backoff = fullJitter(policy, random);
  let failed = 0;
  let throttled = 0;
  let answerLost = false;
  for (;;) {
    try {
      return await call();
    } catch (error) {
      const told = answerLost ? afterLostAnswer(error) : error;
      const spent = isTooManyRequests(error) ? throttled++ >= policy.throttledRetries : failed++ >= policy.retries;
      if (spent || !worthRepeating(error, options)) throw told;
      answerLost ||= mayHaveHappened(error);
      await holding(wait(clock, pauseAfter(error, backoff.next(), random), signal)).catch((cause: unknown) => {
        throw new TransportError('aborted', 'the call was cancelled while it waited to be repeated', {
          cause,
          mayHaveHappened: answerLost,
        });
      });
    }
  }
}

function worthRepeating(error: unknown, { repeatable, policy }: RetryOptions): boolean {
  if (error instanceof TransportError) {
    // nobody to be trusted answers there, or nobody wants the answer: again would be the same
    if (error.failure === 'aborted' || error.failure === 'tls') return false;
    return repeatable || !error.mayHaveHappened;
  }
  if (!(error instanceof KubeError)) return false;
  if ((error.retryAfterMs ?? 0) > policy.longestRetryAfter) return false;
  if (error.code === 429) return true;
  if (error.code === 503 && error.retryAfterMs !== undefined) return true;
  return repeatable && TRANSIENT.has(error.code);
}

const TRANSIENT: ReadonlySet<number> = new Set([500, 502, 503, 504]);

/** Never earlier than asked, and spread out, since everybody was told the same. */
function pauseAfter(error: unknown, pause: number, random: () => number): number {
  const asked = error instanceof KubeError ? error.retryAfterMs : undefined;
  return asked === undefined ? pause : asked + random() * Math.min(asked, 1_000);
}
