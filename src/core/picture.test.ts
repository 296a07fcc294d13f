import { describe, expect, it } from 'vitest';
import { aBarrier, arrived } from '../../test/support/barriers.ts';
import {
  aLease,
  aSemaphore,
  asking,
  at,
  type ClaimBuilder,
  factsOf,
  held,
  holding,
  START,
  timeAt,
  waiting,
} from '../../test/support/claims.ts';
import { aGate } from '../../test/support/gates.ts';
import type { Permit } from '../api/permit.ts';
import type { Semaphore } from '../api/semaphore.ts';
import { inWords, ordinal, pictureOf, waitsFor } from './picture.ts';
import { decideSemaphore } from './semaphore.ts';

const HOUR = 3_600;

/** Claims are made an hour before the start, and asked about so many seconds after it. */
const seen = (resource: { readonly object: Semaphore }, claims: readonly ClaimBuilder[], seconds = 0) =>
  pictureOf(
    resource.object,
    claims.map(({ object }) => object),
    START + seconds * 1_000,
  );

const fresh = (name: string): ClaimBuilder => {
  const builder = waiting(name);
  return {
    ...builder,
    object: { ...builder.object, metadata: { ...builder.object.metadata, creationTimestamp: timeAt(0) } },
  };
};

describe('the picture of a semaphore', () => {
  const db = aSemaphore('db').permits(2);

  it('shows who holds, the oldest first, and with which token', () => {
    const { holds, inUse, free } = seen(db, [held('b', 8), held('a', 7)]);
    expect(holds.map(({ holder, token, until }) => [holder, token, until])).toEqual([
      ['a', 7, START + 600_000],
      ['b', 8, START + 600_000],
    ]);
    expect([inUse, free]).toEqual([2, 0]);
  });

  it('shows a grant that its claim does not say yet', () => {
    const { holds, waiting: line } = seen(db.intent('a', 7), [waiting('a'), waiting('b')]);
    expect(holds.map(({ holder }) => holder)).toEqual(['a']);
    expect(line.map(({ holder, why }) => [holder, why])).toEqual([['b', 'Next']]);
  });

  it('leaves out who is on the way out, and who was refused', () => {
    const refused = db.status({
      refusals: [{ claim: 'c', namespace: 'default', uid: 'uid-c', reason: 'TimedOut' }],
    });
    expect(seen(refused, [waiting('a').leaving(), waiting('b'), waiting('c')]).waiting).toMatchObject([
      { holder: 'b' },
    ]);
  });

  it.each([
    { given: 'arrival', line: ['a', 'b', 'c'], claims: [fresh('a'), fresh('b'), fresh('c')] },
    { given: 'priority', line: ['c', 'a', 'b'], claims: [fresh('a'), fresh('b'), fresh('c').priority(5)] },
    {
      given: 'patience, at every fourth token',
      line: ['young', 'also', 'third', 'old'],
      claims: [
        waiting('old').priority(0),
        fresh('young').priority(1),
        fresh('also').priority(1),
        fresh('third').priority(1),
      ],
    },
  ])('orders who waits as the engine grants: by $given', ({ line, claims }) => {
    const semaphore = aSemaphore('db').permits(1);
    const { waiting: shown } = seen(semaphore, claims);
    expect(shown.map(({ holder }) => holder)).toEqual(line);
    expect(grantedInTurn(semaphore.object, claims)).toEqual(line);
  });

  it.each([
    { why: 'NoRoom', given: [held('a', 1), held('b', 2), waiting('c')], of: 'c' },
    { why: 'NoRoom', given: [held('a', 1), waiting('big').weight(2)], of: 'big' },
    { why: 'Behind', given: [held('a', 1), waiting('big').weight(2), waiting('c')], of: 'c' },
    { why: 'TooHeavy', given: [waiting('big').weight(3)], of: 'big' },
    { why: 'Next', given: [held('a', 1), waiting('c')], of: 'c' },
  ])('says why $of waits: $why', ({ why, given, of }) => {
    expect(seen(db, given).waiting.find(({ holder }) => holder === of)?.why).toBe(why);
  });

  it('grants nothing while it is being deleted', () => {
    expect(seen(db.deleted(), [waiting('a')]).waiting).toMatchObject([{ why: 'Closing', expectedAt: undefined }]);
  });

  describe('foretells from how long holds have lasted', () => {
    const since = (name: string, token: number, seconds: number) =>
      held(name, token).told({ phase: 'Granted', token, acquiredAt: timeAt(seconds), expiresAt: timeAt(HOUR) });

    it('when each may have its turn', () => {
      // tokens 10 to 14 in 120 s, two at once: a hold lasts a minute
      const claims = [since('a', 10, 0), since('b', 14, 120), waiting('c'), waiting('d'), waiting('e')];
      const { usualHold, waiting: line } = seen(db, claims, 130);
      expect(usualHold).toBe(60_000);
      expect(line.map(({ expectedAt }) => expectedAt && (expectedAt - START) / 1_000)).toEqual([130, 180, 190]);
    });

    it.each([
      { when: 'one holds', claims: [since('a', 10, 0)] },
      { when: 'it has only just filled', claims: [since('a', 10, 0), since('b', 11, 5)] },
    ])('nothing when $when', ({ claims }) => {
      expect(seen(db, [...claims, waiting('c')]).waiting).toMatchObject([{ expectedAt: undefined }]);
    });
  });
});

