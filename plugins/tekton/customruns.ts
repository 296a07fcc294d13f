import { formatDuration } from '../../src/api/duration.ts';
import type { PatchOptions, Resource } from '../../src/kube/resource.ts';
import type { StepOutcome } from '../metrics.ts';
import type { FailReason, Reply, Step } from '../step.ts';
import { begunOf, kindAsked } from './asked.ts';
import { CustomRun, isDone, succeededOf } from './kinds.ts';
import { progressOf, untoldFor } from './pace.ts';
import { stepOf } from './run-step.ts';
import { type DoorParts, runsOf } from './runs.ts';
import { resourceKey } from './sights.ts';
import { RETRY_AFTER, runStarts, type Start } from './starts.ts';
import { cancelledNews, endStatus, type News, newsIn, type Patch, retryStatus, waitingStatus } from './status.ts';

/** Each waits for a write or two, most of the time. */
const AT_ONCE = 64;
const ASK_AGAIN_AFTER = 1_000;

/** Mistakes that another attempt would only repeat. */
const FINAL: ReadonlySet<FailReason> = new Set(['Invalid', 'Forbidden', 'NotOurs', 'NotHeld']);

const DONE_REASONS = {
  acquire: 'Granted',
  release: 'Released',
  renew: 'Renewed',
  arrive: 'Arrived',
  wait: 'Open',
  'arrive-and-wait': 'Open',
} as const;

/** Runs every CustomRun that names a kind of ours, and leaves all others alone. */
export async function runCustomRuns(parts: DoorParts, signal: AbortSignal): Promise<void> {
  const { sights, runner } = parts;
  const { clock } = parts.context;
  const starts = runStarts(sights, clock);

  const work = async (key: string, run: CustomRun | undefined, cut: AbortSignal): Promise<void> => {
    if (!run) {
      starts.forget(key);
      return runs.forget(key);
    }
    const start = starts.of(run);
    const isCancelled = run.spec.status === 'RunCancelled';
    if ('problem' in start) {
      const { reason, problem } = start;
      const news = isCancelled ? cancelledNews(run) : { reason, message: problem };
      await write(run, endStatus(run, news, undefined, clock.now()), reason, cut);
      return;
    }
    const { begun, begins, deadline } = start;
    const step = stepOf(run, begun);
    if (isCancelled) {
      await runner.cancel(step, cut);
      return end(run, step, 'Cancelled', endStatus(run, cancelledNews(run), begun, clock.now()), cut);
    }
    if (clock.monotonic() < begins) return runs.lookAgain(key, begins - clock.monotonic());
    runs.line.wait(key, step);
    const reply = await runner.ask(step, cut);
    if (reply.is === 'succeeded') {
      const { outputs, message } = reply;
      const news = { reason: DONE_REASONS[step.action], message, outputs };
      return end(run, step, 'Succeeded', endStatus(run, news, begun, clock.now()), cut);
    }
    if (reply.is === 'failed') return end(run, step, reply.reason, failedStatus(run, start, reply), cut);
    if (deadline !== undefined && clock.monotonic() >= deadline) {
      await runner.cancel(step, cut);
      const message = `not within the ${formatDuration(begun.timeout ?? 0)} that the task may take: ${reply.message}`;
      return end(run, step, 'TimedOut', failedStatus(run, start, { reason: 'CustomRunTimedOut', message }), cut);
    }
    await tell(key, { run, start, step, reply }, cut);
    planLook(key, start, reply);
  };

  const failedStatus = (run: CustomRun, { begun }: Start, { reason, message }: News): Patch => {
    const news = { reason, message };
    const isLast = FINAL.has(reason as FailReason) || begun.attempt >= begun.retries;
    const now = clock.now();
    // a clock that was set back would make the pause a long one
    const since = Math.min(now + RETRY_AFTER, Math.max(now, begun.since + RETRY_AFTER));
    const next = { ...begun, since, attempt: begun.attempt + 1 };
    return isLast ? endStatus(run, news, begun, now) : retryStatus(run, next, news, now);
  };

  const end = async (run: CustomRun, step: Step, outcome: StepOutcome, status: Patch, cut: AbortSignal) => {
    if (await write(run, status, resourceKey(step.resource), cut)) runs.ended(step, outcome);
  };

  const tell = async (key: string, { run, start, step, reply }: Wait, cut: AbortSignal): Promise<void> => {
    const said = succeededOf(run);
    const now = clock.monotonic();
    const { reason } = reply;
    const view = sights.viewOf(step);
    const soonest = start.seen + untoldFor(step, view);
    if (!said && now < soonest) return runs.lookAgain(key, soonest - now);
    const { message, every } = progressOf(step, view, reply.message, runs.line);
    if (said?.reason === reason && said.message === message) return;
    const due = said && (start.toldAt ?? 0) + every;
    if (due !== undefined && now < due) return runs.lookAgain(key, due - now);
    start.toldAt = now;
    const status = waitingStatus(run, start.begun, { reason, message }, clock.now());
    await write(run, status, resourceKey(step.resource), cut);
  };

  const planLook = (key: string, { deadline }: Start, { reason, lookAgainAt }: Waiting): void => {
    if (reason === 'Unreachable') runs.lookAgain(key, ASK_AGAIN_AFTER);
    if (lookAgainAt !== undefined) runs.lookAgain(key, Math.max(0, lookAgainAt - clock.now()));
    if (deadline !== undefined) runs.lookAgain(key, Math.max(0, deadline - clock.monotonic()));
  };

  const write = (run: CustomRun, status: Patch, about: string, cut: AbortSignal): Promise<boolean> => {
    const send = (api: Resource<CustomRun>, how: PatchOptions) =>
      api.patchStatus(run.metadata.name, status as never, how);
    return runs.write(run, { send, about, news: newsIn(run, status) }, cut);
  };

  const runs = runsOf<CustomRun>(
    parts,
    {
      ...{ type: CustomRun, door: 'tekton', atOnce: AT_ONCE, work },
      // what has begun goes on by what it began with, whatever its spec says since
      isWanted: (run) => !isDone(run) && (kindAsked(run) !== undefined || begunOf(run) !== undefined),
    },
    signal,
  );
  await runs.serve();
}

type Waiting = Reply & { readonly is: 'waiting' };

interface Wait {
  readonly run: CustomRun;
  readonly start: Start;
  readonly step: Step;
  readonly reply: Waiting;
}
