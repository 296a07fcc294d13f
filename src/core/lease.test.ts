import { describe, expect, it } from 'vitest';
import {
  aLease,
  asking,
  at,
  type ClaimBuilder,
  CREATED_AT,
  factsOf,
  holding,
  type LeaseBuilder,
  timeAt,
} from '../../test/support/claims.ts';
import type { LeaseRequest } from '../api/lease-request.ts';
import { decideLease } from './lease.ts';

type Request = ClaimBuilder<LeaseRequest>;

const decide = (lease: LeaseBuilder, requests: readonly Request[], seconds: number) =>
  decideLease({
    lease: lease.object,
    requests: requests.map(({ object }) => object),
    facts: factsOf(requests),
    now: at(seconds),
  });

/** What becomes of the requests: `granted a #1`, `RevocationRequested b`, `Preempted c`. */
function outcomeOf(lease: LeaseBuilder, requests: readonly Request[], seconds: number): string[] {
  const { revoke, announce } = decide(lease, requests, seconds);
  const told = [...revoke, ...announce].map(({ claim, reason, status }) =>
    reason === 'Granted' ? `granted ${claim.name} #${Number(status.token) - CREATED_AT}` : `${reason} ${claim.name}`,
  );
  return told.filter((line) => !line.startsWith('Waiting'));
}

const main = aLease('main');
const untaken = main.with({ preemption: 'Never' });
const x = holding('x');
const [a, b] = [asking('a'), asking('b')];
const urgent = asking('urgent').priority(9);
const asked = x.asked(0);

