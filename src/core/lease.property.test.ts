import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { aLease } from '../../test/support/claims.ts';
import { History } from '../../test/support/history.ts';
import type { AnyResource, Kind } from '../../test/support/promises.ts';
import { aRequest, type ClaimSpec, play, steps } from '../../test/support/steps.ts';
import type { Lease } from '../api/lease.ts';
import type { LeaseRequest } from '../api/lease-request.ts';
import { decideLease } from './lease.ts';

const leases = (gracePeriod: number): Kind => ({
  decide: (resource, requests, view) =>
    decideLease({ lease: resource as Lease, requests: requests as LeaseRequest[], ...view }),
  capacity: () => 1,
  ttl: 600_000,
  gracePeriod,
});

const main = (spec: Partial<Lease['spec']>): AnyResource => ({
  ...aLease('main').with(spec).object,
  metadata: { ...aLease('main').object.metadata, finalizers: [] },
});

const preemption = fc.constantFrom('LowerPriority' as const, 'LowerPriority' as const, 'Never' as const);
const grace = fc.constantFrom(0, 4_000, 30_000);

const plain: ClaimSpec = {
  weight: 1,
  priority: 0,
  ttl: '1h',
  timeout: undefined,
  confirmWithin: undefined,
  renewal: 'Client',
};

/** Thousands of histories take two seconds, and ten times as long beside other work. */
const BUSY_MACHINE = 60_000;

describe('whatever happens to a lease', () => {
  it(
    'keeps its promises under two operators, stale views, crashes, jumping clocks and deletion',
    () => {
      fc.assert(
        fc.property(grace, preemption, steps(60), (grace, preemption, steps) => {
          const lease = main({ gracePeriod: `${grace}ms`, preemption });
          const history = new History(leases(grace), lease, 2);
          steps.filter((step) => step.do !== 'resize').forEach(play(history, aRequest, lease));
        }),
        { numRuns: 1_500 },
      );
    },
    BUSY_MACHINE,
  );

  it('comes to rest: a decision that was carried out leaves nothing urgent, and soon nothing at all', () => {
    fc.assert(
      fc.property(grace, preemption, steps(30), (grace, preemption, steps) => {
        const lease = main({ gracePeriod: `${grace}ms`, preemption });
        const history = new History(leases(grace), lease);
        steps.filter((step) => step.do !== 'resize').forEach(play(history, aRequest, lease));
        history.restart(0);
        history.settle();
        if (!history.truth.resource) return;
        expect(history.preview()).toMatchObject({ revoke: [], announce: [], collect: [] });
        expect(history.preview()?.swap).toBeUndefined();
      }),
      { numRuns: 500 },
    );
  });

  it('goes to the highest priority within its grace, which keeps it: nobody takes in turns', () => {
    const arrival = fc.record({
      priority: fc.integer({ min: 0, max: 3 }),
      after: fc.constantFrom(0, 1_000, 29_000, 31_000),
    });
    fc.assert(
      fc.property(grace, fc.array(arrival, { minLength: 1, maxLength: 15 }), (grace, arrivals) => {
        const history = new History(leases(grace), main({ gracePeriod: `${grace}ms` }));
        const holders: string[] = [];
        const note = () => {
          const name = holderOf(history)?.metadata.name ?? '';
          if (holders.at(-1) !== name) holders.push(name);
        };
        for (const { priority, after } of arrivals) {
          history.create((name) => aRequest(name, { ...plain, priority }));
          history.settle();
          note();
          history.advance(after);
        }
        history.settle();
        history.advance(grace);
        history.settle();
        note();
        const priorities = holders.map((name) => history.truth.claims.get(`uid-${name}`)?.spec.priority ?? -1);
        // each is strictly above the one before
        expect(priorities).toEqual([...new Set(priorities)].toSorted((a, b) => a - b));
        expect(priorities.at(-1)).toBe(Math.max(...arrivals.map(({ priority }) => priority)));
      }),
      { numRuns: 200 },
    );
  });
});

const holderOf = (history: History) => history.claims.find(({ status }) => status?.phase === 'Granted');
