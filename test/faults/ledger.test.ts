import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../../src/api/metadata.ts';
import { ledgerOf, type Write } from './ledger.ts';

const T0 = Date.parse('2026-01-01T00:00:00Z');
const time = (seconds: number): string => new Date(T0 + seconds * 1_000).toISOString();

const db = (intents: readonly (readonly [string, number])[] = [], permits = 1) => ({
  metadata: { name: 'db', generation: 1 },
  spec: { permits },
  status: { intents: intents.map(([uid, token]) => ({ uid, token, acquiredAt: time(0) })) },
});
const permit = (name: string, status: object = {}, spec: object = {}) => ({
  metadata: { name, uid: name },
  spec: { semaphore: 'db', weight: 1, ttl: '2s', ...spec },
  status,
});
const granted = (name: string, token: number) => permit(name, { phase: 'Granted', token });
const expired = (name: string, at: number, spec: object = {}) =>
  permit(
    name,
    { phase: 'Expired', token: 1, conditions: [{ type: 'Granted', status: 'False', lastTransitionTime: time(at) }] },
    spec,
  );

/** Was told to wait at the start and, without a word of its grant, so many seconds later that it is over. */
const untold = (name: string, at: number) => {
  const { metadata, ...rest } = expired(name, -1);
  return { ...rest, metadata: { ...metadata, managedFields: [{ time: time(at) }] } };
};

const history = (...states: readonly (object | string)[]): Write[] =>
  states.map((state, index) => {
    const object = typeof state === 'string' ? undefined : (state as KubeObject);
    const name = object?.metadata.name ?? (state as string);
    return { revision: index, key: `${name === 'db' ? 'semaphores' : 'permits'}/ns/${name}`, object };
  });

const broken = (...states: readonly (object | string)[]) => ledgerOf(history(...states)).broken;

describe('the ledger of a history', () => {
  it('finds nothing in a life as it should be', () => {
    expect(
      broken(
        db(),
        permit('a'),
        permit('b'),
        db([['a', 1]]),
        granted('a', 1),
        db(),
        'a',
        db([['b', 2]]),
        granted('b', 2),
      ),
    ).toEqual([]);
  });

  it.each([
    [
      'two holders of one permit',
      [db(), permit('a'), permit('b'), db([['a', 1]]), granted('a', 1), db([['b', 2]])],
      '2 of 1',
    ],
    [
      'two intents for one permit',
      [
        db(),
        permit('a'),
        permit('b'),
        db([
          ['a', 1],
          ['b', 2],
        ]),
      ],
      '2 of 1',
    ],
    [
      'a token that was there before',
      [db(), permit('a'), db([['a', 1]]), granted('a', 1), 'a', permit('b'), db([['b', 1]])],
      'token 1',
    ],
    ['an intent that vanishes', [db(), permit('a'), db([['a', 1]]), db()], 'forgotten'],
    ['a claim told without a swap', [db(), permit('a'), granted('a', 1)], 'no swap'],
    ['an end before its time', [db(), permit('a'), db([['a', 1]]), granted('a', 1), expired('a', 1.9)], 'early'],
    [
      'an end that overlooks a renewal',
      [db(), permit('a'), db([['a', 1]]), granted('a', 1), expired('a', 2.5, { renewTime: time(1) })],
      'early',
    ],
    [
      'an end before its time of who was never told of its grant',
      [db(), permit('a'), db([['a', 1]]), untold('a', 0)],
      'early',
    ],
    ['a phase that goes back', [db(), permit('a'), db([['a', 1]]), granted('a', 1), permit('a')], 'went from'],
    ['a refusal of who has all the time there is', [db(), permit('a'), permit('a', { phase: 'Denied' })], 'has time'],
  ])('finds %s', (_, states, words) => {
    expect(broken(...states).join('\n')).toContain(words);
  });

  it('says who was left without an answer', () => {
    expect(ledgerOf(history(db(), permit('a'), permit('b'), 'b')).open).toEqual(['a']);
  });

  it('takes the word that a claim waits for no end of its hold', () => {
    expect(broken(db(), permit('a'), db([['a', 1]]), untold('a', 2))).toEqual([]);
  });

  it('counts an end in time as one', () => {
    const ledger = ledgerOf(history(db(), permit('a'), db([['a', 1]]), granted('a', 1), expired('a', 2)));
    expect(ledger).toMatchObject({ broken: [], expired: 1, grants: [T0], open: [] });
  });
});
