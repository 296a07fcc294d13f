import type { News as EventNews } from '../../src/kube/events.ts';
import { OUTPUTS, type Outputs } from '../step.ts';
import { type Begun, snapshotOf } from './asked.ts';
import { type CustomRun, type CustomRunStatus, succeededOf } from './kinds.ts';

/** Why a CustomRun is as it is, in a word, as `kubectl get customruns` shows it. */
export type Reason = string;

export interface News {
  readonly reason: Reason;
  readonly message: string;
}

/** What Tekton is to be told of a run that it has cancelled: the reason is its own word, the message what it said. */
export const cancelledNews = ({ spec }: CustomRun): News => ({
  reason: 'CustomRunCancelled',
  message: spec.statusMessage || 'the CustomRun was cancelled',
});

export type Patch = { readonly [Key in keyof CustomRunStatus]?: CustomRunStatus[Key] | null };

/** It waits: with everything that is needed to go on after a restart, or after somebody has rewritten the spec. */
export const waitingStatus = (run: CustomRun, begun: Begun, news: News, now: number): Patch => ({
  ...condition(run, 'Unknown', news, now),
  startTime: run.status?.startTime ?? time(begun.since),
  extraFields: { konductor: snapshotOf(begun) },
});

const RETRYING = 'Retrying';

/** An object has no room for thousands of attempts, and what does not fit could never be written. */
const MOST_KEPT = 100;

/** An attempt has failed, and there is another. What the failed one looked like is kept in `retriesStatus`. */
export function retryStatus(run: CustomRun, next: Begun, failed: News, now: number): Patch {
  const { retriesStatus = [] } = run.status ?? {};
  const { startTime = time(now) } = run.status ?? {};
  const past = {
    ...condition(run, 'False', failed, now),
    ...{ startTime, completionTime: time(now), results: resultsOf(undefined, failed.reason), extraFields: {} },
  };
  const { attempt, retries } = next;
  const message = `attempt ${attempt} of ${retries + 1} failed: ${failed.message}; trying again`;
  return {
    ...condition(run, 'Unknown', { reason: RETRYING, message }, now),
    startTime: time(next.since),
    retriesStatus: [...retriesStatus, past].slice(-MOST_KEPT),
    extraFields: { konductor: snapshotOf(next) },
  };
}

/** It is over. Every result is there however it ended: to Tekton, a missing one is a mistake of all tasks at once. */
export const endStatus = (
  run: CustomRun,
  end: News & { readonly outputs?: Outputs | undefined },
  begun: Begun | undefined,
  now: number,
): Patch => ({
  ...condition(run, end.outputs ? 'True' : 'False', end, now),
  startTime: run.status?.startTime ?? time(begun?.since ?? now),
  completionTime: time(now),
  results: resultsOf(end.outputs, end.reason),
});

const resultsOf = (outputs: Outputs | undefined, reason: Reason) => [
  ...OUTPUTS.map((name) => ({ name, value: outputs?.[name] ?? '' })),
  { name: 'reason', value: reason },
];

/** What is new in it to people: how something waits is another sentence all the time, and news once. */
export function newsIn(run: CustomRun, { conditions }: Patch): EventNews | undefined {
  const [said] = conditions ?? [];
  if (!said?.reason || said.reason === succeededOf(run)?.reason) return undefined;
  const { reason, message = '' } = said;
  return { type: said.status === 'False' || reason === RETRYING ? 'Warning' : 'Normal', reason, message };
}

function condition(run: CustomRun, status: 'True' | 'False' | 'Unknown', { reason, message }: News, now: number) {
  const before = succeededOf(run);
  const lastTransitionTime =
    before?.status === status && before.lastTransitionTime ? before.lastTransitionTime : time(now);
  return {
    // the webhook turns a missing time into null, which the API server then refuses
    conditions: [{ type: 'Succeeded', status, reason, message, lastTransitionTime }],
    observedGeneration: run.metadata.generation ?? 1,
  };
}

const time = (epoch: number): string => new Date(epoch).toISOString();
