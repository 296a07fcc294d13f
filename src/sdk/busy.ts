import { DeniedError, HeldError, TimeoutError } from './errors.ts';

/** There is no room now, and there may be later: no fault of the caller, and none of ours. */
export const isBusy = (error: unknown): boolean =>
  error instanceof HeldError ||
  error instanceof TimeoutError ||
  (error instanceof DeniedError && error.reason === 'QueueFull');
