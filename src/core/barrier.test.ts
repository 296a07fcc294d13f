import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type ArrivalBuilder,
  aBarrier,
  arrived,
  type BarrierBuilder,
  carriedOut,
  type Meeting,
} from '../../test/support/barriers.ts';
import { at, timeAt } from '../../test/support/claims.ts';
import { Arrival } from '../api/arrival.ts';
import { Barrier } from '../api/barrier.ts';
import { problemsOf } from '../api/validate.ts';
import { decideBarrier } from './barrier.ts';
import { generationOf } from './barrier-generation.ts';
import type { Moment } from './moment.ts';

interface Look {
  readonly now?: Moment;
  readonly since?: number;
  readonly completeUntil?: number;
}

function decide({ barrier, arrivals }: Meeting, { now = at(0), since = 0, completeUntil }: Look) {
  const facts = new Map(arrivals.map((arrival) => [arrival.object.metadata.uid, arrival.facts]));
  return decideBarrier({
    barrier: barrier.object,
    arrivals: arrivals.map(({ object }) => object),
    facts: ({ metadata }) => facts.get(metadata.uid) ?? arrived('nobody').facts,
    since: at(since),
    completeUntil: completeUntil === undefined ? undefined : at(completeUntil).elapsed,
    now,
  });
}

/** What becomes of it, in words: `Open 2 #1`, `a arrived #1`, `b TimedOut`. */
function outcomeOf(barrier: BarrierBuilder, arrivals: readonly ArrivalBuilder[], look: Look): string[] {
  const { swap, announce, collect } = decide({ barrier, arrivals }, look);
  const status = swap?.status ?? barrier.object.status;
  const holderOf = new Map(arrivals.map(({ object }) => [object.metadata.uid, object.spec.holder]));
  return [
    `${status?.phase} ${status?.arrived} #${status?.generation}`,
    ...announce.map(({ claim, reason, status }) =>
      reason === 'Recorded'
        ? `${holderOf.get(claim.uid)} arrived #${status.generation}`
        : `${holderOf.get(claim.uid)} ${reason}`,
    ),
    ...collect.map(({ uid }) => `${holderOf.get(uid)} collected`),
  ];
}

type Case = [promise: string, given: [BarrierBuilder, ...ArrivalBuilder[]], look: Look, then: string[]];

const promises = (cases: Case[]) =>
  it.each<Case>(cases)('%s', (_, [barrier, ...arrivals], look, then) => {
    expect(outcomeOf(barrier, arrivals, look)).toEqual(then);
  });

const three = aBarrier('stage').expected(3);
const two = aBarrier('stage').expected(2);
const [a, b, c] = [arrived('a'), arrived('b'), arrived('c')];

