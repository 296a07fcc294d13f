import { isDeepStrictEqual } from 'node:util';
import type { Condition } from '../api/condition.ts';
import type { Swap } from './decision.ts';

interface AnyStatus {
  readonly watermark?: string | undefined;
  readonly phase?: string | undefined;
  readonly observedGeneration?: number | undefined;
  readonly conditions?: readonly Condition[] | undefined;
}

/** The swap that is needed to get there; none when the status says so already. */
export function swapTo<Status extends AnyStatus>(
  status: Status,
  before: Status | undefined,
  { urgent }: { urgent: boolean },
): Swap<Status> | undefined {
  if (before && isDeepStrictEqual(compared(status), compared(before))) return undefined;
  const isNews = !before?.conditions || before.observedGeneration !== status.observedGeneration;
  return { status, urgent: urgent || isNews };
}

/** What was taken into account is worth no write of its own. */
const compared = <Status extends AnyStatus>({ watermark: _, ...rest }: Status): object => rest;
