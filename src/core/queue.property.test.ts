import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { aSemaphore } from '../../test/support/claims.ts';
import { History } from '../../test/support/history.ts';
import type { AnyResource, AnyStatus, Kind } from '../../test/support/promises.ts';
import { aPermit, type ClaimSpec, play, steps } from '../../test/support/steps.ts';
import type { Permit } from '../api/permit.ts';
import type { Semaphore } from '../api/semaphore.ts';
import type { Decision } from './decision.ts';
import { OVERDUE_SHARE, PATIENCE } from './order.ts';
import { decideSemaphore } from './semaphore.ts';

const semaphores: Kind = {
  decide: (resource, permits, view) =>
    decideSemaphore({ semaphore: resource as Semaphore, permits: permits as Permit[], ...view }),
  capacity: (resource) => (resource as Semaphore).spec.permits,
  ttl: 600_000,
  gracePeriod: 0,
};

const db = (spec: Partial<Semaphore['spec']>): AnyResource => aSemaphore('db').with(spec).unused().object;

const spec = fc.record({
  permits: fc.integer({ min: 1, max: 5 }),
  ordering: fc.constantFrom('Strict' as const, 'BestEffort' as const),
  maxWaiters: fc.constantFrom(1, 3, 10_000),
});

/** A finalizer is put on before all else, and a hold that was never told of is told that it is over. */
const isFirstStep = (decision: Decision<AnyStatus> | undefined): boolean =>
  decision?.finalizer === 'add' || (decision?.swap === undefined && (decision?.revoke.length ?? 0) > 0);

const plain: ClaimSpec = {
  weight: 1,
  priority: 0,
  ttl: '5s',
  timeout: undefined,
  confirmWithin: undefined,
  renewal: 'Client',
};

/** Thousands of histories take two seconds, and ten times as long beside other work. */
const BUSY_MACHINE = 60_000;

