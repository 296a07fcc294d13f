import type { Gate } from '../api/gate.ts';
import { API_VERSION } from '../api/group.ts';
import type { KubeObject } from '../api/metadata.ts';
import { isAllowed, type Lender } from './allowed.ts';
import { firstSaid } from './claim.ts';
import { deadlineOf, startOf } from './deadline.ts';
import type { Decision } from './decision.ts';
import { conditionsOfGate, type GateCondition, type SubjectReference } from './gate-conditions.ts';
import { type Checked, type GatePhase, type GateStatus, statusOf } from './gate-status.ts';
import { checkOf, type Sight } from './gate-subjects.ts';
import type { Moment } from './moment.ts';
import { swapTo } from './swap.ts';

/** Everything the rule looks at. */
export interface GateView {
  readonly gate: Gate;
  /** What is known of the subject of a condition. */
  readonly subjects: (condition: GateCondition) => Sight;
  /** When this operator first saw the gate. */
  readonly since: Moment;
  readonly now: Moment;
}

/** What must happen to a gate now, and when to look again. */
export function decideGate({ gate, subjects, since, now }: GateView): Decision<GateStatus> {
  const isOver = isSettled(gate);
  const checked = isOver
    ? []
    : conditionsOfGate(gate).map(
        (condition): Checked => ({ condition, check: checkOf(condition, subjects(condition)) }),
      );
  const deadline = deadlineFor(gate, since);
  const isLate = deadline !== undefined && now.elapsed >= deadline;
  const phase = isOver ? (gate.status?.phase ?? 'Waiting') : phaseNow(gate, checked, isLate);
  const status = statusOf({ gate, phase, checked, isOver, now });
  return {
    revoke: [],
    swap: swapTo(status, gate.status, { urgent: phase !== gate.status?.phase && !mayFlap(gate) }),
    announce: [],
    collect: [],
    wakeAt: phase === 'Waiting' && !isLate ? deadline : undefined,
  };
}

/** The objects that an operator has to watch for this gate, each by its name: none once nothing can change any more. */
export function subjectsOf(gate: Gate): SubjectReference[] {
  if (isSettled(gate)) return [];
  const byKey = conditionsOfGate(gate).map(({ subject }) => [JSON.stringify(subject), subject] as const);
  return [...new Map(byKey).values()];
}

/**
 * Whether a gate may look at an object: one in its own namespace, or one that lets that namespace in. What has no such
 * list lets nobody in: a gate must not read for its author what the author may not.
 */
export function mayLookAt({ metadata: { namespace } }: Gate, object: KubeObject): boolean {
  if (namespace === object.metadata.namespace) return true;
  // a field of that name in somebody else's kind means something else
  return object.apiVersion === API_VERSION && isAllowed({ spec: {}, ...object } as Lender, namespace);
}

/** A gate that failed stays so, and one with a latch stays open. One that people open they may close. */
function isSettled({ spec, status }: Gate): boolean {
  if (status?.phase === 'Failed') return true;
  return status?.phase === 'Open' && spec.conditions.length > 0 && spec.latch;
}

/**
 * A gate that has no latch, and has been open, follows what it looks at once that has come to rest: two operators that
 * see it differently, one of them late, would else open and close it against each other without a pause.
 */
const mayFlap = ({ spec, status }: Gate): boolean =>
  !spec.latch && spec.conditions.length > 0 && status?.openedAt !== undefined;

/** The time is for opening once: a gate that has been open may close, and then waits as long as it takes. */
function deadlineFor({ metadata, spec, status }: Gate, since: Moment): number | undefined {
  if (status?.openedAt !== undefined) return undefined;
  const startedAt = startOf(metadata.creationTimestamp, since);
  return deadlineOf({ timeout: firstSaid(spec.timeout), startedAt, since })?.elapsed;
}

function phaseNow({ spec, status }: Gate, checked: readonly Checked[], isLate: boolean): GatePhase {
  if (spec.conditions.length === 0) return phaseByHand(spec.open, status?.phase, isLate);
  const unmet = checked.filter(({ check }) => check.is !== 'met');
  // all of it in one look: it wins against the deadline
  if (unmet.length === 0) return 'Open';
  // what has not been looked at yet, after a restart for instance, neither closes a gate nor fails it
  if (status?.phase === 'Open' && unmet.every(({ check }) => check.is === 'unknown')) return 'Open';
  const isKnown = unmet.every(({ check }) => check.is !== 'unknown');
  return isLate && isKnown ? 'Failed' : 'Waiting';
}

/** An older client opens and closes by writing the phase: without `open` it stands. */
function phaseByHand(open: boolean | undefined, written: GatePhase | undefined, isLate: boolean): GatePhase {
  const isOpen = open ?? written === 'Open';
  if (isOpen) return 'Open';
  return isLate ? 'Failed' : 'Waiting';
}
