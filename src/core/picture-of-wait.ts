import type { Arrival } from '../api/arrival.ts';
import type { Barrier } from '../api/barrier.ts';
import type { Gate } from '../api/gate.ts';
import { parseTime } from '../api/time.ts';
import { type BarrierPhase, currentGeneration } from './barrier-generation.ts';
import { firstSaid } from './claim.ts';
import { conditionsOfGate } from './gate-conditions.ts';
import type { GatePhase } from './gate-status.ts';

/** Who has arrived at a barrier, and who is missing. Times are wall-clock milliseconds. */
export interface BarrierPicture {
  readonly kind: 'Barrier';
  readonly name: string;
  readonly namespace: string | undefined;
  readonly phase: BarrierPhase;
  readonly generation: number;
  readonly expected: number;
  /** How many open it. */
  readonly needed: number;
  readonly arrived: number;
  readonly missing: number;
  /** In the order in which they were counted; only so many are known by name. */
  readonly arrivals: readonly ArrivedHolder[];
  readonly deadline: number | undefined;
  readonly openedAt: number | undefined;
  readonly now: number;
}

export interface ArrivedHolder {
  readonly holder: string;
  /** Undefined when its Arrival is gone. */
  readonly since: number | undefined;
}

export interface GatePicture {
  readonly kind: 'Gate';
  readonly name: string;
  readonly namespace: string | undefined;
  readonly phase: GatePhase;
  /** Opened and closed by people. */
  readonly isManual: boolean;
  readonly conditions: readonly GateConditionPicture[];
  readonly deadline: number | undefined;
  readonly openedAt: number | undefined;
  readonly now: number;
}

export interface GateConditionPicture {
  readonly type: string;
  readonly name: string;
  /** What is waited for: `job data-loader to be Complete`. */
  readonly phrase: string;
  readonly met: boolean;
  /** What is so now, as the operator saw it. */
  readonly message: string | undefined;
}

export function barrierPicture(barrier: Barrier, objects: readonly Arrival[], now: number): BarrierPicture {
  const { metadata, status } = barrier;
  const since = { wall: now, elapsed: now };
  const { phase, number, expected, needed, arrived, startedAt } = currentGeneration(barrier, since);
  const arrivedAt = new Map(objects.map(({ spec, status }) => [spec.holder, status?.arrivedAt]));
  const timeout = firstSaid(barrier.spec.timeout);
  return {
    kind: 'Barrier',
    name: metadata.name,
    namespace: metadata.namespace,
    phase,
    generation: number,
    expected,
    needed,
    arrived,
    missing: Math.max(0, needed - arrived),
    arrivals: (status?.arrivals ?? []).map((holder) => ({ holder, since: timeOf(arrivedAt.get(holder)) })),
    deadline: phase === 'Waiting' && timeout !== undefined ? parseTime(startedAt) + timeout : undefined,
    openedAt: timeOf(status?.openedAt),
    now,
  };
}

export function gatePicture(gate: Gate, now: number): GatePicture {
  const { metadata, spec, status } = gate;
  const phase = status?.phase ?? 'Waiting';
  const timeout = firstSaid(spec.timeout);
  const counts = phase === 'Waiting' && status?.openedAt === undefined && timeout !== undefined;
  return {
    kind: 'Gate',
    name: metadata.name,
    namespace: metadata.namespace,
    phase,
    isManual: spec.conditions.length === 0,
    conditions: conditionsOfGate(gate).map(({ subject, phrase }, index) => {
      const found = status?.conditionStatuses?.[index];
      // an edited gate shows its old answers until the operator has looked again
      const told = found?.name === subject.name && found.type === subject.kind ? found : undefined;
      return {
        type: subject.kind,
        name: subject.name,
        phrase,
        met: told?.met ?? false,
        message: told?.message,
      };
    }),
    deadline: counts ? parseTime(metadata.creationTimestamp) + timeout : undefined,
    openedAt: timeOf(status?.openedAt),
    now,
  };
}

const timeOf = (time: string | undefined): number | undefined => (time === undefined ? undefined : parseTime(time));