describe('whatever happens to a semaphore', () => {
  // after every write of every history: never more held than there is, tokens that grow, phases that go one way, no
  // grant forgotten, told twice or ended early (test/support/promises.ts)
  it(
    'keeps its promises under two operators, stale views, crashes, jumping clocks and deletion',
    () => {
      fc.assert(
        fc.property(spec, steps(60), (spec, steps) => {
          const history = new History(semaphores, db(spec), 2);
          steps.forEach(play(history, aPermit, db(spec)));
        }),
        { numRuns: 1_500 },
      );
    },
    BUSY_MACHINE,
  );

  it('refuses nobody whom another operator has granted', () => {
    const history = new History(semaphores, db({ permits: 1 }), 2);
    const first = history.create((name) => aPermit(name, plain));
    history.settle();
    const second = history.create((name) => aPermit(name, { ...plain, timeout: '0s' }));
    history.release(history.truth.claims.get(first) as Permit);
    // the one grants, and dies before it tells; the other still sees the permit held, and the second out of time
    history.decide({ operator: 0, writes: 1 });
    expect(history.grants.has(second)).toBe(true);
    history.decide({ operator: 1, claimLag: 2, resourceLag: 2 });
    expect(history.truth.claims.get(second)?.status?.phase).toBeUndefined();
    history.decide({ operator: 1 });
    expect(history.truth.claims.get(second)?.status?.phase).toBe('Granted');
  });

  it('grants nobody whom another operator has refused, and tells it so when that one died', () => {
    const history = new History(semaphores, db({ permits: 1 }), 2);
    const first = history.create((name) => aPermit(name, plain));
    history.settle();
    const second = history.create((name) => aPermit(name, { ...plain, timeout: '0s' }));
    // the one refuses, and dies before it tells; then the permit comes free
    history.decide({ operator: 0, writes: 1 });
    expect(history.truth.claims.get(second)?.status?.phase).toBeUndefined();
    history.release(history.truth.claims.get(first) as Permit);
    history.settle(1);
    expect(history.grants.has(second)).toBe(false);
    expect(history.truth.claims.get(second)?.status?.phase).toBe('Denied');
  });

  it('grants nobody once more whose hold has ended untold, for an operator that has not seen the end', () => {
    const history = new History(semaphores, db({ permits: 1 }), 2);
    const first = history.create((name) => aPermit(name, plain));
    history.decide({ operator: 0 });
    history.decide({ operator: 0, writes: 1 });
    history.edit(history.truth.claims.get(first) as Permit);
    // it sees the grant, and cannot tell the claim, of which it knows no more than the other did
    history.decide({ operator: 1, claimLag: 1 });
    const { version } = history.truth;
    history.advance(5_000);
    for (let look = 1; look <= 3; look++) {
      history.decide({ operator: 1 });
      history.decide({ operator: 0, claimLag: history.truth.version - version });
    }
    expect(history.truth.claims.get(first)?.status?.phase).toBe('Expired');
    expect(history.truth.resource?.status?.intents).toEqual([]);
  });

  it('grants nobody once more who has gone, for an operator that has not seen it go', () => {
    const history = new History(semaphores, db({ permits: 1 }), 2);
    const first = history.create((name) => aPermit(name, plain));
    history.decide({ operator: 0 });
    history.decide({ operator: 0, writes: 1 });
    const { version } = history.truth;
    history.release(history.truth.claims.get(first) as Permit);
    history.settle();
    expect(history.truth.resource?.status?.intents).toEqual([]);
    expect(history.decide({ operator: 1, claimLag: history.truth.version - version })).toBe(false);
    expect(history.truth.resource?.status?.intents).toEqual([]);
  });

  it('grants nothing on a view that is older than what a swap took into account', () => {
    const history = new History(semaphores, db({ permits: 1 }), 2);
    history.create((name) => aPermit(name, plain));
    history.create((name) => aPermit(name, plain));
    const { version } = history.truth;
    history.settle();
    expect(history.decide({ operator: 1, claimLag: history.truth.version - version })).toBe(false);
    expect(history.grants.size).toBe(1);
  });

  it('comes to rest: a decision that was carried out leaves nothing to tell and nothing urgent', () => {
    fc.assert(
      fc.property(spec, steps(30), (spec, steps) => {
        const history = new History(semaphores, db(spec));
        steps.forEach(play(history, aPermit, db(spec)));
        history.restart(0);
        while (isFirstStep(history.preview())) history.decide();
        if (!history.truth.resource || !history.decide() || !history.truth.resource) return;
        const again = history.preview();
        expect(again).toMatchObject({ revoke: [], announce: [], collect: [] });
        expect(again?.swap?.urgent ?? false).toBe(false);
        history.settle();
        if (!history.truth.resource) return;
        expect(history.preview()).toMatchObject({ revoke: [], announce: [], collect: [] });
        expect(history.preview()?.swap).toBeUndefined();
      }),
      { numRuns: 500 },
    );
  });

  it('leaves nothing free that somebody could have', () => {
    fc.assert(
      fc.property(spec, steps(30), (spec, steps) => {
        const semaphore = db({ ...spec, ordering: 'BestEffort' });
        const history = new History(semaphores, semaphore);
        steps.forEach(play(history, aPermit, semaphore));
        if (!history.truth.resource || history.truth.resource.metadata.deletionTimestamp) return;
        history.restart(0);
        history.settle();
        const { available = 0 } = history.truth.resource.status as NonNullable<Semaphore['status']>;
        const fits = history.claims.filter(
          ({ spec, status }) =>
            (status?.phase ?? 'Pending') === 'Pending' && 'weight' in spec && spec.weight <= available,
        );
        expect(fits).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });

  it('grants in order of arrival within a priority', () => {
    const arrival = fc.record({
      priority: fc.integer({ min: 0, max: 2 }),
      after: fc.constantFrom(0, 500, 2_000, 300_000),
    });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 3 }), fc.array(arrival, { maxLength: 25 }), (permits, arrivals) => {
        const history = new History(semaphores, db({ permits }));
        const order = new Map<number, string[]>();
        for (const { priority, after } of arrivals) {
          const uid = history.create((name) => aPermit(name, { ...plain, priority }));
          order.set(priority, [...(order.get(priority) ?? []), uid]);
          history.settle();
          history.advance(after);
        }
        drain(history);
        const tokens = (uid: string) => history.grants.get(uid)?.token ?? 0;
        for (const uids of order.values()) expect(uids.toSorted((a, b) => tokens(a) - tokens(b))).toEqual(uids);
      }),
      { numRuns: 150 },
    );
  });

  it('lets nobody starve: who is overdue gets every fourth grant', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 30, max: 90 }), (poor, seconds) => {
        const history = new History(semaphores, db({ permits: 1 }));
        const poorest = Array.from({ length: poor }, () => history.create((name) => aPermit(name, plain)));
        history.create((name) => aPermit(name, { ...plain, priority: 9 }));
        const bound = PATIENCE + (poor + 1) * OVERDUE_SHARE * seconds * 1_000;
        // somebody more important always waits, and holds until it lets go
        for (let time = 0; time <= bound; time += seconds * 1_000) {
          history.create((name) => aPermit(name, { ...plain, ttl: '1h', priority: 9 }));
          history.settle();
          history.advance(seconds * 1_000);
          for (const claim of history.claims) if (claim.status?.phase === 'Granted') history.release(claim);
        }
        for (const uid of poorest) expect(history.grants.has(uid)).toBe(true);
      }),
      { numRuns: 25 },
    );
  });

  it('lets nobody be passed for ever by lighter ones', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 4 }), fc.integer({ min: 1, max: 10 }), (permits, seconds) => {
        const history = new History(semaphores, db({ permits, ordering: 'BestEffort' }));
        history.create((name) => aPermit(name, { ...plain, ttl: '10s' }));
        history.settle();
        const heavy = history.create((name) => aPermit(name, { ...plain, weight: permits }));
        for (let time = 0; time < 60 + 10 + seconds; time += seconds) {
          history.create((name) => aPermit(name, { ...plain, ttl: '10s' }));
          history.settle();
          history.advance(seconds * 1_000);
        }
        history.settle();
        expect(history.grants.has(heavy)).toBe(true);
      }),
      { numRuns: 25 },
    );
  });
});

/** Lets every hold run out until nobody waits. */
function drain(history: History): void {
  for (let round = 0; round < 100 && history.claims.length > 0; round++) {
    history.settle();
    history.advance(5_000);
    for (const claim of history.claims) if (claim.status?.phase === 'Expired') history.release(claim);
  }
}
