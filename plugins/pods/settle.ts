import type { Clock } from '../../src/api/clock.ts';
import type { KubeClient } from '../../src/kube/client.ts';
import type { StepOutcome } from '../metrics.ts';
import { carryOut, look } from '../runner.ts';
import type { Step, StepView } from '../step.ts';
import { decidePod, isWaiting, type PodDecision, UNGATED_BY_HAND } from './decide.ts';
import { needsOf } from './needs.ts';
import type { Pod } from './pod.ts';
import type { PodWriter } from './pod-writer.ts';

export interface SettlerOptions {
  readonly client: KubeClient;
  readonly clock: Clock;
  readonly writer: PodWriter;
  /** What the watches know. */
  readonly known: (step: Step) => StepView;
  /** What taking its gate away has made of a Pod. */
  readonly onAdmitted: (pod: Pod) => void;
  /** What a Pod asks for ends at once: it gets all or none of it. */
  readonly onEnded: (pod: Pod, outcome: StepOutcome) => void;
}

/** Decides about a Pod and writes it all; answers when to look again, in milliseconds, if nothing is heard before. */
export type Settler = (pod: Pod, signal: AbortSignal) => Promise<number | undefined>;

/** What was read is ahead of the watches; should they never bring it, it is looked at again after so long. */
const LOOK_AGAIN = 5_000;

export function podSettler({ client, clock, writer, known, onAdmitted, onEnded }: SettlerOptions): Settler {
  /** What there is, without a cache. */
  const lookAtAll = async (pod: Pod, signal: AbortSignal): Promise<(step: Step) => StepView> => {
    const views = new Map<string, StepView>();
    for (const step of needsOf(pod).needs?.steps ?? []) {
      views.set(step.identity.step, await look(client, step, clock.now(), signal));
    }
    return (step) => views.get(step.identity.step) ?? known(step);
  };

  const giveUp = async (pod: Pod, suspects: readonly Step[], signal: AbortSignal): Promise<void> => {
    let byHand = false;
    for (const step of suspects) {
      // ours is granted by the time its Pod runs, whatever an old cache says
      const { claim } = await look(client, step, clock.now(), signal);
      if (!isWaiting(claim)) continue;
      await carryOut(client, [{ does: 'delete', claim }], signal);
      byHand = true;
    }
    if (byHand) await writer.say(pod, UNGATED_BY_HAND, signal);
  };

  const write = async (pod: Pod, { pod: what, says }: PodDecision, signal: AbortSignal): Promise<void> => {
    if (what === 'delete') {
      await writer.delete(pod, signal);
      onEnded(pod, says?.reason === 'TimedOut' ? 'TimedOut' : 'Denied');
      if (says) writer.warn(pod, says);
      return;
    }
    if (what === 'ungate') {
      onAdmitted(await writer.ungate(pod, signal));
      onEnded(pod, 'Succeeded');
    }
    if (says) await writer.say(pod, says, signal);
  };

  return async (pod, signal) => {
    let decision = decidePod({ pod, viewOf: known, now: clock.now() });
    let again = decision.lookAgainIn;
    const isCarriedOut = await carryOut(client, decision.claims, signal);
    if (!isCarriedOut || (decision.pod === 'ungate' && needsSeveral(pod))) {
      decision = decidePod({ pod, viewOf: await lookAtAll(pod, signal), now: clock.now() });
      if (!(await carryOut(client, decision.claims, signal))) throw new Error('its claims are written by others');
      again = decision.pod ? undefined : Math.min(LOOK_AGAIN, decision.lookAgainIn ?? LOOK_AGAIN);
    }
    await giveUp(pod, decision.suspects, signal);
    await write(pod, decision, signal);
    return again;
  };
}

/** What was taken first may have been lost while the next was waited for; of a single one the news is fresh. */
const needsSeveral = (pod: Pod): boolean => (needsOf(pod).needs?.steps.length ?? 0) > 1;