describe('a barrier', () => {
  promises([
    ['waits for everybody', [three, a, b], {}, ['Waiting 2 #1', 'a arrived #1', 'b arrived #1']],
    ['opens when all have arrived', [two, a, b], {}, ['Open 2 #1', 'a arrived #1', 'b arrived #1']],
    ['opens at its quorum', [three.quorum(2), b, a], {}, ['Open 2 #1', 'a arrived #1', 'b arrived #1']],
    [
      'counts holders, not their arrivals',
      [two, a, a.again('more')],
      {},
      ['Waiting 1 #1', 'a arrived #1', 'a arrived #1'],
    ],
    [
      'says so when more come than are expected',
      [two, a, b, c],
      {},
      ['Open 3 #1', 'a arrived #1', 'b arrived #1', 'c arrived #1'],
    ],
    ['lets in who comes late', [two.open(1, 'a', 'b'), c], { now: at(9) }, ['Open 3 #1', 'c arrived #1']],
    ['stays open when arrivals are deleted', [two.open(1, 'a', 'b')], { now: at(9) }, ['Open 2 #1']],
    ['stays open when more are expected', [three.open(1, 'a', 'b')], { now: at(9) }, ['Open 2 #1']],
    [
      'opens when fewer are expected',
      [two.status({ phase: 'Waiting', arrived: 2, arrivals: ['a', 'b'] })],
      {},
      ['Open 2 #1'],
    ],
    ['refuses who may not', [two, a.forbidden(), b], {}, ['Waiting 1 #1', 'b arrived #1', 'a NotAllowed']],
    ['has one generation', [two, a.generation(2)], {}, ['Waiting 0 #1', 'a NoSuchGeneration']],
    ['takes generation 0 as not said', [two, a.generation(0)], {}, ['Waiting 1 #1', 'a arrived #1']],
    ['fails those who wait when it is deleted', [two.deleted(), a], {}, ['Failed 1 #1', 'a arrived #1']],
    ['opens rather than fails', [two.deleted(), a, b], {}, ['Open 2 #1', 'a arrived #1', 'b arrived #1']],
    [
      'stays failed',
      [two.status({ phase: 'Failed', arrived: 0 }), a, b],
      {},
      ['Failed 0 #1', 'a BarrierFailed', 'b BarrierFailed'],
    ],
    [
      'does not count what was recorded for an earlier one',
      [two.remade('new', 60), a.recorded(), b.at(60)],
      { now: at(60), since: 60 },
      ['Waiting 1 #1', 'b arrived #1', 'a collected'],
    ],
    [
      'neither counts nor deletes what a later one recorded',
      [two, a.told({ phase: 'Recorded', barrierUID: 'later', arrivedAt: timeAt(60) })],
      {},
      ['Waiting 0 #1'],
    ],
    [
      'counts who came before it was made',
      [two.remade('new', 60), a, b],
      { now: at(60), since: 60 },
      ['Open 2 #1', 'a arrived #1', 'b arrived #1'],
    ],
    [
      'counts what an older operator recorded',
      [two, a.told({ phase: 'Recorded', arrivedAt: '2026-01-01T10:00:00Z' }), b],
      {},
      ['Open 2 #1', 'b arrived #1'],
    ],
    ['deletes nothing twice', [two, a.told({ phase: 'Denied' }).leaving()], { now: at(600) }, ['Waiting 0 #1']],
    [
      'collects a refusal that everybody has seen',
      [two, a.told({ phase: 'Denied' })],
      { now: at(600) },
      ['Waiting 0 #1', 'a collected'],
    ],
  ]);
});

describe('a barrier that remembers arrivals', () => {
  const waiting = three.status({ phase: 'Waiting', generation: 1, arrived: 2, arrivals: ['a', 'b'] });
  const many = Array.from({ length: 1_000 }, (_, index) => `h${index}`);
  const crowd = aBarrier('stage').expected(1_500).status({ phase: 'Waiting', arrived: 1_499, arrivals: many });

  promises([
    ['counts those whose arrival was deleted', [waiting, c], {}, ['Open 3 #1', 'c arrived #1']],
    [
      'counts those whose owner has finished',
      [waiting, a.recorded().owner('finished'), c],
      {},
      ['Open 3 #1', 'c arrived #1'],
    ],
    ['does not count them again when they come back', [waiting, a.again('back')], {}, ['Waiting 2 #1', 'a arrived #1']],
    ['opens a crowd late rather than early', [crowd, a], {}, ['Waiting 1499 #1', 'a arrived #1']],
  ]);

  it('names the first thousand and counts them all', () => {
    const arrivals = Array.from({ length: 1_002 }, (_, index) => arrived(`h${index}`));
    const { swap } = decide({ barrier: aBarrier('stage').expected(1_002), arrivals }, {});
    expect(swap?.status.arrived).toBe(1_002);
    expect(swap?.status.arrivals).toEqual(many);
    expect(swap?.status.phase).toBe('Open');
  });
});

describe('a barrier of those who are still there', () => {
  const live = two.live();
  const waiting = live.status({ phase: 'Waiting', generation: 1, arrived: 1, arrivals: ['a'] });

  promises([
    ['forgets who left before it opened', [waiting, b], {}, ['Waiting 1 #1', 'b arrived #1']],
    [
      'forgets whose owner has finished',
      [waiting, a.recorded().owner('finished'), b],
      {},
      ['Waiting 1 #1', 'b arrived #1'],
    ],
    ['forgets who is being deleted', [waiting, a.recorded().leaving(), b], {}, ['Waiting 1 #1', 'b arrived #1']],
    ['counts whose owner lives', [waiting, a.recorded().owner('alive'), b], {}, ['Open 2 #1', 'b arrived #1']],
    [
      'counts whose owner cannot be seen',
      [waiting, a.recorded().owner('unseen'), b],
      {},
      ['Open 2 #1', 'b arrived #1'],
    ],
    [
      'tells who came and finished that it does not count',
      [live, a.owner('finished')],
      {},
      ['Waiting 0 #1', 'a OwnerFinished'],
    ],
    ['stays open when they leave', [live.open(1, 'a', 'b')], { now: at(9) }, ['Open 2 #1']],
  ]);
});

