import * as z from 'zod';

/** No semaphore has more permits and no barrier waits for more: it bounds what one status has to count. */
export const MAX_COUNT = 1_000_000;

/** As Kubernetes' own PriorityClass for user workloads. */
export const MAX_PRIORITY = 1_000_000_000;

export const count = (min = 0) => z.int32().min(min).max(MAX_COUNT);
export const priority = () => z.int32().min(-MAX_PRIORITY).max(MAX_PRIORITY);

/** A number that may pass 2^31: tokens, generations, sequences. Past 2^53 JavaScript would take two for the same. */
export const int64 = () => z.int().min(0).max(Number.MAX_SAFE_INTEGER);
