import { type Clock, systemClock, wait } from '../api/clock.ts';
import { fullJitter } from '../kube/backoff.ts';
import type { Client } from './client.ts';
import { AbortedError, HoldLostError, UnavailableError } from './errors.ts';
import type { Hold } from './hold.ts';
import type { LeaseOptions } from './options.ts';

export interface LeaderOptions extends Omit<LeaseOptions, 'timeout' | 'requestId' | 'detached' | 'renewal'> {
  /** Called whenever the leadership was lost, before the next election. */
  readonly onLost?: (error: HoldLostError) => void;
  readonly clock?: Clock;
  readonly random?: () => number;
}

/** What only the leader does. The signal says when to stop: the leadership is lost, or nobody wants it any more. */
export type LeaderWork<T> = (lease: Hold, signal: AbortSignal) => Promise<T> | T;

/**
 * Waits until this program is the leader, then does the work. Answers with what the work answers, and lets go. When the
 * leadership is lost, the work is told by its signal; once it has ended, the next election begins. What it throws for
 * another reason is thrown. Aborting `signal` ends all of it in good order, and the answer is undefined.
 */
export async function runAsLeader<T>(
  client: Client,
  name: string,
  options: LeaderOptions,
  work: LeaderWork<T>,
): Promise<T | undefined> {
  const { onLost, clock = systemClock, random = Math.random, signal: ended, ...rest } = options;
  const backoff = fullJitter(PAUSE, random);
  while (!ended?.aborted) {
    try {
      const lease = await client.acquireLease(name, { ...rest, signal: ended });
      backoff.reset();
      const term = await serve(lease, ended, work);
      if ('answer' in term) return term.answer;
      onLost?.(lease.signal.reason as HoldLostError);
    } catch (error) {
      if (ended?.aborted && error instanceof AbortedError) return undefined;
      if (!(error instanceof UnavailableError)) throw error;
    }
    // not all of them at once when the API server is back
    await wait(clock, backoff.next(), ended).catch(() => {});
  }
  return undefined;
}

type Term<T> = { readonly answer: T | undefined } | { readonly lost: true };

/** One term of office. Work that ends quietly after the loss has been told of it, and has not said what it is for. */
async function serve<T>(lease: Hold, ended: AbortSignal | undefined, work: LeaderWork<T>): Promise<Term<T>> {
  const signal = ended ? AbortSignal.any([lease.signal, ended]) : lease.signal;
  try {
    const answer = await work(lease, signal);
    return lease.signal.aborted && !ended?.aborted ? { lost: true } : { answer };
  } catch (error) {
    if (!follows(error, signal)) throw error;
    return ended?.aborted ? { answer: undefined } : { lost: true };
  } finally {
    // whatever keeps it from being told, the lease ends by its time: no reason to do the work again
    await lease.release().catch(() => {});
  }
}

/** Milliseconds. */
const PAUSE = { base: 1_000, longest: 15_000 };

/** Whether it was thrown because of the signal: its reason, what wraps that, or what platform functions throw. */
function follows(error: unknown, signal: AbortSignal): boolean {
  if (!signal.aborted) return false;
  for (let each = error; each instanceof Error; each = each.cause) {
    if (each === signal.reason || each instanceof HoldLostError || each.name === 'AbortError') return true;
  }
  return false;
}
