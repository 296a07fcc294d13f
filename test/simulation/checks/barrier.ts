import type { Arrival } from '../../../src/api/arrival.ts';
import type { Barrier } from '../../../src/api/barrier.ts';
import type { Write } from '../../../src/apiserver/store.ts';
import { admits, keyOf, span, targetOf } from '../objects.ts';

/** One Arrival, and for which generation it was counted, as far as anybody was told. */
export interface ArrivalRecord {
  object: Arrival;
  readonly bornAt: number;
  goneAt: number | undefined;
}

/** One life of a barrier, by true time. */
export interface Meeting {
  readonly uid: string;
  readonly bornAt: number;
  object: Barrier;
  startedAt: number;
  /** By uid of the Arrival. */
  readonly counted: Map<string, number>;
}

export interface Meetings {
  readonly meetings: ReadonlyMap<string, Meeting>;
  arrivalsAt(barrier: Barrier): readonly ArrivalRecord[];
  take(write: Write, at: number): string | undefined;
}

/** Follows barriers and Arrivals, and says what a write broke. */
export function meetings(): Meetings {
  const lives = new Map<string, Meeting>();
  const arrivals = new Map<string, ArrivalRecord>();

  const arrivalsAt = (barrier: Barrier): ArrivalRecord[] =>
    [...arrivals.values()].filter(({ object }) => targetOf(object) === keyOf(barrier));

  const takeArrival = ({ type, object }: Write, at: number): string | undefined => {
    const arrival = object as unknown as Arrival;
    const { uid } = arrival.metadata;
    const record = arrivals.get(uid) ?? { object: arrival, bornAt: at, goneAt: undefined };
    const before = record.object.status;
    record.object = arrival;
    if (type === 'DELETED') record.goneAt = at;
    arrivals.set(uid, record);
    const { phase, generation, barrierUID } = arrival.status ?? {};
    if (before?.phase && before.phase !== phase)
      return `${arrival.metadata.name} went from ${before.phase} to ${phase}`;
    if (phase !== 'Recorded' || before?.phase === 'Recorded') return undefined;
    const counted = lives.get(barrierUID ?? '')?.counted;
    const known = counted?.get(uid);
    counted?.set(uid, generation ?? 1);
    if (known !== undefined && known !== generation)
      return `${arrival.metadata.name} was counted for generation ${known} and told ${generation}`;
    return undefined;
  };

  const takeBarrier = ({ type, object }: Write, at: number): string | undefined => {
    const barrier = object as unknown as Barrier;
    const { uid } = barrier.metadata;
    const life = lives.get(uid) ?? { uid, bornAt: at, object: barrier, startedAt: at, counted: new Map() };
    lives.set(uid, life);
    const before = life.object;
    life.object = barrier;
    if (type === 'DELETED') return undefined;
    const [from, to] = [before.status, barrier.status];
    const [last, generation] = [from?.generation ?? 1, to?.generation ?? 1];
    if (generation !== last) {
      life.startedAt = at;
      if (generation !== last + 1 || from?.phase !== 'Open')
        return `generation ${last} (${from?.phase}) became ${generation}`;
    }
    for (const intent of to?.intents ?? []) {
      const known = life.counted.get(intent.uid);
      if (known !== undefined && known !== intent.generation)
        return `an Arrival counts for generation ${known} and for ${intent.generation}`;
      life.counted.set(intent.uid, intent.generation);
    }
    const phase = generation === last ? (from?.phase ?? 'Waiting') : 'Waiting';
    if (to?.phase === undefined || phase === to.phase) return undefined;
    if (phase !== 'Waiting') return `it went from ${phase} to ${to.phase} within generation ${generation}`;
    if (to.phase === 'Open') return opened(life, arrivalsAt(barrier));
    return to.phase === 'Timeout' ? timedOut(life, arrivalsAt(barrier), at) : undefined;
  };

  return {
    meetings: lives,
    arrivalsAt,
    take(write, at) {
      const { kind } = write.object;
      if (kind === 'Arrival') return takeArrival(write, at);
      return kind === 'Barrier' ? takeBarrier(write, at) : undefined;
    },
  };
}

const neededBy = ({ spec }: Barrier): number => spec.quorum ?? spec.expected;

const distinct = (records: readonly ArrivalRecord[]): number =>
  new Set(records.map(({ object }) => object.spec.holder)).size;

function opened(life: Meeting, all: readonly ArrivalRecord[]): string | undefined {
  const generation = life.object.status?.generation ?? 1;
  const came = all.filter((record) => mayCount(record, life, generation));
  const needed = neededBy(life.object);
  const there = distinct(came);
  return there >= needed ? undefined : `it opened with ${there} distinct holders of ${needed}`;
}

/** Whether it can have been counted for that generation at all. */
export function mayCount({ object, goneAt }: ArrivalRecord, life: Meeting, generation: number): boolean {
  const { metadata, spec, status } = object;
  const asked = spec.generation || undefined;
  const counted = life.counted.get(metadata.uid);
  if (counted !== undefined) return counted === generation;
  // a cyclic barrier says whom it counted, in the same write
  if (life.object.spec.cyclic || status?.phase !== undefined) return false;
  if (goneAt !== undefined && goneAt < life.bornAt) return false;
  return (asked === undefined || asked === generation) && admits(life.object, metadata.namespace);
}

/** Not before its time, and not when enough had come by then. */
function timedOut(life: Meeting, all: readonly ArrivalRecord[], at: number): string | undefined {
  const { spec } = life.object;
  const timeout = span(spec.timeout) || Number.POSITIVE_INFINITY;
  const waited = at - life.startedAt;
  if (waited < timeout) return `it timed out after ${waited} ms of ${timeout}`;
  if (spec.cyclic || spec.arrivalPolicy === 'Live') return undefined;
  const due = life.startedAt + timeout;
  const inTime = all.filter(
    (record) => record.bornAt <= due && record.goneAt === undefined && mayCount(record, life, 1),
  );
  const there = distinct(inTime);
  return there < neededBy(life.object) ? undefined : `it timed out although ${there} had come in time`;
}
