import { describe, expect, it } from 'vitest';
import { gathersUntil, LONGEST_GATHER, type Stream } from './grouping.ts';

const intents = (...uids: readonly string[]) =>
  uids.map((uid, token) => ({ uid, token, claim: uid, namespace: 'default' }));
const stream = (parts: Partial<Stream> = {}): Stream => ({
  resource: {
    apiVersion: 'v1',
    kind: 'Semaphore',
    metadata: { name: 'db', uid: 'db', resourceVersion: '1', creationTimestamp: '' },
    status: { intents: intents('a', 'b') },
  },
  decision: {
    revoke: [],
    announce: [],
    collect: [],
    swap: { status: { intents: intents('a', 'b', 'c') }, urgent: true },
  },
  recent: [950, 960, 970, 980, 985, 990],
  exists: () => true,
  firstSeen: () => 999,
  now: 1_000,
  ...parts,
});

describe('a grant waits for others to share its swap', () => {
  const told = { claim: stream().resource.metadata, status: {}, reason: 'X', message: '' };
  it.each<[promise: string, given: Stream, then: number | undefined]>([
    ['in a stream of grants', stream(), 999 + LONGEST_GATHER],
    ['not when it is one of a few', stream({ recent: [980, 990] }), undefined],
    ['not when the stream was a while ago', stream({ recent: [800, 810, 820, 830, 840, 850] }), undefined],
    ['not past the end of a hold', stream({ decision: { ...stream().decision, wakeAt: 1_010 } }), 1_010],
    ['not longer than anybody should', stream({ firstSeen: () => 940 }), undefined],
    ['not when it was in the queue', stream({ firstSeen: ({ uid }) => (uid === 'c' ? 0 : 999) }), undefined],
    ['not for one client that takes and gives back', stream({ exists: ({ uid }) => uid === 'c' }), undefined],
    ['not when something is taken away', stream({ decision: { ...stream().decision, revoke: [told] } }), undefined],
    ['not when nothing is granted', stream({ decision: { revoke: [], announce: [], collect: [] } }), undefined],
  ])('%s', (_, given, then) => {
    expect(gathersUntil(given)).toBe(then);
  });
});
