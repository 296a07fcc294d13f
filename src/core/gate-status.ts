import type { Gate } from '../api/gate.ts';
import { parseTime } from '../api/time.ts';
import { conditionsOf, type Finding } from './conditions.ts';
import type { GateCondition } from './gate-conditions.ts';
import type { Check } from './gate-subjects.ts';
import { type Moment, writtenAt } from './moment.ts';

export type GateStatus = NonNullable<Gate['status']>;
export type GatePhase = NonNullable<GateStatus['phase']>;

export interface Checked {
  readonly condition: GateCondition;
  readonly check: Check;
}

export interface GateOutcome {
  readonly gate: Gate;
  readonly phase: GatePhase;
  readonly checked: readonly Checked[];
  /** Nothing was checked, since nothing can change any more: what was found last stays. */
  readonly isOver: boolean;
  readonly now: Moment;
}

export function statusOf(outcome: GateOutcome): GateStatus {
  const { gate, phase, checked, isOver, now } = outcome;
  const { metadata, status: before } = gate;
  const openedAt = openedAtOf(before, phase, now);
  const entries = isOver ? before?.conditionStatuses : checked.map((one, index) => entryOf(one, before, index));
  return {
    phase,
    ...(entries && { conditionStatuses: entries }),
    ...(openedAt && { openedAt }),
    ...(metadata.generation !== undefined && { observedGeneration: metadata.generation }),
    conditions: conditionsOf(findings(outcome), before?.conditions, metadata.generation, now),
  };
}

type Entry = NonNullable<GateStatus['conditionStatuses']>[number];

function entryOf({ condition: { subject }, check }: Checked, before: GateStatus | undefined, index: number): Entry {
  const old = before?.conditionStatuses?.[index];
  // what is only not known yet is shown as it was: a restart is no news
  if (check.is === 'unknown' && old?.type === subject.kind && old.name === subject.name) return old;
  return { type: subject.kind, name: subject.name, met: check.is === 'met', message: check.message };
}

/** When it opened last. Kept when it closes: that it has been open is what ends its time-out. */
function openedAtOf(before: GateStatus | undefined, phase: GatePhase, now: Moment): string | undefined {
  if (phase !== 'Open') return before?.openedAt;
  const told = before?.conditions?.find(({ type }) => type === 'Open');
  const { openedAt } = before ?? {};
  if (before?.phase !== 'Open' || !openedAt) return writtenAt(now, now.elapsed);
  // an older client that opens it by hand may leave the time of an earlier opening
  const isOld = told?.status === 'False' && parseTime(openedAt) + A_SECOND < parseTime(told.lastTransitionTime);
  return isOld ? writtenAt(now, now.elapsed) : openedAt;
}

/** Older clients write whole seconds. */
const A_SECOND = 1_000;

function findings(outcome: GateOutcome): Finding[] {
  const { gate, phase, checked } = outcome;
  const isManual = gate.spec.conditions.length === 0;
  const open = isManual ? foundByHand(gate, phase) : foundByConditions(outcome);
  if (phase === 'Failed')
    return [open, { type: 'Ready', status: 'False', reason: 'TimedOut', message: 'it failed for good: make it anew' }];
  const wrong = checked.find(({ check }) => check.is === 'invalid' || check.is === 'unreadable');
  if (!wrong) return [open, { type: 'Ready', status: 'True', reason: 'Watching', message: 'it opens when it may' }];
  const { condition, check } = wrong;
  const message = `${condition.subject.kind} ${condition.subject.name}: ${check.message}`;
  return [open, { type: 'Ready', status: 'False', reason: REASONS[check.is] ?? 'Invalid', message }];
}

const REASONS: Partial<Record<Check['is'], string>> = { unreadable: 'CannotRead', invalid: 'InvalidWhen' };

function foundByHand({ spec, status }: Gate, phase: GatePhase): Finding {
  if (phase === 'Open') return { type: 'Open', status: 'True', reason: 'OpenedByHand', message: 'somebody opened it' };
  if (phase === 'Failed')
    return { type: 'Open', status: 'False', reason: 'TimedOut', message: 'nobody opened it in time' };
  const isClosed = spec.open === false || status?.openedAt !== undefined;
  return isClosed
    ? { type: 'Open', status: 'False', reason: 'ClosedByHand', message: 'somebody closed it' }
    : { type: 'Open', status: 'False', reason: 'Waiting', message: 'waiting for somebody to open it' };
}

function foundByConditions({ gate, phase, checked, isOver }: GateOutcome): Finding {
  const last = gate.status?.conditions?.find(({ type }) => type === 'Open');
  const count = gate.spec.conditions.length;
  if (phase === 'Open') {
    const message = isOver && last?.status === 'True' ? last.message : `all ${count} met`;
    return { type: 'Open', status: 'True', reason: 'AllMet', message };
  }
  if (phase === 'Failed') {
    const message = isOver ? (last?.message ?? 'not met in time') : `not in time: ${progress(checked)}`;
    return { type: 'Open', status: 'False', reason: 'TimedOut', message };
  }
  const unread = checked.find(({ check }) => check.is === 'unreadable');
  return unread
    ? {
        type: 'Open',
        status: 'Unknown',
        reason: 'CannotRead',
        message: `${progress(checked)}; ${unread.check.message}`,
      }
    : { type: 'Open', status: 'False', reason: 'Waiting', message: progress(checked) };
}

/** `2 of 3 met; waiting for job data-loader to be Complete` */
function progress(checked: readonly Checked[]): string {
  const missing = checked.filter(({ check }) => check.is !== 'met').map(({ condition }) => condition.phrase);
  const named = missing.slice(0, MOST_NAMED).join(', ');
  const more = missing.length > MOST_NAMED ? ` and ${missing.length - MOST_NAMED} more` : '';
  return `${checked.length - missing.length} of ${checked.length} met; waiting for ${named}${more}`;
}

/** A message is a sentence, not a list. */
const MOST_NAMED = 3;
