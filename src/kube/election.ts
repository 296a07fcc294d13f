import { type Clock, wait } from '../api/clock.ts';
import { formatTime } from '../api/time.ts';
import { childSignal, within } from './child-signal.ts';
import type { CoordinationLease, CoordinationLeaseSpec, NewCoordinationLease } from './coordination-lease.ts';
import { isAlreadyExists, isConflict, isNotFound, mayHaveHappened } from './errors.ts';
import { holding } from './hold.ts';
import { report } from './report.ts';
import type { Resource } from './resource.ts';
import { NO_RETRY } from './retry.ts';

export interface ElectionOptions {
  readonly leases: Pick<Resource<CoordinationLease, NewCoordinationLease>, 'get' | 'create' | 'mergePatch'>;
  /** The Lease they all compete for. */
  readonly name: string;
  /** Different for every process, also for two lives of the same pod. */
  readonly identity: string;
  /** The leader's work; the term ends for it when the signal aborts. The next term waits until it has returned. */
  readonly onStarted: (signal: AbortSignal) => Promise<void> | void;
  /** The term is over, whether given up or lost. */
  readonly onStopped?: () => void;
  /** What went wrong; the election goes on. */
  readonly onError: (error: unknown) => void;
  readonly clock: Clock;
  readonly random: () => number;
  readonly timing?: ElectionTiming;
}

/** Milliseconds. */
export interface ElectionTiming {
  /** How long the others leave a silent leader its place. */
  readonly leaseDuration: number;
  /** How long a leader that cannot renew takes itself for one: less, so that it stops before the next starts. */
  readonly renewDeadline: number;
  /** How often is tried. */
  readonly retryPeriod: number;
}

/** Short, since two leaders for a moment are safe here (every swap is fenced) and a long silence is not fast. */
const TIMING: ElectionTiming = { leaseDuration: 4_000, renewDeadline: 3_000, retryPeriod: 500 };
/** A leader renews so often within its deadline; a try that takes longer than its share is cut off for the next. */
const RENEWALS = 3;
const JITTER = 0.2;

export interface Election {
  /** By the monotonic clock: false as well in a process that slept through its deadline and has not noticed yet. */
  isLeader(): boolean;
  /** Who was last seen to hold the Lease. */
  leader(): string | undefined;
  /** Ends the term, waits for its work, and lets go of the Lease, so that the next can start at once. */
  stop(): Promise<void>;
}

