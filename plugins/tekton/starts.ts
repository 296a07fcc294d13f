import type { Clock } from '../../src/api/clock.ts';
import { keyOf } from '../../src/kube/cache.ts';
import { type Begun, begunOf, kindAsked, type ReadRun, readRun } from './asked.ts';
import { type CustomRun, succeededOf } from './kinds.ts';
import { stepOf } from './run-step.ts';
import type { Sights } from './sights.ts';

/** One attempt of a run, as this process knows it. */
export interface Start {
  /** Of the run: a deleted one is made anew under its old name. */
  readonly uid: string;
  readonly begun: Begun;
  /** When it was first seen here, on the monotonic clock, as all that follows. */
  readonly seen: number;
  /** When the attempt begins: the first at once, another one a while after the one before. */
  readonly begins: number;
  /** When the attempt has taken as long as it may. */
  readonly deadline: number | undefined;
  /** When people were last told how it stands. */
  toldAt: number | undefined;
}

type Refused = Extract<ReadRun, { readonly problem: string }>;

/** What each run asked for when it began: by its status, or, until that is written, by what was seen first. */
export interface Starts {
  of(run: CustomRun): Start | Refused;
  forget(key: string): void;
}

/** A run that was made anew after so many attempts finds its lock again. */
const MOST_ATTEMPTS_LOOKED_AT = 16;

/** From the beginning of an attempt to that of the next: one that fails at once is not to be a loop. */
export const RETRY_AFTER = 1_000;

const NOT_OURS: Refused = { problem: 'the kind was changed after the run began', reason: 'InvalidParams' };

export function runStarts(sights: Sights, clock: Clock): Starts {
  const starts = new Map<string, Start>();

  const fresh = (run: CustomRun): Begun | Refused => {
    const kind = kindAsked(run);
    const read = kind ? readRun(run, kind) : NOT_OURS;
    if (read.problem !== undefined) return read;
    const first: Begun = { ...read.asked, since: clock.now(), attempt: 0 };
    return { ...first, attempt: attemptThatHolds(run, first) };
  };

  /** Tekton makes a deleted CustomRun anew, which knows nothing of earlier attempts: one of them may hold. */
  const attemptThatHolds = (run: CustomRun, first: Begun): number => {
    for (let attempt = Math.min(first.retries, MOST_ATTEMPTS_LOOKED_AT); attempt > 0; attempt--) {
      const claim = sights.viewOf(stepOf(run, { ...first, attempt }))?.claim;
      if (typeof claim === 'object' && claim.status?.phase === 'Granted') return attempt;
    }
    return 0;
  };

  return {
    of(run) {
      const { uid } = run.metadata;
      const key = keyOf(run);
      const written = begunOf(run);
      const known = starts.get(key);
      const isSame = known?.uid === uid && (!written || known.begun.attempt === written.attempt);
      if (known && isSame) return known;
      const begun = written ?? fresh(run);
      if ('problem' in begun) return begun;
      const now = clock.monotonic();
      // from here on by a clock that nobody sets
      const deadline = begun.timeout === undefined ? undefined : now + begun.since + begun.timeout - clock.now();
      const begins = now + Math.min(RETRY_AFTER, Math.max(0, begun.since - clock.now()));
      const start: Start = { uid, begins, begun, seen: now, deadline, toldAt: succeededOf(run) && now };
      starts.set(key, start);
      return start;
    },
    forget: (key) => void starts.delete(key),
  };
}