describe('a barrier with a timeout of 30 s', () => {
  const timed = two.timeout('30s');
  const over = timed.status({ phase: 'Timeout', generation: 1, arrived: 1, arrivals: ['a'] });
  const from = (seconds: number) =>
    two.timeout('30m').status({ generation: 1, startedAt: timeAt(seconds), phase: 'Waiting', arrived: 0 });

  it('holds no clock of its own against who was made in time and is seen late', () => {
    const slow = (seconds: number): Moment => ({ ...at(seconds), wall: at(seconds - 25).wall });
    const late = b.at(20).seen(31);
    const { swap } = decideBarrier({
      barrier: timed.object,
      arrivals: [a.object, late.object],
      facts: ({ metadata }) => (metadata.uid === late.object.metadata.uid ? late.facts : a.facts),
      since: slow(0),
      now: slow(31),
    });
    expect(swap?.status.phase).toBe('Open');
  });

  promises([
    ['waits until then', [timed, a], { now: at(29.999) }, ['Waiting 1 #1', 'a arrived #1']],
    ['times out', [timed, a], { now: at(30) }, ['Timeout 1 #1', 'a arrived #1']],
    [
      'opens when the quorum is seen with the deadline',
      [timed, a, b.at(30)],
      { now: at(30) },
      ['Open 2 #1', 'a arrived #1', 'b arrived #1'],
    ],
    [
      'counts who came in time and is seen late',
      [timed, a, b.seen(31)],
      { now: at(31) },
      ['Open 2 #1', 'a arrived #1', 'b arrived #1'],
    ],
    [
      'sends away who came after it',
      [timed, a, b.at(31)],
      { now: at(31) },
      ['Timeout 1 #1', 'a arrived #1', 'b TimedOut'],
    ],
    [
      'does not time out while somebody may have been overlooked',
      [timed, a, b.at(31)],
      { now: at(31), completeUntil: 29 },
      ['Waiting 1 #1', 'a arrived #1'],
    ],
    [
      'times out once nobody can have been',
      [timed, a],
      { now: at(31), completeUntil: 30 },
      ['Timeout 1 #1', 'a arrived #1'],
    ],
    ['stays timed out', [over, a.recorded(), b], { now: at(99) }, ['Timeout 1 #1', 'b TimedOut']],
    ['records who was counted and not told', [over, a], { now: at(99) }, ['Timeout 1 #1', 'a arrived #1']],
    ['waits longer when told to', [timed.timeout('1m'), a], { now: at(59) }, ['Waiting 1 #1', 'a arrived #1']],
    ['waits shorter when told to', [timed.timeout('10s'), a], { now: at(10) }, ['Timeout 1 #1', 'a arrived #1']],
    ['takes 0s as not said', [timed.timeout('0s'), a], { now: at(99) }, ['Waiting 1 #1', 'a arrived #1']],
    [
      'waits on when the wall clock jumps ahead',
      [timed, a],
      { now: { ...at(5), wall: at(99_999).wall } },
      ['Waiting 1 #1', 'a arrived #1'],
    ],
    [
      'times out when the wall clock jumps back',
      [timed, a],
      { now: { ...at(30), wall: at(-99_999).wall } },
      ['Timeout 1 #1', 'a arrived #1'],
    ],
    [
      'counts on what is written after a restart, but a minute',
      [from(-1_200)],
      { now: at(659), since: 0 },
      ['Waiting 0 #1'],
    ],
    ['times out when that is over', [from(-1_200)], { now: at(660), since: 0 }, ['Timeout 0 #1']],
    ['waits the whole time when clocks disagree', [from(900)], { now: at(1_799), since: 0 }, ['Waiting 0 #1']],
  ]);

  it('looks again at the deadline', () => {
    expect(decide({ barrier: timed, arrivals: [a] }, { now: at(5) }).wakeAt).toBe(at(30).elapsed);
  });

  it('asks for a complete view when time is up', () => {
    const stalled = decide({ barrier: timed, arrivals: [a] }, { now: at(31), completeUntil: 29 });
    expect(stalled).toMatchObject({ catchUp: true, wakeAt: at(32).elapsed });
    expect(decide({ barrier: timed, arrivals: [a] }, { now: at(29) })).not.toHaveProperty('catchUp');
  });

  it('begins with its creation, however late it is seen first', () => {
    const late = decide({ barrier: timed, arrivals: [] }, { now: at(20), since: 20 });
    expect(late.swap?.status.startedAt).toBe('2026-01-01T10:00:00Z');
  });
});

