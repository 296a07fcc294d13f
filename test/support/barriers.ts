import type { Arrival } from '../../src/api/arrival.ts';
import type { Barrier } from '../../src/api/barrier.ts';
import { API_VERSION } from '../../src/api/group.ts';
import type { ClaimFacts, Owner } from '../../src/core/claim.ts';
import type { Decision } from '../../src/core/decision.ts';
import { at, timeAt } from './claims.ts';

/** A barrier under construction: `aBarrier('stage').expected(3).quorum(2)`. It was made at the start. */
export interface BarrierBuilder {
  expected(expected: number): BarrierBuilder;
  quorum(quorum: number): BarrierBuilder;
  timeout(timeout: string): BarrierBuilder;
  cyclic(): BarrierBuilder;
  live(): BarrierBuilder;
  status(status: Partial<NonNullable<Barrier['status']>>): BarrierBuilder;
  /** Opened so many seconds after the start, by these. */
  open(seconds: number, ...holders: string[]): BarrierBuilder;
  deleted(): BarrierBuilder;
  /** Another one under the same name. */
  remade(uid: string, seconds: number): BarrierBuilder;
  readonly object: Barrier;
}

const BARRIER: Barrier = {
  apiVersion: API_VERSION,
  kind: 'Barrier',
  metadata: {
    name: '',
    namespace: 'default',
    uid: '',
    resourceVersion: '1',
    generation: 1,
    creationTimestamp: '2026-01-01T10:00:00Z',
  },
  spec: { expected: 1, cyclic: false, arrivalPolicy: 'Sticky' },
};

export const aBarrier = (name: string): BarrierBuilder =>
  barrierOf({ ...BARRIER, metadata: { ...BARRIER.metadata, name, uid: `uid-${name}` } });

function barrierOf(object: Barrier): BarrierBuilder {
  const spec = (change: Partial<Barrier['spec']>) => barrierOf({ ...object, spec: { ...object.spec, ...change } });
  const metadata = (change: Partial<Barrier['metadata']>) =>
    barrierOf({ ...object, metadata: { ...object.metadata, ...change } });
  const status = (change: Partial<NonNullable<Barrier['status']>>) =>
    barrierOf({ ...object, status: { ...object.status, ...change } });
  return {
    object,
    expected: (expected) => spec({ expected }),
    quorum: (quorum) => spec({ quorum }),
    timeout: (timeout) => spec({ timeout }),
    cyclic: () => spec({ cyclic: true }),
    live: () => spec({ arrivalPolicy: 'Live' }),
    status,
    open: (seconds, ...arrivals) =>
      status({ phase: 'Open', arrivals, arrived: arrivals.length, openedAt: timeAt(seconds), generation: 1 }),
    deleted: () => metadata({ deletionTimestamp: timeAt(0) }),
    remade: (uid, seconds) => metadata({ uid, creationTimestamp: inSeconds(seconds) }),
  };
}

/** An arrival and what an operator knows of it: `arrived('a').at(5)`. */
export interface ArrivalBuilder {
  /** Made and seen so many seconds after the start. */
  at(seconds: number): ArrivalBuilder;
  /** Seen so many seconds after the start, whenever it was made. */
  seen(seconds: number): ArrivalBuilder;
  /** Another object of the same holder. */
  again(uid: string): ArrivalBuilder;
  generation(generation: number): ArrivalBuilder;
  owner(owner: Owner): ArrivalBuilder;
  forbidden(): ArrivalBuilder;
  leaving(): ArrivalBuilder;
  told(status: NonNullable<Arrival['status']>): ArrivalBuilder;
  /** Counted by the barrier `stage` for this generation. */
  recorded(generation?: number): ArrivalBuilder;
  readonly object: Arrival;
  readonly facts: ClaimFacts;
}

let versions = 100;

/** An arrival at the start that nobody has answered. Those made later arrived later. */
export const arrived = (holder: string): ArrivalBuilder =>
  arrivalOf(
    {
      apiVersion: API_VERSION,
      kind: 'Arrival',
      metadata: {
        name: `stage-${holder}`,
        namespace: 'default',
        uid: `uid-${holder}`,
        resourceVersion: `${++versions}`,
        generation: 1,
        creationTimestamp: inSeconds(0),
      },
      spec: { barrier: 'stage', holder },
    },
    { seen: seenAt(0), owner: 'none', allowed: true },
  );

function arrivalOf(object: Arrival, facts: ClaimFacts): ArrivalBuilder {
  const metadata = (change: Partial<Arrival['metadata']>, known = facts) =>
    arrivalOf({ ...object, metadata: { ...object.metadata, ...change } }, known);
  const told = (status: NonNullable<Arrival['status']>) => arrivalOf({ ...object, status }, facts);
  return {
    object,
    facts,
    at: (seconds) => metadata({ creationTimestamp: inSeconds(seconds) }, { ...facts, seen: seenAt(seconds) }),
    seen: (seconds) => arrivalOf(object, { ...facts, seen: seenAt(seconds) }),
    again: (uid) => metadata({ uid, name: uid, resourceVersion: `${++versions}` }),
    generation: (generation) => arrivalOf({ ...object, spec: { ...object.spec, generation } }, facts),
    owner: (owner) => arrivalOf(object, { ...facts, owner }),
    forbidden: () => arrivalOf(object, { ...facts, allowed: false }),
    leaving: () => metadata({ deletionTimestamp: timeAt(0) }),
    told,
    recorded: (generation = 1) =>
      told({ phase: 'Recorded', generation, arrivedAt: timeAt(0), barrierUID: 'uid-stage' }),
  };
}

/** Whole seconds, as Kubernetes writes creation times. */
const inSeconds = (seconds: number): string => timeAt(Math.floor(seconds)).replace('.000000', '');

const seenAt = (seconds: number): ClaimFacts['seen'] => {
  const moment = at(seconds);
  return { first: moment, alive: moment, phase: moment, witnessed: false };
};

/** A barrier and those who came to it. */
export interface Meeting {
  readonly barrier: BarrierBuilder;
  readonly arrivals: readonly ArrivalBuilder[];
}

/** What is on the server once a decision has been carried out, wholly or until its swap. */
export function carriedOut(
  { barrier, arrivals }: Meeting,
  { swap, announce, collect }: Decision<NonNullable<Barrier['status']>>,
  until: 'the end' | 'the swap' = 'the end',
): Meeting {
  const gone = new Set(collect.map(({ uid }) => uid));
  const told = new Map(announce.map(({ claim, status }) => [claim.uid, status]));
  const after = barrierOf({ ...barrier.object, ...(swap && { status: swap.status }) });
  if (until === 'the swap') return { barrier: after, arrivals };
  return {
    barrier: after,
    arrivals: arrivals
      .filter(({ object }) => !gone.has(object.metadata.uid))
      .map((arrival) => {
        const status = told.get(arrival.object.metadata.uid);
        return status ? arrival.told({ ...arrival.object.status, ...status }) : arrival;
      }),
  };
}
