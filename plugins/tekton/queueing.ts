import { aborted } from '../../src/kube/aborted.ts';
import { keyOf } from '../../src/kube/cache.ts';
import { isConflict, isNotFound } from '../../src/kube/errors.ts';
import { NO_RETRY } from '../../src/kube/retry.ts';
import { watched } from '../../src/kube/watched.ts';
import { workQueue } from '../../src/kube/work-queue.ts';
import { stepMetrics } from '../metrics.ts';
import { look } from '../runner.ts';
import type { Step } from '../step.ts';
import { heldBy } from '../step-hold.ts';
import { ANNOTATIONS, isPending, isQueued, readQueued } from './annotations.ts';
import type { DoorParts } from './customruns.ts';
import { byAge, PipelineRun } from './kinds.ts';
import { progressOf } from './pace.ts';
import { waiters } from './waiters.ts';

/** One after the other, as they were made: the order in which they ask is the order in which they start. */
const AT_ONCE = 1;
const ASK_AGAIN_AFTER = 1_000;
const BACKOFF = { base: 100, longest: 5_000 };

interface Queued {
  readonly step: Step;
  toldAt: number | undefined;
}

/** Starts PipelineRuns that were made Pending once they hold what their annotations name: until then they burn no time. */
export async function queuePipelineRuns(parts: DoorParts, signal: AbortSignal): Promise<void> {
  const { context, sights, runner, onError } = parts;
  const { client, clock, random, registry, namespaces } = context;
  const runs = watched<PipelineRun>({
    ...{ client, type: PipelineRun, namespaces, clock, random, onError, signal },
    // there are thousands that are over, and none of them is of any interest
    isWanted: (run) => isQueued(run) && isPending(run),
  });
  const queued = new Map<string, Queued>();
  const line = waiters(sights, clock, (key) => queue.add(key));
  const metrics = stepMetrics({ registry, clock, door: 'tekton-pipelineruns', waiting: line.steps });

  const work = async (key: string, cut: AbortSignal): Promise<void> => {
    const [namespace = '', name = ''] = key.split('/');
    const run = runs.get(name, namespace);
    const before = queued.get(key);
    if (before && before.step.identity.run !== run?.metadata.uid) {
      await leave(before.step, cut);
      queued.delete(key);
      line.forget(key);
    }
    if (!run) return;
    const read = readQueued(run);
    if (read.problem !== undefined) {
      await patch(run, { [ANNOTATIONS.queue]: read.problem }, {}, cut);
      return;
    }
    const one: Queued = { step: read.step, toldAt: queued.get(key)?.toldAt };
    queued.set(key, one);
    line.wait(key, one.step);
    const reply = await runner.ask(one.step, cut);
    if (reply.is === 'succeeded') {
      const { message, outputs } = reply;
      const told = { [ANNOTATIONS.queue]: message, [ANNOTATIONS.token]: outputs.token };
      if (await patch(run, told, { status: null }, cut)) metrics.ended(one.step, 'Succeeded');
      return;
    }
    if (reply.is === 'failed') {
      // it is not started: who asked to wait no longer than this, or for what cannot be had, wants no late start
      const told = { [ANNOTATIONS.queue]: `${reply.reason}: ${reply.message}` };
      if (await patch(run, told, { status: 'Cancelled' }, cut)) metrics.ended(one.step, reply.reason);
      return;
    }
    if (reply.reason === 'Unreachable') queue.addAfter(key, ASK_AGAIN_AFTER);
    if (reply.lookAgainAt !== undefined) queue.addAfter(key, Math.max(0, reply.lookAgainAt - clock.now()));
    await tell(key, run, one, reply.message, cut);
  };

  const queue = workQueue({
    ...{ work, concurrency: AT_ONCE, clock, random, ...BACKOFF },
    onError: (_, error) => onError(error),
  });

  const tell = async (key: string, run: PipelineRun, one: Queued, said: string, cut: AbortSignal): Promise<void> => {
    const { message, every } = progressOf(one.step, sights.viewOf(one.step), said, line);
    if (run.metadata.annotations?.[ANNOTATIONS.queue] === message) return;
    const now = clock.monotonic();
    const due = one.toldAt === undefined ? now : one.toldAt + every;
    if (now < due) return queue.addAfter(key, due - now);
    one.toldAt = now;
    await patch(run, { [ANNOTATIONS.queue]: message }, {}, cut);
  };

  /** Somebody else has started it, or it is gone. What it holds stays with the run; its place in the line goes. */
  const leave = async (step: Step, cut: AbortSignal): Promise<void> => {
    // by a read: another controller may have started it with a grant that is not known here yet
    const { resource, claim } = await look(client, step, clock.now(), cut);
    const isHeld = typeof claim === 'object' && claim.kind !== 'Arrival' && heldBy(claim, resource);
    if (!isHeld) await runner.cancel(step, cut);
  };

  /** Whether it was written, and of the run as we knew it. */
  const patch = async (run: PipelineRun, annotations: object, spec: object, cut: AbortSignal): Promise<boolean> => {
    const { name, namespace, resourceVersion } = run.metadata;
    const isSame = Object.entries(annotations).every(([key, value]) => run.metadata.annotations?.[key] === value);
    if (isSame && Object.keys(spec).length === 0) return false;
    try {
      const change = { metadata: { annotations }, spec } as never;
      const how = { resourceVersion, signal: cut, retry: NO_RETRY };
      runs.apply(await client.of(PipelineRun, namespace).mergePatch(name, change, how));
      return true;
    } catch (error) {
      if (isConflict(error)) queue.addAfter(keyOf(run), ASK_AGAIN_AFTER);
      else if (!isNotFound(error)) throw error;
      return false;
    }
  };

  await Promise.race([runs.synced, aborted(signal)]);
  runs.onChange((old, run) => queue.add(keyOf((run ?? old) as PipelineRun)));
  for (const run of runs.all().toSorted(byAge)) queue.add(keyOf(run));
  await aborted(signal);
  line.stop();
  metrics.close();
  await Promise.all([queue.stop(), runs.ended]);
}
