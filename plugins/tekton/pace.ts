import { ordinal } from '../../src/core/picture.ts';
import type { Step, StepView } from '../step.ts';
import type { Waiters } from './waiters.ts';

/** What people read while something waits, and how soon it may be another sentence. */
export interface Progress {
  readonly message: string;
  /** Milliseconds after which a change of it is worth a write. */
  readonly every: number;
}

/** Each write is two calls of Tekton's webhook and a look at the PipelineRun by its controller. */
const SOONEST = 5_000;
/** Far back in a long line every place changes all the time, and nobody minds. */
const EACH_PLACE = 500;

/** The place, and not how many are behind it: whoever joins the line would be a write for everybody in it. */
export function progressOf(step: Step, view: StepView | undefined, message: string, waiters: Waiters): Progress {
  const claim = view?.claim;
  const place = typeof claim === 'object' ? waiters.placeOf(step, claim.metadata.uid) : undefined;
  if (place === undefined) return { message, every: SOONEST };
  return { message: `${ordinal(place)} in line, ${message}`, every: Math.max(SOONEST, place * EACH_PLACE) };
}