describe('a cyclic barrier', () => {
  const cyclic = two.cyclic();
  const open = cyclic.open(5, 'a', 'b');
  const quorate = three.quorum(2).cyclic().open(5, 'a', 'b');
  const second = cyclic.status({ phase: 'Waiting', generation: 2, arrived: 0, startedAt: timeAt(8) });

  promises([
    ['opens as any other', [cyclic, a, b], {}, ['Open 2 #1', 'a arrived #1', 'b arrived #1']],
    ['stays open until the next arrival', [open, a.recorded(), b.recorded()], { now: at(99) }, ['Open 2 #1']],
    [
      'begins anew with the next arrival',
      [open, a.recorded(), a.again('a2').at(9)],
      { now: at(9) },
      ['Waiting 1 #2', 'a arrived #2'],
    ],
    ['begins anew with a holder it has not seen', [open, c.at(9)], { now: at(9) }, ['Waiting 1 #2', 'c arrived #2']],
    [
      'may open again at once',
      [open, a.again('a2').at(9), c.at(9)],
      { now: at(9) },
      ['Open 2 #2', 'c arrived #2', 'a arrived #2'],
    ],
    ['takes who was on its way as late', [quorate, c.at(5)], { now: at(6) }, ['Open 3 #1', 'c arrived #1']],
    [
      'takes who came after it had opened for the next',
      [quorate, c.at(9)],
      { now: at(9) },
      ['Waiting 1 #2', 'c arrived #2'],
    ],
    ['takes no more for late than were expected', [open, c.at(5)], { now: at(6) }, ['Waiting 1 #2', 'c arrived #2']],
    [
      'lets in who names the generation that is open',
      [open, c.at(9).generation(1)],
      { now: at(9) },
      ['Open 3 #1', 'c arrived #1'],
    ],
    [
      'lets in who names one that has been',
      [second, c.at(9).generation(1)],
      { now: at(9), since: 8 },
      ['Waiting 0 #2', 'c arrived #1'],
    ],
    ['begins what is named', [open, c.at(9).generation(2)], { now: at(9) }, ['Waiting 1 #2', 'c arrived #2']],
    ['lets wait who is ahead', [cyclic, a, c.generation(2)], {}, ['Waiting 1 #1', 'a arrived #1', 'c Ahead']],
    ['does not skip a generation', [open, c.at(9).generation(3)], { now: at(9) }, ['Open 2 #1', 'c Ahead']],
    [
      'does not count the last generation in the next',
      [second, a.recorded(), b.recorded()],
      { now: at(9), since: 8 },
      ['Waiting 0 #2'],
    ],
    [
      'counts each generation from its own beginning',
      [second.timeout('30s')],
      { now: at(37), since: 8 },
      ['Waiting 0 #2'],
    ],
    ['times out in each', [second.timeout('30s')], { now: at(38), since: 8 }, ['Timeout 0 #2']],
    [
      'begins no other once it has timed out',
      [second.status({ phase: 'Timeout' }), a.at(99), b.at(99).generation(3)],
      { now: at(99), since: 8 },
      ['Timeout 0 #2', 'a TimedOut', 'b NoSuchGeneration'],
    ],
    [
      'begins no other for who has finished',
      [open.live(), c.at(9).owner('finished')],
      { now: at(9) },
      ['Open 2 #1', 'c OwnerFinished'],
    ],
    [
      'collects what was recorded for an earlier one',
      [second, a.recorded(), b.recorded(2)],
      { now: at(608), since: 8 },
      ['Waiting 1 #2', 'a collected'],
    ],
  ]);

  it('says only once that somebody is ahead', () => {
    const meeting = { barrier: cyclic, arrivals: [c.generation(2)] };
    expect(decide(carriedOut(meeting, decide(meeting, {})), {}).announce).toEqual([]);
  });

  it('knows after a crash whom it had counted', () => {
    const meeting = { barrier: cyclic, arrivals: [a, b] };
    const crashed = carriedOut(meeting, decide(meeting, {}), 'the swap');
    expect(outcomeOf(crashed.barrier, crashed.arrivals, { now: at(9), since: 9 })).toEqual([
      'Open 2 #1',
      'a arrived #1',
      'b arrived #1',
    ]);
  });

  it('notes every arrival in a swap, even of a holder that it has counted: a stale operator must fail', () => {
    const waiting = carriedOut({ barrier: cyclic, arrivals: [a] }, decide({ barrier: cyclic, arrivals: [a] }, {}));
    const quiet = carriedOut(waiting, decide(waiting, {}));
    const { swap } = decide({ ...quiet, arrivals: [...quiet.arrivals, a.again('more')] }, {});
    expect(swap).toMatchObject({ urgent: true, status: { arrived: 1, intents: [{ uid: 'more', generation: 1 }] } });
  });

  it('notes who is late in a swap: the next generation would count it as well', () => {
    const late = decide({ barrier: quorate, arrivals: [c.at(5)] }, { now: at(6) });
    expect(late.swap).toMatchObject({ urgent: true, status: { intents: [{ uid: 'uid-c', generation: 1 }] } });
    const crashed = carriedOut({ barrier: quorate, arrivals: [c.at(5), a.again('a2').at(9)] }, late, 'the swap');
    expect(outcomeOf(crashed.barrier, crashed.arrivals, { now: at(9) })).toEqual([
      'Waiting 1 #2',
      'c arrived #1',
      'a arrived #2',
    ]);
  });

  it('notes who is late before it begins the next generation, however many they are', () => {
    const crowd = Array.from({ length: 300 }, (_, index) => arrived(`h${index}`).at(5));
    const barrier = aBarrier('stage').expected(302).quorum(2).cyclic().open(5, 'a', 'b');
    const first = decide({ barrier, arrivals: [...crowd, a.again('a2').at(9)] }, { now: at(9) });
    expect(first.swap?.status).toMatchObject({ phase: 'Open', generation: 1, arrived: 258 });
    expect(first.swap?.status.intents).toHaveLength(256);
  });

  it('notes as many as a status has room for, and the rest once those have been told', () => {
    const arrivals = Array.from({ length: 300 }, (_, index) => arrived(`h${index}`));
    const meeting = { barrier: aBarrier('stage').expected(300).cyclic(), arrivals };
    const first = decide(meeting, {});
    expect(first.swap?.status).toMatchObject({ phase: 'Waiting', arrived: 256 });
    const next = carriedOut(meeting, first);
    expect(decide(next, {}).swap?.status).toMatchObject({ phase: 'Open', arrived: 300 });
  });
});

