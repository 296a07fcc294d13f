import { formatDuration } from '../../src/api/duration.ts';
import type { Outputs, Reply } from '../step.ts';
import type { NodeResult } from './kinds.ts';

/** The answer to a `template.execute`. Without a node: it is none of ours. */
export interface ExecuteReply {
  readonly node?: NodeResult;
  /** When to call again, as Go writes durations: a number fails the step. */
  readonly requeue?: string;
}

export const NOT_OURS: ExecuteReply = {};

/** A message always: one that is left out leaves the old one standing. */
export const nodeOf = (reply: Exclude<Reply, { readonly is: 'waiting' }>): NodeResult =>
  reply.is === 'failed'
    ? { phase: 'Failed', message: reply.message }
    : { phase: 'Succeeded', message: reply.message, outputs: outputsOf(reply.outputs) };

/**
 * No phase while it waits: nothing is written then, a template's timeout is obeyed, and a stop ends it. With a phase the
 * controller would write the Workflow every few seconds, and would not get rid of the node.
 */
export const waitingReply = (waited: number): ExecuteReply => ({ node: {}, requeue: requeueAfter(waited) });

export const failedNode = (message: string): NodeResult => ({ phase: 'Failed', message });

/** What is written beside the parameters as `outputs.result`: what most steps are asked for. */
const outputsOf = (outputs: Outputs) => ({
  result: outputs.token || outputs.openedAt || outputs.claim,
  parameters: Object.entries(outputs).map(([name, value]) => ({ name, value })),
});

const SOONEST = 1_000;
const LATEST = 5_000;
/** Who has waited for a minute can wait for its news for some seconds more: the agent has a tenth of a CPU. */
const SHARE = 0.1;

function requeueAfter(waited: number): string {
  const milliseconds = Math.min(LATEST, Math.max(SOONEST, waited * SHARE));
  return formatDuration(Math.round(milliseconds));
}
