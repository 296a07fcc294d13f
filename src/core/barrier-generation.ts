import type { Barrier } from '../api/barrier.ts';
import { parseTime } from '../api/time.ts';
import { firstSaid } from './claim.ts';
import { deadlineOf, startOf } from './deadline.ts';
import { type Moment, writtenAt } from './moment.ts';

export type BarrierPhase = 'Waiting' | 'Open' | 'Failed' | 'Timeout';

/** One round of a barrier, with defaults filled in. A barrier that is not cyclic has one. */
export interface Generation {
  readonly number: number;
  readonly phase: BarrierPhase;
  readonly startedAt: string;
  readonly deadline: Moment | undefined;
  /** Whoever was made up to then came in time, by the clock of the server alone; undefined when no such time is known. */
  readonly madeInTime: number | undefined;
  /** On the wall clock; NaN while it is not open. */
  readonly openedAt: number;
  /** Holders that the status names. */
  readonly remembered: ReadonlySet<string>;
  /** As many as the status has counted, named or not. */
  readonly arrived: number;
  /** For which generation each Arrival was counted that has not been told. */
  readonly intents: ReadonlyMap<string, number>;
  readonly expected: number;
  /** How many open it. */
  readonly needed: number;
  readonly cyclic: boolean;
  readonly live: boolean;
}

/** What an operator must say when it first saw: a new generation begins a new wait. */
export const generationOf = ({ status }: { readonly status?: Pick<NonNullable<Barrier['status']>, 'generation'> }) =>
  status?.generation ?? 1;

export function currentGeneration(barrier: Barrier, since: Moment): Generation {
  const { metadata, spec, status } = barrier;
  const startedAt = status?.startedAt ?? startOf(metadata.creationTimestamp, since);
  return {
    number: generationOf(barrier),
    phase: status?.phase ?? 'Waiting',
    startedAt,
    deadline: deadlineOf({ timeout: firstSaid(spec.timeout), startedAt, since }),
    madeInTime: generationOf(barrier) === 1 ? lastSecond(barrier) : undefined,
    openedAt: parseTime(status?.openedAt ?? ''),
    remembered: new Set(status?.arrivals),
    arrived: status?.arrived ?? 0,
    intents: new Map(status?.intents?.map(({ uid, generation }) => [uid, generation])),
    expected: spec.expected,
    needed: spec.quorum ?? spec.expected,
    cyclic: spec.cyclic,
    live: spec.arrivalPolicy === 'Live',
  };
}

export function nextGeneration(barrier: Barrier, last: Generation, now: Moment): Generation {
  const startedAt = writtenAt(now, now.elapsed);
  const timeout = firstSaid(barrier.spec.timeout);
  return {
    ...last,
    number: last.number + 1,
    phase: 'Waiting',
    startedAt,
    deadline: deadlineOf({ timeout, startedAt, since: now }),
    madeInTime: undefined,
    openedAt: Number.NaN,
    remembered: new Set(),
    arrived: 0,
  };
}

/** Creation times have a grain of a second: within it, nobody is late. */
function lastSecond({ metadata, spec }: Barrier): number | undefined {
  const timeout = firstSaid(spec.timeout);
  return timeout === undefined ? undefined : parseTime(metadata.creationTimestamp) + timeout + 999;
}