describe('a lease', () => {
  it.each<[promise: string, given: [LeaseBuilder, ...Request[]], atSecond: number, then: string[]]>([
    ['has one holder', [main, b, a], 0, ['granted a #1']],
    ['is waited for by an equal priority', [main, x, a], 599.999, []],
    ['passes on when it expires', [main, x, a], 600, ['NotRenewed x', 'granted a #1']],
    ['keeps a grant that its request does not know of', [main.intent('a', 101), a, b], 0, ['granted a #1']],
    ['sends waiters away while it is being deleted', [main.deleted(), x, a], 0, ['Terminating a']],
    ['tries once when the timeout is 0s', [main, x, a.with({ timeout: '0s' })], 0, ['TimedOut a']],

    ['asks a holder of lower priority to let go', [main, x, urgent], 0, ['RevocationRequested x']],
    ['asks once', [main, asked, urgent], 1, []],
    ['takes by the priority of the lease when a request names none', [main.with({ priority: 9 }), x, urgent], 0, []],
    ['takes nothing from who has not been asked', [main, x, urgent], 40, ['RevocationRequested x']],
    ['leaves the holder its grace', [main, asked, urgent], 29.999, []],
    ['takes it when the grace is over', [main, asked, urgent], 30, ['Preempted x', 'granted urgent #1']],
    [
      'takes it at once without a grace',
      [main.with({ gracePeriod: '0s' }), x, urgent],
      0,
      ['Preempted x', 'granted urgent #1'],
    ],
    [
      'lets a try take it at once without a grace',
      [main.with({ gracePeriod: '0s' }), x, urgent.with({ timeout: '0s' })],
      0,
      ['Preempted x', 'granted urgent #1'],
    ],
    ['does not ask for a try', [main, x, urgent.with({ timeout: '0s' })], 0, ['TimedOut urgent']],
    ['counts the grace from when this operator saw the request', [main, x.asked(20), urgent], 49.999, []],
    [
      'goes to the one it was taken for, not to who came first',
      [main, a, asked, urgent],
      30,
      ['Preempted x', 'granted urgent #1'],
    ],
    ['goes to it as well when the holder lets go', [main, a, urgent.since(0)], 5, ['granted urgent #1']],
    ['goes to who is next when that one has left', [main, a], 5, ['granted a #1']],
    [
      'goes to it after a crash between the telling and the swap',
      [main, a, x.told({ phase: 'Lost', token: 1 }), urgent],
      30,
      ['granted urgent #1'],
    ],
    ['takes the request back when nobody of higher priority is left', [main, asked, a], 10, ['Withdrawn x']],
    [
      'takes it back when the one has run out of time',
      [main, asked, urgent.with({ timeout: '10s' })],
      10,
      ['TimedOut urgent', 'Withdrawn x'],
    ],
    [
      'takes nothing for one whose time was over first',
      [main, asked, urgent.with({ timeout: '10s' })],
      40,
      ['TimedOut urgent', 'Withdrawn x'],
    ],
    ['takes it back when preemption is switched off', [untaken, asked, urgent], 30, ['Withdrawn x']],
    ['keeps asking for another of higher priority', [main, asked, asking('other').priority(1)], 10, []],
    ['is never taken without preemption', [untaken, x, urgent], 599, []],
    ['is not taken for a namespace that may not', [main, x, urgent.forbidden()], 0, ['NotAllowed urgent']],
    ['is not taken for somebody who is leaving', [main, x, urgent.leaving()], 0, []],
    ['tells a grant before it asks for it back', [main.intent('x', 101), asking('x'), urgent], 0, ['granted x #1']],
    ['is not taken in turns', [main, x.told({ phase: 'Lost', token: 1 }), holding('urgent', 2).priority(9), a], 30, []],
    [
      'makes nobody wait by patience where priority takes',
      [main.status({ token: CREATED_AT + 3 }), a, urgent.since(601)],
      601,
      ['granted urgent #4'],
    ],
    [
      'lets patience count where it does not',
      [untaken.status({ token: CREATED_AT + 3 }), a, urgent.since(601)],
      601,
      ['granted a #4'],
    ],
  ])('%s', (_, [lease, ...requests], seconds, then) => {
    expect(outcomeOf(lease, requests, seconds)).toEqual(then);
  });

  it('tells the holder for whom and until when', () => {
    const patch = decide(main, [x, urgent], 10).announce.find(({ claim }) => claim.name === 'x');
    expect(patch?.message).toBe(`a request of priority 9 waits: release before ${timeAt(40)}, when the hold is taken`);
    expect(patch?.status.conditions).toMatchObject([
      { type: 'RevocationRequested', status: 'True', reason: 'Preempted' },
    ]);
  });

  it('asks a holder whose list of conditions others have filled, and keeps what was said before', () => {
    const say = (type: string) =>
      ({ type, status: 'True', reason: 'Because', message: '', lastTransitionTime: timeAt(0) }) as const;
    const conditions = [...Array.from({ length: 15 }, (_, index) => say(`Other${index}`)), say('Granted')];
    const full = x.told({ ...x.object.status, conditions });
    const patch = decide(main, [full, urgent], 10).announce.find(({ claim }) => claim.name === 'x');
    const types = (patch?.status.conditions as typeof conditions | undefined)?.map(({ type }) => type) ?? [];
    expect(types).toHaveLength(16);
    expect(types.slice(0, 3)).toEqual(['RevocationRequested', 'Granted', 'Other0']);
  });

  it('looks again when the grace is over', () => {
    expect(decide(main, [asked, urgent], 10).wakeAt).toBe(30_000);
  });

  it('tells of a loss as Lost, and keeps the token', () => {
    expect(decide(main, [asked, urgent], 30).revoke[0]?.status).toMatchObject({ phase: 'Lost', token: 1 });
  });

  it('shows its holder', () => {
    expect(decide(main, [x.renewed(60), a], 61).swap?.status).toMatchObject({
      holder: 'x',
      acquiredAt: timeAt(0),
      acquired: timeAt(0),
      expiresAt: timeAt(660),
      renewCount: 1,
      waiting: 1,
      phase: 'Held',
      intents: [],
      observedGeneration: 1,
      conditions: [
        { type: 'Ready', status: 'True' },
        { type: 'Held', status: 'True', message: 'held by x' },
      ],
    });
  });

  it('shows that it is free', () => {
    const status = decide(main, [], 0).swap?.status;
    expect(status).toMatchObject({ phase: 'Available', waiting: 0, token: CREATED_AT });
    expect(status).not.toHaveProperty('holder');
    expect(status?.conditions?.find(({ type }) => type === 'Held')?.status).toBe('False');
  });

  it('tells of a renewal and of a request to let go in one patch', () => {
    const { announce } = decide(main, [x.renewed(60), urgent], 61);
    const told = announce.filter(({ claim }) => claim.name === 'x');
    expect(told).toHaveLength(1);
    expect(told[0]?.status).toMatchObject({
      expiresAt: timeAt(660),
      renewCount: 1,
      conditions: [{ status: 'True' }],
    });
  });

  it('counts a renewal once', () => {
    const told = { ...x.object.status, phase: 'Granted', expiresAt: timeAt(660), renewCount: 1 } as const;
    expect(decide(main, [x.told(told).renewed(60)], 61).announce).toEqual([]);
  });

  it('says when a request was first seen', () => {
    expect(decide(main, [a.since(-5)], 0).announce[0]?.status).toMatchObject({ requestedAt: timeAt(-5) });
    expect(decide(main, [x, a.since(-5)], 0).announce[0]?.status).toMatchObject({
      phase: 'Pending',
      requestedAt: timeAt(-5),
    });
  });
});