describe('what a barrier says', () => {
  const conditionsAt = (barrier: BarrierBuilder, arrivals: ArrivalBuilder[], seconds: number) =>
    decide({ barrier, arrivals }, { now: at(seconds) }).swap?.status.conditions?.map(
      ({ type, status, reason, message }) => `${type} ${status} ${reason}: ${message}`,
    );

  it.each<[string, BarrierBuilder, ArrivalBuilder[], string[]]>([
    [
      'while it waits',
      three.quorum(2),
      [a],
      ['Open False Waiting: 1 of 3 have arrived; 2 are enough', 'Ready True BarrierReady: arrivals are counted'],
    ],
    [
      'when it is open',
      two,
      [a, b],
      ['Open True QuorumReached: 2 of 2 have arrived', 'Ready True BarrierReady: arrivals are counted'],
    ],
    [
      'when it timed out',
      two.timeout('9s'),
      [a],
      [
        'Open False TimedOut: too few came in time: 1 of 2 have arrived',
        'Ready False TimedOut: it is closed for good: delete it and make it anew',
      ],
    ],
  ])('%s', (_, barrier, arrivals, then) => expect(conditionsAt(barrier, arrivals, 10)).toEqual(then));

  it('tells an arrival which barrier counted it, and for which generation', () => {
    const [told] = decide({ barrier: two, arrivals: [a] }, {}).announce;
    expect(told?.status).toMatchObject({
      phase: 'Recorded',
      arrivedAt: timeAt(0),
      generation: 1,
      barrierUID: 'uid-stage',
    });
  });
});

/** Things that happen to a barrier, one after the other. */
type Happening =
  | { readonly what: 'arrives'; readonly holder: string; readonly generation?: number | undefined }
  | { readonly what: 'leaves'; readonly which: number }
  | { readonly what: 'passes'; readonly seconds: number }
  | { readonly what: 'steps back'; readonly seconds: number }
  | { readonly what: 'crashes' }
  | { readonly what: 'takes over' };

