import { describe, expect, it } from 'vitest';
import { type ArrivalBuilder, arrived } from '../../test/support/barriers.ts';
import { at } from '../../test/support/claims.ts';
import type { Arrival } from '../api/arrival.ts';
import { decideStrayArrivals } from './arrival-orphan.ts';

describe('an arrival at a barrier that is not there', () => {
  const a = arrived('a');
  const to = (barrierNamespace: string): Arrival => ({ ...a.object, spec: { ...a.object.spec, barrierNamespace } });

  it.each<[promise: string, arrival: Arrival, atSecond: number, then: string[]]>([
    ['waits for it', a.object, 9_999, []],
    ['waits for it when it names its own namespace', to('default'), 0, []],
    ['is answered as where it is forbidden', to('other'), 0, ['NotAllowed']],
    ['stays a while when it has been counted', a.recorded().object, 599, []],
    ['goes then', a.recorded().object, 600, ['collected']],
    ['does not go twice', a.recorded().leaving().object, 600, []],
  ])('%s', (_, arrival, seconds, then) => {
    const facts: ArrivalBuilder['facts'] = a.facts;
    const { announce, collect } = decideStrayArrivals({ claims: [arrival], facts: () => facts, now: at(seconds) });
    expect([...announce.map(({ reason }) => reason), ...collect.map(() => 'collected')]).toEqual(then);
  });
});
