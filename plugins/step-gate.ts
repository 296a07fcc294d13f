import type { Gate } from '../src/api/gate.ts';
import type { Answer, Reply, Step, StepView } from './step.ts';
import { deadlineOf } from './step-deadline.ts';
import { failed, sayMissing, sayResource, succeeded, waiting } from './step-words.ts';

/** Waits for a gate. Nothing is written, and another namespace's gate is nobody's to look at with our eyes. */
export function answerOfGate(step: Step, { resource, now }: StepView): Answer {
  const reply = replyOfGate(step, resource);
  const deadline = deadlineOf(step, undefined);
  if (reply.is !== 'waiting' || deadline === undefined) return { reply, writes: [] };
  if (now < deadline) return { reply: { ...reply, lookAgainAt: deadline }, writes: [] };
  const message = `waited ${step.options.timeout} for ${sayResource(step)}, as long as it was to`;
  return { reply: failed('TimedOut', message), writes: [] };
}

function replyOfGate(step: Step, resource: StepView['resource']): Reply {
  if (step.resource.namespace !== step.namespace) {
    return failed('Invalid', `namespace: a gate is waited for in its own namespace: make one in "${step.namespace}"`);
  }
  if (resource === 'unseen') return waiting('NotSeen', `looking for ${sayResource(step)}`);
  if (resource === 'missing' || resource.kind !== 'Gate') return waiting('NoSuchResource', sayMissing(step));
  const { phase, openedAt } = resource.status ?? {};
  if (phase === 'Open') return succeeded({ openedAt }, `${sayResource(step)} is open`);
  if (phase === 'Failed') {
    const why = resource.status?.conditions?.find(({ type }) => type === 'Open')?.message;
    return failed('WillNotOpen', `${sayResource(step)} will not open${why ? `: ${why}` : ''}`);
  }
  return waiting('NotOpen', `waiting for ${sayResource(step)}${sayUnmet(resource)}`);
}

const MOST_SAID = 3;

function sayUnmet({ status }: Gate): string {
  const unmet = (status?.conditionStatuses ?? []).filter(({ met }) => !met);
  if (unmet.length === 0) return '';
  const said = unmet.slice(0, MOST_SAID).map(({ type, name }) => `${type} ${name}`);
  const more = unmet.length > MOST_SAID ? ` and ${unmet.length - MOST_SAID} more` : '';
  return `: not yet ${said.join(', ')}${more}`;
}
