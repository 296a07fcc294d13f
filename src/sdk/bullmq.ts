import { isBusy } from './busy.ts';
import type { Client } from './client.ts';
import { secondsOf } from './duration.ts';
import type { Hold } from './hold.ts';
import type { Duration, SemaphoreOptions } from './options.ts';
import { sharedClient } from './shared-client.ts';

export interface ProcessorOptions extends Omit<SemaphoreOptions, 'signal' | 'requestId' | 'detached'> {
  /** Not set: one for the whole process, made when the first job comes. */
  readonly client?: Client;
  /**
   * A job that found no room within `timeout` goes back to its queue for so long, without counting as failed. Not set:
   * it fails, and the queue's own attempts and backoff decide.
   */
  readonly delay?: Duration;
}

/** A processor for BullMQ's `Worker`; for Bull before it: `queue.process((job) => processor(job))`. */
export type Processor<Job, Result> = (job: Job, token?: string, signal?: AbortSignal) => Promise<Result>;

/** What works on a job while a permit is held. The signal says when to stop: the hold is lost, or the job cancelled. */
export type LimitedWork<Job, Result> = (job: Job, permit: Hold, signal: AbortSignal) => Promise<Result> | Result;

/**
 * Works on a job only while holding a permit, so that all workers of all machines together stay within the limit.
 * While a job waits its worker is taken; give a `timeout` and a `delay` to let it go on with others.
 */
export function limitedProcessor<Job, Result>(
  name: string,
  options: ProcessorOptions,
  work: LimitedWork<Job, Result>,
): Processor<Job, Result> {
  const { client, delay, ...hold } = options;
  const milliseconds = delay === undefined ? undefined : secondsOf(delay) * 1_000;
  // BullMQ hands its signal only to a processor with three parameters
  return async (job, token, signal) => {
    let begun = false;
    try {
      return await (client ?? sharedClient()).withSemaphore(name, { ...hold, signal }, (permit) => {
        begun = true;
        return work(job, permit, signal ? AbortSignal.any([permit.signal, signal]) : permit.signal);
      });
    } catch (error) {
      if (begun || milliseconds === undefined || !isBusy(error) || !canBeDelayed(job)) throw error;
      await job.moveToDelayed(Date.now() + milliseconds, token);
      throw new DelayedError(`semaphore "${name}" has no room: the job is tried again later`, { cause: error });
    }
  };
}

interface DelayableJob {
  moveToDelayed(timestamp: number, token?: string): Promise<unknown>;
}

/** Bull's jobs cannot be put back by who works on them. */
const canBeDelayed = (job: unknown): job is DelayableJob =>
  typeof (job as Partial<DelayableJob>).moveToDelayed === 'function';

/** BullMQ knows by this name that the job is where it should be. */
class DelayedError extends Error {
  override readonly name = 'DelayedError';
}