describe('what somebody waits for, in one sentence', () => {
  const five = aSemaphore('db').permits(5);
  const all = ['a', 'b', 'c', 'd', 'e'].map((name, index) => held(name, index + 1));
  const line = ['t', 'u', 'v', 'w', 'x', 'y', 'z'].map((name) => waiting(name));
  const of = (picture: Parameters<typeof waitsFor>[0], name: string) =>
    waitsFor(picture, { metadata: { uid: `uid-${name}` } });

  it('has the place in line and the next end', () => {
    expect(of(seen(five, [...all, ...line], 360), 'v')).toBe(
      '3rd of 7 waiting for 5 permits; the oldest hold expires in 4m',
    );
  });

  it.each([
    {
      says: '1st of 1 waiting for 2 permits; there is room: it is granted as soon as the operator sees it',
      given: [held('a', 1), waiting('z')],
    },
    {
      says: '1st of 1 waiting for 2 permits; it takes 2 and 1 are free; the oldest hold expires in 10m',
      given: [held('a', 1), waiting('z').weight(2)],
    },
    {
      says: '1st of 1 waiting for 2 permits; it takes 3 and there are only 2: it will be denied',
      given: [waiting('z').weight(3)],
    },
    {
      says: '2nd of 2 waiting for 2 permits; somebody before it needs more room than there is',
      given: [held('a', 1), waiting('big').weight(2), waiting('z')],
    },
    {
      says: '1st of 1 waiting for 2 permits; the oldest hold lasts as long as its owner runs',
      given: [held('a', 1).with({ renewal: 'Owner' }), held('b', 2), waiting('z')],
    },
    { says: '0 waiting for 2 permits; 1 of them free', given: [held('a', 1)] },
  ])('$says', ({ says, given }) => {
    expect(of(seen(aSemaphore('db').permits(2), given), 'z')).toBe(says);
  });

  it('of a lease names its holder', () => {
    const claims = [holding('ann').object, asking('z').object];
    expect(of(pictureOf(aLease('main').object, claims, START), 'z')).toBe(
      '1st of 1 waiting for the lease; ann holds it and expires in 10m',
    );
  });

  it.each([
    {
      says: 'waiting for 2 more: 1 of 3 have arrived; times out in 5m',
      given: aBarrier('b')
        .expected(3)
        .timeout('5m')
        .status({ arrived: 1, arrivals: ['a'] }),
    },
    {
      says: 'waiting for 1 more: 1 of 3 have arrived, 2 are enough',
      given: aBarrier('b').expected(3).quorum(2).status({ arrived: 1 }),
    },
    { says: 'open: 1 of 1 have arrived', given: aBarrier('b').expected(1).open(5, 'a') },
    {
      says: 'closed for good, too few came in time: 0 of 1 have arrived',
      given: aBarrier('b').expected(1).status({ phase: 'Timeout' }),
    },
  ])('of a barrier: $says', ({ says, given }) => {
    expect(waitsFor(pictureOf(given.object, [arrived('a').object], START))).toBe(says);
  });
});

describe('what is waited for at a gate', () => {
  const gate = aGate('go').on({ job: 'load' }, { job: 'check' });

  it.each([
    { says: '0 of 2 met; waiting for job load to be Complete, job check to be Complete', given: gate },
    {
      says: '1 of 2 met; waiting for job check to be Complete',
      given: gate.status({
        conditionStatuses: [
          { type: 'Job', name: 'load', met: true },
          { type: 'Job', name: 'check', met: false },
        ],
      }),
    },
    { says: 'open', given: gate.status({ phase: 'Open' }) },
    { says: 'waiting for somebody to open it', given: aGate('go') },
  ])('$says', ({ says, given }) => {
    expect(waitsFor(pictureOf(given.object, [], START))).toBe(says);
  });
});

describe('words', () => {
  it.each([
    [240_000, '4m'],
    [61_500, '1m1s'],
    [3_661_000, '1h1m'],
    [100 * 3_600_000 + 1, '100h'],
    [0, '0s'],
  ])('%i ms are %s', (milliseconds, words) => {
    expect(inWords(milliseconds)).toBe(words);
  });

  it('count', () => {
    expect([1, 2, 3, 4, 11, 12, 13, 21, 112].map(ordinal)).toEqual([
      ...['1st', '2nd', '3rd', '4th', '11th', '12th', '13th', '21st', '112th'],
    ]);
  });
});

/** What the engine does with one permit: who gets each grant when the one before has been released. */
function grantedInTurn(semaphore: Semaphore, claims: readonly ClaimBuilder[]): string[] {
  const facts = factsOf(
    claims.map((claim) => (claim.object.metadata.creationTimestamp === timeAt(0) ? claim : claim.since(-HOUR))),
  );
  const order: string[] = [];
  let now = semaphore;
  let left: readonly Permit[] = claims.map(({ object }) => object);
  while (left.length > 0) {
    const { swap } = decideSemaphore({ semaphore: now, permits: left, facts, now: at(0) });
    const [granted] = swap?.status.intents ?? [];
    if (!granted || !swap) break;
    order.push(granted.holder);
    now = { ...now, status: { ...swap.status, intents: [] } };
    left = left.filter(({ metadata }) => metadata.uid !== granted.uid);
  }
  return order;
}