/** Competes for the Lease until stopped. Nothing is ever concluded from a time another machine wrote. */
export function runElection(options: ElectionOptions): Election {
  const { leases, name, identity, clock, random, onError } = options;
  const timing = options.timing ?? TIMING;
  checkTiming(timing);
  const share = timing.renewDeadline / RENEWALS;
  const stopping = new AbortController();
  let seen: Sighting | undefined;
  let term: Term | undefined;

  const isLeader = (): boolean => term !== undefined && !term.signal.aborted && clock.monotonic() < term.until;

  /** A call that is over when its share of the deadline is. */
  const call = <T>(make: (signal: AbortSignal) => Promise<T>, signal?: AbortSignal): Promise<T> =>
    within({ clock, milliseconds: share, signal }, make);

  const pause = (milliseconds: number, signal: AbortSignal): Promise<void> =>
    wait(clock, milliseconds * (1 + JITTER * random()), signal).catch(() => {});

  const observe = (lease: CoordinationLease): void => {
    const { holderIdentity, renewTime, leaseTransitions } = lease.spec ?? {};
    const trace = `${holderIdentity} ${renewTime} ${leaseTransitions}`;
    // only a change we see ourselves counts, from when we see it
    seen = { lease, trace, at: seen?.trace === trace ? seen.at : clock.monotonic() };
  };

  const find = async (signal?: AbortSignal): Promise<CoordinationLease | undefined> => {
    try {
      const lease = await call((within) => leases.get(name, { signal: within, retry: NO_RETRY }), signal);
      observe(lease);
      return lease;
    } catch (error) {
      if (!isNotFound(error)) throw error;
      seen = undefined;
      return undefined;
    }
  };

  const claimed = (before: CoordinationLeaseSpec | undefined): CoordinationLeaseSpec => {
    const now = formatTime(clock.now());
    const mine = before?.holderIdentity === identity;
    return {
      holderIdentity: identity,
      leaseDurationSeconds: Math.ceil(timing.leaseDuration / 1000),
      acquireTime: mine && before.acquireTime ? before.acquireTime : now,
      renewTime: now,
      leaseTransitions: before ? (before.leaseTransitions ?? 0) + (mine ? 0 : 1) : 0,
    };
  };

  /** Writes our name over what we saw; a Conflict if anybody was faster. */
  const write = async (
    over: CoordinationLease | undefined,
    spec: CoordinationLeaseSpec,
    signal?: AbortSignal,
  ): Promise<void> => {
    const retry = NO_RETRY;
    const lease = await call((within) => {
      if (over)
        return leases.mergePatch(
          name,
          { spec },
          { resourceVersion: over.metadata.resourceVersion, signal: within, retry },
        );
      return leases.create(
        { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { name }, spec },
        { signal: within, retry },
      );
    }, signal);
    observe(lease);
  };

  /** Takes the Lease if it is free. The answer: since when it is ours. */
  const tryToTake = async (signal: AbortSignal): Promise<number | undefined> => {
    const lease = await find(signal);
    if (lease && !isFree(lease)) return undefined;
    // counted from before it is sent: the others count from after they see it
    const sent = clock.monotonic();
    try {
      await write(lease, claimed(lease?.spec), signal);
      return sent;
    } catch (error) {
      if (isConflict(error) || isAlreadyExists(error) || isNotFound(error)) return undefined;
      throw error;
    }
  };

  const isFree = ({ spec }: CoordinationLease): boolean => {
    if (!spec?.holderIdentity || spec.holderIdentity === identity) return true;
    const duration = spec.leaseDurationSeconds ? spec.leaseDurationSeconds * 1000 : timing.leaseDuration;
    return seen !== undefined && clock.monotonic() - seen.at >= duration;
  };

  /** One renewal, with what is known; when somebody touched the Lease, once more with what is there. */
  const renew = async (signal: AbortSignal): Promise<'renewed' | 'lost'> => {
    for (let attempt = 1; ; attempt++) {
      try {
        await write(seen?.lease, claimed(seen?.lease.spec), signal);
        return 'renewed';
      } catch (error) {
        const outdated = isConflict(error) || isAlreadyExists(error) || isNotFound(error);
        if (!outdated || attempt > RENEWALS) throw error;
        const lease = await find(signal);
        if (lease && lease.spec?.holderIdentity !== identity) return 'lost';
      }
    }
  };

  const lead = async (since: number): Promise<void> => {
    const end = childSignal(stopping.signal);
    const current: Term = { signal: end.signal, until: since + timing.renewDeadline };
    term = current;
    const expire = (): void => {
      const left = current.until - clock.monotonic();
      if (left > 0) deadline = clock.after(left, expire);
      else end.abort(new Error(`the lease "${name}" could not be renewed for ${timing.renewDeadline} ms`));
    };
    let deadline = clock.after(current.until - clock.monotonic(), expire);
    let done = false;
    const work = Promise.resolve()
      .then(() => options.onStarted(end.signal))
      .catch((error: unknown) => {
        if (!end.signal.aborted) end.abort(error);
        report(onError, error);
      })
      .finally(() => {
        done = true;
      });

    let next = share;
    while (!end.signal.aborted) {
      await pause(next, end.signal);
      if (end.signal.aborted) break;
      const sent = clock.monotonic();
      // asleep past the deadline: the place may be another's, and must not be renewed as if nothing had been
      if (sent >= current.until) {
        expire();
        break;
      }
      try {
        if ((await renew(end.signal)) === 'lost')
          end.abort(new Error(`the lease "${name}" was taken over by ${seen?.lease.spec?.holderIdentity}`));
        else if (!end.signal.aborted) current.until = sent + timing.renewDeadline;
        next = share;
      } catch (error) {
        if (!end.signal.aborted) report(onError, error);
        next = timing.retryPeriod;
      }
    }

    deadline.cancel();
    end.release();
    term = undefined;
    try {
      options.onStopped?.();
    } catch (error) {
      report(onError, error);
    }
    const patience = childSignal();
    await Promise.race([work, wait(clock, timing.leaseDuration, patience.signal).catch(() => {})]);
    patience.abort(undefined);
    // work that goes on keeps the place until the others lose patience
    if (done) await release();
    if (!stopping.signal.aborted) await work;
  };

  const release = async (): Promise<void> => {
    try {
      const lease = await find();
      if (lease?.spec?.holderIdentity !== identity) return;
      await write(lease, { holderIdentity: '', leaseDurationSeconds: 1, renewTime: formatTime(clock.now()) });
    } catch (error) {
      report(onError, error);
    }
  };

  const run = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      try {
        const since = await tryToTake(stopping.signal);
        if (since !== undefined) await lead(since);
      } catch (error) {
        if (!stopping.signal.aborted) report(onError, error);
        // stopped while taking it: it may be ours, and nobody would let go of it
        else if (mayHaveHappened(error)) await release();
      }
      await pause(timing.retryPeriod, stopping.signal);
    }
  };
  const ended = holding(run());

  return {
    isLeader,
    leader: () => seen?.lease.spec?.holderIdentity || undefined,
    stop() {
      stopping.abort(new Error('the election was stopped'));
      return ended;
    },
  };
}

interface Sighting {
  readonly lease: CoordinationLease;
  readonly trace: string;
  /** Monotonic. */
  readonly at: number;
}

interface Term {
  readonly signal: AbortSignal;
  /** Monotonic. */
  until: number;
}

function checkTiming({ leaseDuration, renewDeadline, retryPeriod }: ElectionTiming): void {
  if (leaseDuration > renewDeadline && renewDeadline > retryPeriod * (1 + JITTER) && retryPeriod > 0) return;
  throw new RangeError('leader election needs leaseDuration > renewDeadline > retryPeriod > 0');
}