const happening: fc.Arbitrary<Happening> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      what: fc.constant('arrives' as const),
      holder: fc.constantFrom('a', 'b', 'c', 'd'),
      generation: fc.option(fc.integer({ min: 0, max: 4 }), { nil: undefined, freq: 3 }),
    }),
  },
  fc.record({ what: fc.constant('leaves' as const), which: fc.nat(20) }),
  fc.record({ what: fc.constant('passes' as const), seconds: fc.integer({ min: 1, max: 40 }) }),
  fc.record({ what: fc.constant('steps back' as const), seconds: fc.integer({ min: 1, max: 4_000 }) }),
  fc.record({ what: fc.constant('crashes' as const) }),
  fc.record({ what: fc.constant('takes over' as const) }),
);

const anyBarrier = fc
  .record({
    expected: fc.integer({ min: 1, max: 4 }),
    short: fc.nat(2),
    cyclic: fc.boolean(),
    live: fc.boolean(),
    timed: fc.boolean(),
  })
  .map(({ expected, short, cyclic, live, timed }) => {
    const base = aBarrier('stage')
      .expected(expected)
      .quorum(Math.max(1, expected - short));
    const shaped = [cyclic && 'cyclic', live && 'live'].reduce(
      (barrier, word) => (word === 'cyclic' ? barrier.cyclic() : word === 'live' ? barrier.live() : barrier),
      base,
    );
    return timed ? shaped.timeout('60s') : shaped;
  });

interface Step {
  readonly before: Meeting;
  readonly after: Meeting;
}

/** Every look of an operator while these things happen. */
function history(barrier: BarrierBuilder, happenings: readonly Happening[]): Step[] {
  let meeting: Meeting = { barrier, arrivals: [] };
  let [elapsed, wall, made] = [0, 0, 0];
  let since = at(0);
  const steps: Step[] = [];
  for (const event of happenings) {
    let until: 'the end' | 'the swap' = 'the end';
    if (event.what === 'arrives') {
      const one = arrived(event.holder).again(`${event.holder}-${++made}`).at(elapsed);
      const named = event.generation === undefined ? one : one.generation(event.generation);
      meeting = { ...meeting, arrivals: [...meeting.arrivals, named] };
    }
    if (event.what === 'leaves')
      meeting = { ...meeting, arrivals: meeting.arrivals.filter((_, index) => index !== event.which) };
    if (event.what === 'passes') elapsed += event.seconds;
    if (event.what === 'steps back') wall -= event.seconds;
    if (event.what === 'crashes') until = 'the swap';
    const now = { wall: at(elapsed + wall).wall, elapsed: at(elapsed).elapsed };
    if (event.what === 'takes over') since = now;
    const facts = new Map(meeting.arrivals.map((arrival) => [arrival.object.metadata.uid, arrival.facts]));
    const decision = decideBarrier({
      barrier: meeting.barrier.object,
      arrivals: meeting.arrivals.map(({ object }) => object),
      facts: ({ metadata }) => facts.get(metadata.uid) ?? arrived('nobody').facts,
      since,
      now,
    });
    const after = carriedOut(meeting, decision, until);
    if (generationOf(after.barrier.object) !== generationOf(meeting.barrier.object)) since = now;
    steps.push({ before: meeting, after });
    meeting = after;
  }
  return steps;
}

