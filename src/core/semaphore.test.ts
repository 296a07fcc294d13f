import { describe, expect, it } from 'vitest';
import {
  aSemaphore,
  at,
  type ClaimBuilder,
  CREATED_AT,
  held,
  type SemaphoreBuilder,
  waiting,
} from '../../test/support/claims.ts';
import { decideSemaphore } from './semaphore.ts';

/** What becomes of the claims: `granted a`, `waits b`, `TimedOut c`. */
function outcomeOf(db: SemaphoreBuilder, claims: readonly ClaimBuilder[], seconds: number): string[] {
  const facts = new Map(claims.map(({ object, facts }) => [object.metadata.uid, facts]));
  const decision = decideSemaphore({
    semaphore: db.object,
    permits: claims.map(({ object }) => object),
    facts: ({ metadata }) => facts.get(metadata.uid) ?? waiting('nobody').facts,
    now: at(seconds),
  });
  const told = [...decision.revoke, ...decision.announce].map(({ claim, reason, status }) =>
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
      [db.with({ maxTTL: '1m', ttl: '30s' }), held('x').with({ ttl: '1h' })],
      60,
      ['NotRenewed x'],
    ],
    ['grants nothing while it is being deleted', [db.deleted(), held('x'), d], 0, ['Terminating d']],
  ])('%s', (_, [semaphore, ...claims], seconds, then) => {
    expect(outcomeOf(semaphore, claims, seconds)).toEqual(then);
  });
});
