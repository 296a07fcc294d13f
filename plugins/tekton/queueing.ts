import type { News } from '../../src/kube/events.ts';
import type { PatchOptions, Resource } from '../../src/kube/resource.ts';
import { look } from '../runner.ts';
import type { Reply, Step } from '../step.ts';
import { heldBy } from '../step-hold.ts';
import { ANNOTATIONS, isEnding, isPending, isQueued, readQueued } from './annotations.ts';
import { PipelineRun } from './kinds.ts';
import { asksFor, isHeld, isOfWhole, takeBack } from './leftovers.ts';
import { progressOf } from './pace.ts';
import { type DoorParts, runsOf } from './runs.ts';
import { resourceKey } from './sights.ts';

/** One after the other, as they were made: the order in which they ask is the order in which they start. */
const AT_ONCE = 1;
const ASK_AGAIN_AFTER = 1_000;

interface Queued {
  readonly step: Step;
  toldAt: number | undefined;
}

/** Starts PipelineRuns that were made Pending once they hold what their annotations name: until then they burn no time. */
export async function queuePipelineRuns(parts: DoorParts, signal: AbortSignal): Promise<void> {
  const { sights, runner } = parts;
  const { client, clock } = parts.context;
  const queued = new Map<string, Queued>();

  const work = async (key: string, run: PipelineRun | undefined, cut: AbortSignal): Promise<void> => {
    const before = queued.get(key);
    if (before && before.step.identity.run !== run?.metadata.uid) {
      await leave(before.step, cut);
      forget(key);
    }
    if (!run) return;
    const read = isPending(run) && isQueued(run) ? readQueued(run) : undefined;
    // edited while it waited, or started by somebody else: its turn would come for nothing
    if (await takeBack(parts, run, isPending(run) ? asksFor(read?.step) : isHeld, cut)) {
      runs.line.forget(key);
      return runs.lookAgain(key, ASK_AGAIN_AFTER);
    }
    if (!read) {
      forget(key);
      if (isPending(run)) await patch(run, { ...UNTOLD, about: key }, cut);
      return;
    }
    if (read.problem !== undefined) {
      runs.line.forget(key);
      const { problem } = read;
      const news: News = { type: 'Warning', reason: 'InvalidAnnotations', message: problem };
      await patch(run, { annotations: { [ANNOTATIONS.queue]: problem }, spec: {}, news, about: news.reason }, cut);
      return;
    }
    const one: Queued = { step: read.step, toldAt: queued.get(key)?.toldAt };
    queued.set(key, one);
    runs.line.wait(key, one.step);
    const reply = await runner.ask(one.step, cut);
    const about = resourceKey(one.step.resource);
    if (reply.is === 'succeeded') {
      const { message, outputs } = reply;
      const annotations = { [ANNOTATIONS.queue]: message, [ANNOTATIONS.token]: outputs.token };
      const news: News = { type: 'Normal', reason: 'Granted', message };
      if (await patch(run, { annotations, spec: { status: null }, news, about }, cut))
        runs.ended(one.step, 'Succeeded');
      return;
    }
    if (reply.is === 'failed') {
      const { reason, message } = reply;
      const { claim } = sights.viewOf(one.step) ?? {};
      const isForeign = typeof claim === 'object' && !isOfWhole(run, claim);
      // what it asked for before it was edited, and is not known here yet
      if (reason === 'NotOurs' && !isForeign) return runs.lookAgain(key, ASK_AGAIN_AFTER);
      // it is not started: who asked to wait no longer than this, or for what cannot be had, wants no late start
      const annotations = { [ANNOTATIONS.queue]: `${reason}: ${message}` };
      const news: News = { type: 'Warning', reason, message };
      if (await patch(run, { annotations, spec: { status: 'Cancelled' }, news, about }, cut)) {
        runs.ended(one.step, reason);
      }
      return;
    }
    if (reply.reason === 'Unreachable') runs.lookAgain(key, ASK_AGAIN_AFTER);
    if (reply.lookAgainAt !== undefined) runs.lookAgain(key, Math.max(0, reply.lookAgainAt - clock.now()));
    await tell(key, { run, one, reply }, cut);
  };

  const tell = async (key: string, { run, one, reply }: Wait, cut: AbortSignal): Promise<void> => {
    const { message, every } = progressOf(one.step, sights.viewOf(one.step), reply.message, runs.line);
    const said = run.metadata.annotations?.[ANNOTATIONS.queue];
    if (said === message) return;
    const now = clock.monotonic();
    const due = one.toldAt === undefined ? now : one.toldAt + every;
    if (now < due) return runs.lookAgain(key, due - now);
    one.toldAt = now;
    // how it waits is another sentence all the time: news only once
    const news: News | undefined = said === undefined ? { type: 'Normal', reason: reply.reason, message } : undefined;
    const about = resourceKey(one.step.resource);
    await patch(run, { annotations: { [ANNOTATIONS.queue]: message }, spec: {}, news, about }, cut);
  };

  const forget = (key: string): void => {
    queued.delete(key);
    runs.line.forget(key);
  };

  /** It is gone, or was started when nothing in it said any more that it waits. What it holds stays with the run; its place in the line goes. */
  const leave = async (step: Step, cut: AbortSignal): Promise<void> => {
    // by a read: another controller may have started it with a grant that is not known here yet
    const { resource, claim } = await look(client, step, clock.now(), cut);
    const held = typeof claim === 'object' && claim.kind !== 'Arrival' && heldBy(claim, resource);
    if (!held) await runner.cancel(step, cut);
  };

  /** Whether it was written, and of the run as we knew it. */
  const patch = async (run: PipelineRun, { annotations, spec, news, about }: Change, cut: AbortSignal) => {
    const isSame = Object.entries(annotations).every(
      ([key, value]) => (run.metadata.annotations?.[key] ?? null) === value,
    );
    if (isSame && Object.keys(spec).length === 0) return false;
    const change = { metadata: { annotations }, spec } as never;
    const send = (api: Resource<PipelineRun>, how: PatchOptions) => api.mergePatch(run.metadata.name, change, how);
    return runs.write(run, { send, news, about }, cut);
  };

  const runs = runsOf<PipelineRun>(
    parts,
    {
      ...{ type: PipelineRun, door: 'tekton-pipelineruns', atOnce: AT_ONCE, work },
      // one that has started may have left something in line, and one that asks for nothing any more too
      isWanted: (run) => !isEnding(run) && (isQueued(run) || isPending(run)),
    },
    signal,
  );
  // not at once: an operator that has not heard of an edit asks again for what is taken back
  sights.onClaimOfRun((key) => runs.lookAgain(key, ASK_AGAIN_AFTER));
  await runs.serve();
}

/** It waits for nothing, whatever was said before. */
const UNTOLD = { annotations: { [ANNOTATIONS.queue]: null }, spec: {}, news: undefined } as const;

interface Change {
  /** Null: not there. */
  readonly annotations: Readonly<Record<string, string | null>>;
  readonly spec: object;
  readonly news: News | undefined;
  readonly about: string;
}

interface Wait {
  readonly run: PipelineRun;
  readonly one: Queued;
  readonly reply: Reply & { readonly is: 'waiting' };
}