describe('whatever happens to a barrier', () => {
  const always = (name: string, holds: (steps: readonly Step[]) => void) =>
    it(name, () => {
      fc.assert(
        fc.property(anyBarrier, fc.array(happening, { maxLength: 25 }), (barrier, happenings) =>
          holds(history(barrier, happenings)),
        ),
        { numRuns: 300 },
      );
    });

  always('its phase goes one way in each generation, and generations only grow', (steps) => {
    for (const { before, after } of steps) {
      const [old, now] = [before.barrier.object.status, after.barrier.object.status];
      if (!old) continue;
      expect(now?.generation).toBeGreaterThanOrEqual(old.generation ?? 1);
      if (now?.generation === old.generation && old.phase !== 'Waiting') expect(now?.phase).toBe(old.phase);
      if (now?.generation !== old.generation) expect(old.phase).toBe('Open');
    }
  });

  always('it opens only when enough distinct holders came for that generation', (steps) => {
    const came = new Map<number, Set<string>>();
    for (const { after } of steps) {
      const { status, spec } = after.barrier.object;
      const number = status?.generation ?? 1;
      const holders = came.get(number) ?? new Set();
      came.set(number, holders);
      const noted = new Map(status?.intents?.map(({ uid, generation }) => [uid, generation]));
      for (const { object } of after.arrivals) {
        const told = object.status?.phase === 'Recorded' ? object.status.generation : undefined;
        // a crash leaves a barrier that is not cyclic without notes: then who is there and unanswered was counted
        const unanswered = spec.cyclic ? noted.get(object.metadata.uid) : number;
        if ((told ?? unanswered) === number) holders.add(object.spec.holder);
      }
      if (status?.phase === 'Open') expect(holders.size).toBeGreaterThanOrEqual(spec.quorum ?? spec.expected);
    }
  });

  always('an answer is given once and never changes', (steps) => {
    for (const { before, after } of steps) {
      const later = new Map(after.arrivals.map(({ object }) => [object.metadata.uid, object.status]));
      for (const { object } of before.arrivals)
        if (object.status?.phase) expect(later.get(object.metadata.uid) ?? object.status).toEqual(object.status);
    }
  });

  always('a remembered arrival never stops counting', (steps) => {
    for (const { before, after } of steps) {
      const [old, now] = [before.barrier.object, after.barrier.object];
      if (old.spec.arrivalPolicy === 'Live' || old.status?.generation !== now.status?.generation) continue;
      expect(now.status?.arrived).toBeGreaterThanOrEqual(old.status?.arrived ?? 0);
    }
  });

  always('whatever it writes, the API server takes', (steps) => {
    for (const { before, after } of steps) {
      expect(problemsOf(Barrier, after.barrier.object, before.barrier.object)).toEqual([]);
      const old = new Map(before.arrivals.map(({ object }) => [object.metadata.uid, object]));
      for (const { object } of after.arrivals)
        expect(problemsOf(Arrival, object, old.get(object.metadata.uid))).toEqual([]);
    }
  });

  const crowd = fc.array(
    fc.record({ holder: fc.constantFrom('a', 'b', 'c', 'd'), seconds: fc.nat(5), told: fc.boolean() }),
    { maxLength: 8 },
  );
  const peopleOf = (people: readonly { holder: string; seconds: number; told: boolean }[]) =>
    people.map(({ holder, seconds, told }, index) => {
      const one = arrived(holder).again(`${holder}-${index}`).at(seconds);
      return told ? one.recorded() : one;
    });

  it('a decision applied twice is a no-op', () => {
    fc.assert(
      fc.property(anyBarrier, crowd, fc.nat(90), (barrier, people, seconds) => {
        const meeting = { barrier, arrivals: peopleOf(people) };
        const look = { now: at(seconds) };
        let last = carriedOut(meeting, decide(meeting, look));
        // the notes of whom to tell are dropped by the next look
        last = carriedOut(last, decide(last, look));
        const again = decide(last, look);
        expect(again.swap).toBeUndefined();
        expect(again.announce).toEqual([]);
      }),
    );
  });

  it('the order in which arrivals are listed does not matter', () => {
    const shuffled = crowd
      .map(peopleOf)
      .chain((people) =>
        fc.record({ people: fc.constant(people), other: fc.shuffledSubarray(people, { minLength: people.length }) }),
      );
    fc.assert(
      fc.property(anyBarrier, shuffled, (barrier, { people, other }) => {
        const look = { now: at(10) };
        expect(decide({ barrier, arrivals: other }, look)).toEqual(decide({ barrier, arrivals: people }, look));
      }),
    );
  });

  it('duplicates change nothing', () => {
    fc.assert(
      fc.property(anyBarrier, crowd, (barrier, people) => {
        const all = peopleOf(people);
        const firsts = all.filter(
          ({ object }, index) => all.findIndex((other) => other.object.spec.holder === object.spec.holder) === index,
        );
        const seen = (arrivals: readonly ArrivalBuilder[]) => {
          const { phase, arrived, arrivals: names } = decide({ barrier, arrivals }, { now: at(10) }).swap?.status ?? {};
          return { phase, arrived, names: names?.toSorted() };
        };
        expect(seen(firsts)).toEqual(seen(all));
      }),
    );
  });
});
