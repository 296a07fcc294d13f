import { formatDuration } from '../../src/api/duration.ts';
import { aborted } from '../../src/kube/aborted.ts';
import { keyOf } from '../../src/kube/cache.ts';
import type { DoorContext } from '../../src/kube/door.ts';
import { isConflict, isNotFound } from '../../src/kube/errors.ts';
import { NO_RETRY } from '../../src/kube/retry.ts';
import { watched } from '../../src/kube/watched.ts';
import { workQueue } from '../../src/kube/work-queue.ts';
import { type StepOutcome, stepMetrics } from '../metrics.ts';
import type { StepRunner } from '../runner.ts';
import type { FailReason, Reply, Step } from '../step.ts';
import { begunOf, kindAsked } from './asked.ts';
import { byAge, CustomRun, isDone, succeededOf } from './kinds.ts';
import { progressOf } from './pace.ts';
import { stepOf } from './run-step.ts';
import type { Sights } from './sights.ts';
import { runStarts, type Start } from './starts.ts';
import { cancelledNews, endStatus, type News, retryStatus, waitingStatus } from './status.ts';
import { waiters } from './waiters.ts';

export interface DoorParts {
  readonly context: DoorContext;
  readonly sights: Sights;
  readonly runner: StepRunner;
  readonly onError: (error: unknown) => void;
}

/** How many are worked on at once: each waits for a write or two, most of the time. */
const AT_ONCE = 64;
/** A grant that is due at once is told as such: a word before it would cost as much as the grant. */
const UNTOLD_FOR = 200;
const ASK_AGAIN_AFTER = 1_000;
const BACKOFF = { base: 100, longest: 5_000 };

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
export async function runCustomRuns(
  { context, sights, runner, onError }: DoorParts,
  signal: AbortSignal,
): Promise<void> {
  const { client, clock, random, registry, namespaces } = context;
  const runs = watched<CustomRun>({
    ...{ client, type: CustomRun, namespaces, clock, random, onError, signal },
    // what has begun goes on by what it began with, whatever its spec says since
    isWanted: (run) => !isDone(run) && (kindAsked(run) !== undefined || begunOf(run) !== undefined),
  });
  const starts = runStarts(sights, clock);
  const line = waiters(sights, clock, (key) => queue.add(key));
  const metrics = stepMetrics({ registry, clock, door: 'tekton', waiting: line.steps });

  const work = async (key: string, cut: AbortSignal): Promise<void> => {
    const run = runAt(key);
    if (!run) return line.forget(key);
    const start = starts.of(run);
    const isCancelled = run.spec.status === 'RunCancelled';
    if ('problem' in start) {
      const { reason, problem } = start;
      const news = isCancelled ? cancelledNews(run) : { reason, message: problem };
      await write(run, endStatus(run, news, undefined, clock.now()), cut);
      return;
    }
    const { begun, deadline } = start;
    const step = stepOf(run, begun);
    if (isCancelled) {
      await runner.cancel(step, cut);
      return end(run, step, 'Cancelled', endStatus(run, cancelledNews(run), begun, clock.now()), cut);
    }
    line.wait(key, step);
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

  const queue = workQueue({
    ...{ work, concurrency: AT_ONCE, clock, random, ...BACKOFF },
    onError: (_, error) => onError(error),
  });

  const runAt = (key: string): CustomRun | undefined => {
    const [namespace = '', name = ''] = key.split('/');
    return runs.get(name, namespace);
  };

  const failedStatus = (run: CustomRun, { begun }: Start, { reason, message }: News): object => {
    const news = { reason, message };
    const isLast = FINAL.has(reason as FailReason) || (run.status?.retriesStatus?.length ?? 0) >= begun.retries;
    const next = { ...begun, since: clock.now(), attempt: begun.attempt + 1 };
    return isLast ? endStatus(run, news, begun, clock.now()) : retryStatus(run, next, news, clock.now());
  };

  const end = async (run: CustomRun, step: Step, outcome: StepOutcome, status: object, cut: AbortSignal) => {
    if (await write(run, status, cut)) metrics.ended(step, outcome);
  };

  const tell = async (key: string, { run, start, step, reply }: Wait, cut: AbortSignal): Promise<void> => {
    const said = succeededOf(run);
    const now = clock.monotonic();
    const { reason } = reply;
    const soonest = start.seen + UNTOLD_FOR;
    if (!said && now < soonest) return queue.addAfter(key, soonest - now);
    const { message, every } = progressOf(step, sights.viewOf(step), reply.message, line);
    if (said?.reason === reason && said.message === message) return;
    const due = said && (start.toldAt ?? 0) + every;
    if (due !== undefined && now < due) return queue.addAfter(key, due - now);
    start.toldAt = now;
    await write(run, waitingStatus(run, start.begun, { reason, message }, clock.now()), cut);
  };

  const planLook = (key: string, { deadline }: Start, { reason, lookAgainAt }: Waiting): void => {
    if (reason === 'Unreachable') queue.addAfter(key, ASK_AGAIN_AFTER);
    if (lookAgainAt !== undefined) queue.addAfter(key, Math.max(0, lookAgainAt - clock.now()));
    if (deadline !== undefined) queue.addAfter(key, Math.max(0, deadline - clock.monotonic()));
  };

  /** False when it was not as we knew it: the watch is about to bring what it is. Anything else is tried again. */
  const write = async (run: CustomRun, status: object, cut: AbortSignal): Promise<boolean> => {
    const { name, namespace, resourceVersion } = run.metadata;
    try {
      const api = client.of(CustomRun, namespace);
      const how = { resourceVersion, signal: cut, retry: NO_RETRY };
      runs.apply(await api.patchStatus(name, status as never, how));
      return true;
    } catch (error) {
      if (isConflict(error)) queue.addAfter(keyOf(run), ASK_AGAIN_AFTER);
      else if (!isNotFound(error)) throw error;
      return false;
    }
  };

  // nothing is decided before everything has been seen
  await Promise.race([runs.synced, aborted(signal)]);
  runs.onChange((old, run) => {
    if (old && old.metadata.uid !== run?.metadata.uid) starts.forget(old.metadata.uid);
    queue.add(keyOf((run ?? old) as CustomRun));
  });
  for (const run of runs.all().toSorted(byAge)) queue.add(keyOf(run));
  await aborted(signal);
  line.stop();
  metrics.close();
  await Promise.all([queue.stop(), runs.ended]);
}

type Waiting = Reply & { readonly is: 'waiting' };

interface Wait {
  readonly run: CustomRun;
  readonly start: Start;
  readonly step: Step;
  readonly reply: Waiting;
}
