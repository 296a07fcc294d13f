import { describe, expect, it } from 'vitest';
import {
  aSemaphore,
  at,
  type ClaimBuilder,
  CREATED_AT,
  factsOf,
  held,
  type SemaphoreBuilder,
  START,
  timeAt,
  waiting,
} from '../../test/support/claims.ts';
import type { Permit } from '../api/permit.ts';
import { decideSemaphore } from './semaphore.ts';

const decide = (semaphore: SemaphoreBuilder, claims: readonly ClaimBuilder[], seconds: number) =>
  decideSemaphore({
    semaphore: semaphore.object,
    permits: claims.map(({ object }) => object),
    facts: factsOf(claims),
    now: at(seconds),
  });

/** What becomes of the claims: `granted a #1`, `TimedOut c`; `#1` is the first token of a new semaphore. */
function outcomeOf(semaphore: SemaphoreBuilder, claims: readonly ClaimBuilder[], seconds: number): string[] {
  const { revoke, announce } = decide(semaphore, claims, seconds);
  const told = [...revoke, ...announce].map(({ claim, reason, status }) =>
    reason === 'Granted' ? `granted ${claim.name} #${Number(status.token) - CREATED_AT}` : `${reason} ${claim.name}`,
  );
  return told.filter((line) => !line.startsWith('Waiting'));
}

const db = aSemaphore('db').permits(3);
const heavy = waiting('heavy').weight(2);
const [a, b, c, d, e] = ['a', 'b', 'c', 'd', 'e'].map(waiting) as [
  ClaimBuilder,
  ClaimBuilder,
  ClaimBuilder,
  ClaimBuilder,
  ClaimBuilder,
];

