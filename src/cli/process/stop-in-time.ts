import type { Clock } from '../../api/clock.ts';
import type { Hold } from '../../sdk/hold.ts';

export interface StopInTime {
  /** Aborts when whatever relies on the hold has to begin to stop. */
  readonly stop: AbortSignal;
  /** Nobody relies on it any more. */
  end(): void;
}

/** While renewals succeed, more than this part of its life is always left. */
const LEAST_LEFT = 1 / 3;
const LOOK_AT_LEAST_EVERY_MS = 1_000;

/**
 * A program takes its time to stop, and the hold must not end meanwhile: it is told so much earlier. Of a hold that lives
 * for less than three times as long, only a third: else it would be told while all is well.
 */
export function stopInTime(hold: Pick<Hold, 'signal' | 'remaining'>, grace: number, clock: Clock): StopInTime {
  const late = new AbortController();
  let longest = 0;
  let timer: { cancel(): void } | undefined;
  const look = () => {
    const { remaining } = hold;
    longest = Math.max(longest, remaining);
    const left = remaining - Math.min(grace, longest * LEAST_LEFT);
    if (left <= 0) late.abort();
    else timer = clock.after(Math.min(left, LOOK_AT_LEAST_EVERY_MS), look);
  };
  // what the operator keeps alive needs no renewal of ours
  if (Number.isFinite(hold.remaining)) look();
  return { stop: AbortSignal.any([hold.signal, late.signal]), end: () => timer?.cancel() };
}
