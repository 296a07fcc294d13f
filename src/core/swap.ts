import { isDeepStrictEqual } from 'node:util';
import type { Condition } from '../api/condition.ts';
import type { Swap } from './decision.ts';

interface AnyStatus {
  readonly watermark?: string | undefined;
  readonly intents?: unknown;
  readonly refusals?: unknown;
  readonly phase?: string | undefined;
  readonly observedGeneration?: number | undefined;
  readonly conditions?: readonly Condition[] | undefined;
}

/**
 * The swap that is needed to get there; none when the status says so already. One that `fences` is needed even then, for
 * its resourceVersion: it proves that nobody has decided otherwise before claims are told.
 */
export function swapTo<Status extends AnyStatus>(
  status: Status,
  before: Status | undefined,
  { urgent, fences = false }: { urgent: boolean; fences?: boolean },
): Swap<Status> | undefined {
  if (!fences && before && isDeepStrictEqual(compared(status), compared(before))) return undefined;
  const isNews = !before?.conditions || before.observedGeneration !== status.observedGeneration;
  return { status, urgent: urgent || fences || isNews };
}

/**
 * What was taken into account is worth no write of its own. Nor are notes of who has been told since: they say what the
 * claims say, and the next swap drops them. New notes come with a fence.
 */
const compared = <Status extends AnyStatus>({ watermark: _, intents: __, refusals: ___, ...rest }: Status): object =>
  rest;
