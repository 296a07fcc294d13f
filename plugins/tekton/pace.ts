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

/** A grant that is due at once is told as such: a word before it would cost as much as the grant. */
const UNTOLD_FOR = 200;
/** Under load even what is free takes a while, and the word would make all of it slower. */
const UNTOLD_WHILE_FREE = 2_000;

/** Milliseconds from when it was first seen until it is told that it waits. */
export const untoldFor = ({ options }: Step, view: StepView | undefined): number =>
  isFree(view?.resource, options.weight ?? 1) ? UNTOLD_WHILE_FREE : UNTOLD_FOR;

function isFree(resource: StepView['resource'] | undefined, weight: number): boolean {
  if (typeof resource !== 'object') return false;
  if (resource.kind === 'Lease') return resource.status?.holder === undefined;
  return resource.kind === 'Semaphore' && (resource.status?.inUse ?? 0) + weight <= resource.spec.permits;
}

/** The place, and not how many are behind it: whoever joins the line would be a write for everybody in it. */
export function progressOf(step: Step, view: StepView | undefined, message: string, waiters: Waiters): Progress {
  const claim = view?.claim;
  const place = typeof claim === 'object' ? waiters.placeOf(step, claim.metadata.uid) : undefined;
  if (place === undefined) return { message, every: SOONEST };
  return { message: `${ordinal(place)} in line, ${message}`, every: Math.max(SOONEST, place * EACH_PLACE) };
}