describe('a semaphore with 3 permits', () => {
  it.each<[promise: string, given: [SemaphoreBuilder, ...ClaimBuilder[]], atSecond: number, then: string[]]>([
    ['grants in order of arrival', [db, b, a], 0, ['granted a #1', 'granted b #2']],
    ['grants in order of arrival, whatever the names', [db.permits(1), waiting('aa'), b], 0, ['granted b #1']],
    ['grants all that fit in one pass', [db, a, b, c, d], 0, ['granted a #1', 'granted b #2', 'granted c #3']],
    ['never passes its limit', [db, held('x'), held('y'), held('z'), d], 0, []],
    ['lets a higher priority go first', [db.permits(1), a, b.priority(1)], 0, ['granted b #1']],
    ['is not overtaken in strict order', [db, held('x'), held('y'), heavy, e], 0, []],
    [
      'lets lighter claims pass in best effort',
      [db.with({ ordering: 'BestEffort' }), held('x'), held('y'), heavy, waiting('late')],
      0,
      ['granted late #1'],
    ],
    [
      'lets nobody pass for ever',
      [db.with({ ordering: 'BestEffort' }), held('x'), held('y'), heavy, waiting('late')],
      60,
      [],
    ],
    ['counts weight', [db, heavy, waiting('late').weight(2)], 0, ['granted heavy #1']],
    ['refuses at once what can never fit', [db, waiting('huge').weight(4), a], 0, ['granted a #1', 'TooHeavy huge']],
    ['refuses at once who may not', [db, a.forbidden()], 0, ['NotAllowed a']],
    ['counts an intent as held', [db.permits(1).intent('a', 101), a, b], 0, ['granted a #1']],
    [
      'grants nothing that an earlier swap has refused',
      [db.refusal('a', 'TimedOut'), a, b],
      0,
      ['granted b #1', 'TimedOut a'],
    ],
    ['refuses nothing that it finds granted', [db.intent('a', 101).refusal('a', 'TimedOut'), a], 0, ['granted a #1']],
    ['tells a refusal to who is leaving, too', [db.refusal('a', 'TimedOut'), a.leaving()], 0, ['TimedOut a']],
    [
      'counts who was granted, and denied by who had not seen it, and tells it nothing more',
      [db.permits(1).intent('a', 101), a.told({ phase: 'Denied' }), b],
      599,
      [],
    ],
    [
      'passes on what a denied one held when its time is over',
      [db.permits(1).intent('a', 101), a.told({ phase: 'Denied' }), b],
      600,
      ['granted b #2'],
    ],
    ['forgets an intent whose claim is gone', [db.permits(1).intent('gone', 101), b], 0, ['granted b #2']],
    [
      'tells of an expiry before it passes the permit on',
      [db.permits(1), held('x'), d],
      600,
      ['NotRenewed x', 'granted d #1'],
    ],
    ['expires nothing early', [db.permits(1), held('x'), d], 599.999, []],
    ['counts from the renewal it saw', [db.permits(1), held('x').renewed(300), d], 600, ['Renewed x']],
    ['keeps what its owner keeps', [db.permits(1), held('x').with({ renewal: 'Owner' }).owner('alive'), d], 9_999, []],
    [
      'takes back what a finished owner left',
      [db.permits(1), held('x').with({ renewal: 'Owner' }).owner('finished'), d],
      1,
      ['OwnerFinished x', 'granted d #1'],
    ],
    [
      'falls back on the ttl when the owner cannot be seen',
      [db.permits(1), held('x').with({ renewal: 'Owner' }).owner('unseen')],
      600,
      ['NotRenewed x'],
    ],
    [
      'takes back a grant that nobody confirmed',
      [db.permits(1), held('x').with({ confirmWithin: '10s' })],
      10,
      ['NotConfirmed x'],
    ],
    [
      'asks for no confirmation after the first renewal',
      [db.permits(1), held('x').with({ confirmWithin: '10s' }).renewed(5)],
      20,
      ['Renewed x'],
    ],
    ['tries once when the timeout is 0s', [db.permits(1), held('x'), d.with({ timeout: '0s' })], 0, ['TimedOut d']],
    ['grants a try that fits', [db, d.with({ timeout: '0s' })], 0, ['granted d #1']],
    ['lets a waiter give up in time', [db.permits(1), held('x'), d.with({ timeout: '5s' })], 5, ['TimedOut d']],
    [
      'never ends a grant by the time its waiter had',
      [db.permits(1).intent('a', 101), a.with({ timeout: '5s' })],
      6,
      ['granted a #1'],
    ],
    [
      'sends the newest away when too many wait',
      [db.permits(1).with({ maxWaiters: 1 }), held('x'), a, b.priority(9)],
      0,
      ['QueueFull b'],
    ],
    [
      'gives every fourth grant to who is overdue',
      [db.permits(1).status({ token: CREATED_AT + 3 }), a, b.priority(9).since(601)],
      601,
      ['granted a #4'],
    ],
    ['takes nothing away when it shrinks', [db.permits(1), held('x'), held('y'), d], 0, []],
    [
      'caps what may be asked for',
      [db.with({ maxTTL: '1m' }), held('x').told({ phase: 'Granted', ttl: '1m' }).with({ ttl: '1h' }).renewed(0)],
      60,
      ['NotRenewed x'],
    ],
    ['takes nothing away when its ttl shrinks', [db.permits(1).with({ ttl: '1m' }), held('x'), d], 599.999, []],
    [
      'takes nothing away when its ttl has shrunk and a holder renews, who counts as it was told',
      [db.permits(1).with({ ttl: '1m' }), held('x').renewed(300), d],
      899.999,
      ['Renewed x'],
    ],
    [
      'nor when what may be asked for has',
      [db.permits(1).with({ maxTTL: '1m' }), held('x').with({ ttl: '10m' }).renewed(300), d],
      899.999,
      ['Renewed x'],
    ],
    [
      'gives what its owner kept a whole ttl once the owner is out of sight',
      [db.permits(1), held('x').with({ renewal: 'Owner' }).owner('unseen', 5_000)],
      5_599.999,
      [],
    ],
    [
      'ends what its owner kept when the owner stays out of sight',
      [db.permits(1), held('x').with({ renewal: 'Owner' }).owner('unseen', 5_000)],
      5_600,
      ['NotRenewed x'],
    ],
    [
      'ends an intent as any hold, and does no more before that is known',
      [db.permits(1).intent('a', 101), a, b],
      600,
      ['NotRenewed a'],
    ],
    [
      'does not end a grant again that was told its end',
      [db.permits(1).intent('a', 101), a.told({ phase: 'Expired', token: 101 }), b],
      600,
      ['granted b #2'],
    ],
    [
      'gives a restarted operator the whole time again',
      [db.permits(1).intent('a', 101), a.since(500), b],
      1_000,
      ['granted a #1'],
    ],
    [
      'lets a waiter of a restarted operator wait anew',
      [db.permits(1), held('x').since(500), d.with({ timeout: '10s' }).since(500)],
      509.999,
      [],
    ],
    [
      'tells a claim its token again when it has lost it',
      [db.permits(1).intent('a', 101), a.told({ phase: 'Granted' })],
      1,
      ['granted a #1'],
    ],
    ['keeps a hold whose token nobody knows', [db.permits(1), a.told({ phase: 'Granted' }), b], 1, []],
    ['grants nothing to a claim that is over', [db, a.told({ phase: 'Expired', token: 7 }), b], 0, ['granted b #1']],
    ['grants nothing to who is leaving', [db, a.leaving(), b], 0, ['granted b #1']],
    ['keeps the hold of who is leaving until it is gone', [db.permits(1), held('x').leaving(), d], 1, []],
    [
      'keeps what a namespace holds that may no more',
      [db.permits(1), held('x').forbidden(), d.forbidden()],
      1,
      ['NotAllowed d'],
    ],
    [
      'keeps a grant to a namespace that may no more',
      [db.permits(1).intent('a', 101), a.forbidden()],
      1,
      ['granted a #1'],
    ],
    ['lets a claim keep its place when it is edited', [db.permits(1), a.edited(3), b], 0, ['granted a #1']],
    [
      'takes the place that a claim was told before any other',
      [db.permits(1), a, b.told({ phase: 'Pending', sequence: 1 })],
      0,
      ['granted b #1'],
    ],
    [
      'lets who is overdue wait for room in strict order',
      [
        db.status({ token: CREATED_AT + 3 }),
        held('x').since(601),
        held('y').since(601),
        heavy,
        b.priority(9).since(601),
      ],
      601,
      [],
    ],
    ['refuses what has become too heavy', [db.permits(1), held('x'), heavy], 1, ['TooHeavy heavy']],
    [
      'sends away a waiter whose owner has finished',
      [db.permits(1), held('x'), d.owner('finished')],
      1,
      ['OwnerFinished d'],
    ],
    [
      'keeps silent about what exists elsewhere',
      [db.permits(1), held('x'), heavy.forbidden()],
      0,
      ['NotAllowed heavy'],
    ],
    [
      'takes nothing from whom it cannot tell, and goes on with the others',
      [db.permits(2), held('x').unwritable(630), held('y'), d],
      600,
      ['NotRenewed y', 'granted d #1'],
    ],
    ['passes a waiter that it cannot tell', [db.permits(1), a.unwritable(30), b], 0, ['granted b #1']],
    ['grants nothing while it is being deleted', [db.deleted(), held('x'), d], 0, ['Terminating d']],
  ])('%s', (_, [semaphore, ...claims], seconds, then) => {
    expect(outcomeOf(semaphore, claims, seconds)).toEqual(then);
  });

  const many = Array.from({ length: 300 }, (_, index) => waiting(`many-${index}`).with({ timeout: '0s' }));

  it('grants no more in one swap than its list can hold, and the rest in the next', () => {
    const wide = db.permits(1_000).with({ maxWaiters: 0 });
    const first = decide(wide, many, 0);
    expect(first.announce.map(({ reason }) => reason)).toEqual(Array(192).fill('Granted'));
    expect(first.swap?.status).toMatchObject({ inUse: 192, waiting: 108 });
    expect(first.wakeAt).toBe(0);

    const told = many.map((claim, index) =>
      index < 192 ? claim.told({ phase: 'Granted', token: 101 + index }) : claim,
    );
    const second = decide(wide.status(first.swap?.status ?? {}), told, 0);
    expect(second.announce.map(({ claim }) => claim.name)).toEqual(
      many.slice(192).map(({ object }) => object.metadata.name),
    );
    expect(second.swap?.status.intents?.map(({ token }) => token)[0]).toBe(CREATED_AT + 193);
  });

  const withIntents = (claims: readonly ClaimBuilder[]) =>
    claims.reduce((wide, { object }, index) => wide.intent(object.metadata.name, 101 + index), db.permits(1_000));

  it('grants nothing while the list is full of grants that have not been told', () => {
    const decision = decide(withIntents(many.slice(0, 256)), many, 0);
    expect(decision.announce).toHaveLength(256);
    expect(decision.swap?.status.intents).toHaveLength(256);
  });

  it('goes on while many grants cannot be told: with those whom it has told something', () => {
    const stuck = many.slice(0, 192).map((claim) => claim.unwritable(30));
    const told = waiting('told').told({ phase: 'Pending', sequence: 900 });
    const decision = decide(withIntents(stuck), [...stuck, waiting('new'), told], 0);
    expect(decision.announce.map(({ claim }) => claim.name)).toEqual(['told']);
    expect(decision.swap?.status).toMatchObject({ waiting: 1, token: decision.announce[0]?.status.token });
    // whoever is new is told that it waits, and then it can be told a grant
    expect(decide(withIntents(stuck), [...stuck, waiting('new')], 1).announce).toMatchObject([{ reason: 'Waiting' }]);
  });

  it('does not look again and again at a list that is full of grants that cannot be told', () => {
    const stuck = many.slice(0, 256).map((claim) => claim.unwritable(30));
    const told = waiting('told').told(decide(db.permits(1), [held('x'), waiting('told')], 1).announce[0]?.status ?? {});
    expect(decide(withIntents(stuck), [...stuck, told], 1)).toMatchObject({ announce: [], wakeAt: 30_000 });
  });

  it('grants although refusals that cannot be told fill their list', () => {
    const stuck = many.slice(0, 256).map((claim) => claim.unwritable(30));
    const full = stuck.reduce((wide, { object }) => wide.refusal(object.metadata.name, 'TimedOut'), db);
    expect(outcomeOf(full, [...stuck, a], 0)).toEqual(['granted a #1']);
  });

  it('tells a claim whose list of conditions others have filled', () => {
    const others = Array.from({ length: 16 }, (_, index) => ({
      ...{ type: `Other${index}`, status: 'True', reason: 'Theirs', message: '', lastTransitionTime: timeAt(0) },
    })) as NonNullable<NonNullable<Permit['status']>['conditions']>;
    const [patch] = decide(db, [a.told({ conditions: others })], 0).announce;
    expect(patch?.status.conditions).toMatchObject([{ type: 'Granted', status: 'True' }, ...others.slice(0, 15)]);
  });

  it('shows what is held, free and waited for', () => {
    const { swap } = decide(db, [held('x'), held('y').weight(2), d], 0);
    expect(swap?.status).toMatchObject({ inUse: 3, available: 0, waiting: 1, phase: 'Full', observedGeneration: 1 });
    expect(swap?.status.conditions).toMatchObject([{ type: 'Ready', status: 'True' }]);
  });

  it('says that more is held than there is, and when that is over', () => {
    const shrunk = decide(db.permits(1), [held('x'), held('y')], 0).swap?.status;
    expect(shrunk).toMatchObject({ inUse: 2, available: 0, phase: 'Full' });
    expect(shrunk?.conditions).toMatchObject([
      { type: 'Ready' },
      { type: 'OverCommitted', status: 'True', reason: 'Shrunk' },
    ]);
    const drained = decide(db.permits(1).status(shrunk ?? {}), [held('x')], 9).swap?.status;
    expect(drained?.conditions).toMatchObject([{ type: 'Ready' }, { type: 'OverCommitted', status: 'False' }]);
    expect(drained?.conditions?.[1]?.lastTransitionTime).toBe(timeAt(9));
  });

  it('begins above every token that an earlier one of its name gave out', () => {
    expect(decide(db, [a], 0).swap?.status.token).toBe(CREATED_AT + 1);
    expect(decide(db, [held('x', 900), a], 0).swap?.status.token).toBe(901);
    expect(decide(db.status({ token: 700 }), [a], 0).swap?.status.token).toBe(701);
  });

  it('repeats a grant that was not told with the times and the token it had', () => {
    const { announce } = decide(db.intent('a', 101), [a], 42);
    expect(announce[0]?.status).toMatchObject({ token: 101, acquiredAt: timeAt(0), expiresAt: timeAt(600) });
  });

  it('keeps an intent until its claim says so', () => {
    const intended = db.intent('a', 101);
    expect(decide(intended, [a, b], 1).swap?.status.intents).toMatchObject([{ uid: 'uid-a' }, { uid: 'uid-b' }]);
    const told = a.told({ phase: 'Granted', token: 101 });
    expect(decide(intended, [told], 1).swap?.status.intents).toEqual([]);
  });

  it('keeps the note of a refusal until its claim says so, or has gone', () => {
    const forbidden = a.forbidden();
    const { swap } = decide(db, [forbidden, b], 0);
    expect(swap?.status.refusals).toEqual([{ claim: 'a', namespace: 'default', uid: 'uid-a', reason: 'NotAllowed' }]);
    const refused = db.status(swap?.status ?? {});
    expect(decide(refused, [forbidden, c], 1).swap?.status.refusals).toHaveLength(1);
    expect(decide(refused, [forbidden.told({ phase: 'Denied' }), c], 1).swap?.status.refusals).toBeUndefined();
    expect(decide(refused, [c], 1).swap?.status.refusals).toBeUndefined();
  });

  it('tells a refusal that it finds, in the words that it knows, without another swap', () => {
    const { status } = decide(db, [], 0).swap ?? {};
    const refused = db
      .status(status ?? {})
      .refusal('a', 'QueueFull')
      .refusal('b', 'NotInvented');
    const { swap, announce } = decide(refused, [a, b], 1);
    expect(swap).toBeUndefined();
    expect(announce.map(({ reason, message, status: { phase } }) => [phase, reason, message])).toEqual([
      ['Denied', 'QueueFull', 'too many are waiting already'],
      ['Denied', 'NotInvented', 'it was refused'],
    ]);
  });

  it('refuses no more in one swap than its lists can hold, and the rest in the next', () => {
    const narrow = db.permits(30);
    const first = decide(narrow, many, 0);
    const reasons = (decision: typeof first) => Map.groupBy(decision.announce, ({ reason }) => reason);
    expect(reasons(first).get('Granted')).toHaveLength(30);
    expect(reasons(first).get('TimedOut')).toHaveLength(256);
    expect(first.swap?.status).toMatchObject({ inUse: 30, waiting: 0 });
    expect(first.wakeAt).toBe(0);
    const untold = decide(narrow.status(first.swap?.status ?? {}), many, 0);
    expect(untold.announce).toHaveLength(286);
    expect(untold.swap).toBeUndefined();
    const told = many.map((claim, index) =>
      index < 30
        ? claim.told({ phase: 'Granted', token: 101 + index })
        : index < 286
          ? claim.told({ phase: 'Denied' })
          : claim,
    );
    const second = decide(narrow.status(first.swap?.status ?? {}), told, 0);
    expect(second.announce).toHaveLength(14);
    expect(second.swap?.status.refusals).toHaveLength(14);
  });

  it('writes nothing only to drop what has been told', () => {
    const { status } = decide(db, [a, b.forbidden()], 0).swap ?? {};
    const told = [a.told({ phase: 'Granted', token: 101 }), b.told({ phase: 'Denied' })];
    expect(decide(db.status(status ?? {}), told, 1).swap).toBeUndefined();
    expect(decide(db.status(status ?? {}), told.slice(1), 1).swap).toMatchObject({
      urgent: false,
      status: { inUse: 0, available: 3, intents: [] },
    });
  });

  it('takes away before its swap, and tells of nothing else before it', () => {
    const { revoke, announce } = decide(db.permits(1), [held('x'), d, heavy], 600);
    expect(revoke.map(({ reason }) => reason)).toEqual(['NotRenewed']);
    expect(announce.map(({ reason }) => reason)).toEqual(['Granted', 'TooHeavy']);
  });

  it('is protected before the first grant, and let go when it has drained and everybody knows', () => {
    expect(decide(db.unused(), [a], 0).finalizer).toBe('add');
    expect(decide(db.unused(), [], 0).finalizer).toBeUndefined();
    expect(decide(db, [a], 0).finalizer).toBeUndefined();
    expect(decide(db.deleted(), [held('x')], 0).finalizer).toBeUndefined();
    expect(decide(db.deleted(), [held('x')], 600)).toMatchObject({ revoke: [{ reason: 'NotRenewed' }] });
    expect(decide(db.deleted(), [held('x')], 600).finalizer).toBeUndefined();
    expect(decide(db.deleted(), [a], 0).finalizer).toBeUndefined();
    expect(decide(db.deleted(), [a.told({ phase: 'Denied' })], 0).finalizer).toBe('remove');
  });

  it('never forgets how much was taken into account', () => {
    expect(decide(db.status({ token: 700, watermark: '99' }), [], 0).swap?.status.watermark).toBe('99');
    expect(decide(db.status({ token: 700, watermark: '7' }), [d], 0).swap?.status.watermark).toBe(
      d.object.metadata.resourceVersion,
    );
  });

  it('believes no watermark that is not older than the semaphore itself: no swap of it can have seen that', () => {
    const foreign = db.status({ token: 700, watermark: '100' });
    expect(decide(foreign, [], 0).swap?.status.watermark).toBeUndefined();
    expect(decide(foreign, [d], 0).swap?.status.watermark).toBe(d.object.metadata.resourceVersion);
  });

  it('refuses under the fence, though its status says so already', () => {
    const told = decide(db, [], 0).swap?.status;
    const refused = decide(db.status(told ?? {}), [a.forbidden()], 1);
    expect(refused.swap).toMatchObject({
      urgent: true,
      status: { ...told, watermark: a.object.metadata.resourceVersion },
    });
  });

  it('takes no claim for an earlier one of its name, whose grant it would have', () => {
    const again = { ...a, object: { ...a.object, metadata: { ...a.object.metadata, uid: 'uid-again' } } };
    const { swap, announce } = decide(db.intent('a', 101), [again], 0);
    expect(swap?.status.intents).toMatchObject([{ uid: 'uid-again', token: 102 }]);
    expect(announce).toMatchObject([{ claim: { uid: 'uid-again' }, status: { token: 102 } }]);
  });

  it('is in no hurry when only counters have changed', () => {
    const told = decide(db, [], 0).swap;
    expect(told?.urgent).toBe(true);
    const still = db.status(told?.status ?? {});
    expect(decide(still, [], 1).swap).toBeUndefined();
    expect(decide(still, [held('x'), d.weight(3)], 1).swap).toMatchObject({
      urgent: false,
      status: { inUse: 1, waiting: 1 },
    });
    expect(decide(still, [a], 1).swap?.urgent).toBe(true);
  });

  it('writes nothing because a claim that changes nothing has a newer version', () => {
    const x = held('x');
    const still = db.status(decide(db, [x], 0).swap?.status ?? {});
    expect(decide(still, [x.edited(1)], 1).swap).toBeUndefined();
  });

  it('collects claims that are over, ten minutes later', () => {
    const over = a.told({ phase: 'Expired' });
    expect(decide(db, [over], 599.999)).toMatchObject({ collect: [], wakeAt: 600_000 });
    expect(decide(db, [over], 600).collect).toEqual([over.object.metadata]);
    expect(decide(db, [over.leaving()], 600).collect).toEqual([]);
    expect(decide(db, [held('x').renewed(500), b], 600).collect).toEqual([]);
  });

  it('looks again when the first hold ends, a waiter gives up, or somebody is to be told', () => {
    expect(decide(db.permits(1), [held('x')], 0).wakeAt).toBe(600_000);
    expect(decide(db.permits(1), [held('x'), d.with({ timeout: '5s' })], 2).wakeAt).toBe(5_000);
    expect(decide(db.permits(1), [held('x'), d], 0).wakeAt).toBe(1_000);
    expect(decide(db.permits(1), [held('x').with({ renewal: 'Owner' }).owner('alive')], 0).wakeAt).toBeUndefined();
    expect(decide(db, [held('x').renewed(300), held('y').renewed(300), heavy, b], 2).wakeAt).toBe(600_000);
  });

  it('tells nothing to whom it cannot, and looks again when it may', () => {
    const decision = decide(db.intent('a', 101), [a.unwritable(30)], 0);
    expect(decision).toMatchObject({ revoke: [], announce: [], wakeAt: 30_000 });
  });

  it('tells who waits once, with the place', () => {
    const [patch] = decide(db.permits(1), [held('x'), d], 1).announce;
    expect(patch?.status).toMatchObject({ phase: 'Pending', sequence: Number(d.object.metadata.resourceVersion) });
    const told = d.told(patch?.status ?? {});
    expect(decide(db.permits(1), [held('x'), told], 2).announce).toEqual([]);
  });

  it('says how long a hold lives, whatever becomes of the semaphore', () => {
    expect(decide(db.permits(1), [a], 0).announce[0]?.status).toMatchObject({ ttl: '10m' });
    expect(decide(db.permits(1).with({ ttl: '1m' }).intent('a', 101), [a], 0).announce[0]?.status).toMatchObject({
      ttl: '10m',
    });
    const longest = a.with({ ttl: '99999h99999h99999h99999h' });
    expect(decide(db, [longest], 0).announce).toMatchObject([{ reason: 'Granted' }]);
  });

  it('tells of a renewal once, whatever the clock of whoever told it said', () => {
    const [patch] = decide(db, [held('x').renewed(300)], 300).announce;
    expect(patch).toMatchObject({ reason: 'Renewed', status: { expiresAt: timeAt(900), observedGeneration: 1 } });
    const told = { phase: 'Granted', token: 1, acquiredAt: timeAt(0), expiresAt: timeAt(777), observedGeneration: 1 };
    expect(
      decide(
        db,
        [
          held('x')
            .told(told as never)
            .renewed(300),
        ],
        301,
      ).announce,
    ).toEqual([]);
  });

  it('reads no duration from a wall clock', () => {
    for (const wall of [0, START - 1e9, START + 1e12]) {
      const claims = [held('x'), held('y').renewed(300), d.with({ timeout: '301s' })];
      const { revoke, announce } = decideSemaphore({
        semaphore: db.permits(2).object,
        permits: claims.map(({ object }) => object),
        facts: factsOf(claims),
        now: { wall, elapsed: 300_000 },
      });
      expect([...revoke, ...announce].map(({ reason }) => reason)).toEqual(['Waiting', 'Renewed']);
    }
  });

  it('tells a claim one thing at a time', () => {
    const claims = [held('x').renewed(300), a, b.with({ timeout: '0s' }), d];
    const { revoke, announce } = decide(db.permits(2).intent('a', 101), claims, 301);
    const told = [...revoke, ...announce].map(({ claim }) => claim.name);
    expect(new Set(told).size).toBe(told.length);
  });
});
