import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { aBarrier, arrived, carriedOut, type Meeting } from '../../test/support/barriers.ts';
import { at } from '../../test/support/claims.ts';
import { parseTime } from '../api/time.ts';
import { decideBarrier } from './barrier.ts';

/** What happens next: somebody arrives, the operator looks, it is killed after its swap, or another one looks that is behind. */
type Turn =
  | { readonly what: 'arrives'; readonly holder: string }
  | { readonly what: 'looks' }
  | { readonly what: 'is killed' }
  | { readonly what: 'looks late'; readonly barrier: number; readonly arrivals: number };

const turn: fc.Arbitrary<Turn> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({ what: fc.constant('arrives' as const), holder: fc.constantFrom('a', 'b', 'c') }),
  },
  { weight: 2, arbitrary: fc.constant({ what: 'looks' as const }) },
  fc.constant({ what: 'is killed' as const }),
  {
    weight: 2,
    arbitrary: fc.record({ what: fc.constant('looks late' as const), barrier: fc.nat(5), arrivals: fc.nat(5) }),
  },
);

function decide({ barrier, arrivals }: Meeting, seconds: number) {
  const facts = new Map(arrivals.map(({ object, facts }) => [object.metadata.uid, facts]));
  return decideBarrier({
    barrier: barrier.object,
    arrivals: arrivals.map(({ object }) => object),
    facts: ({ metadata }) => facts.get(metadata.uid) ?? arrived('nobody').facts,
    since: at(0),
    now: at(seconds),
  });
}

/** The server's side: a swap of an older version is refused and ends it; a claim that has moved on is not told. */
function carriedOutLate(server: Meeting, view: Meeting, seconds: number): Meeting {
  const decision = decide(view, seconds);
  const isCurrent = view.barrier.object.status === server.barrier.object.status;
  if (isCurrent) return server;
  // a swap that is not urgent may be put off: then nothing stands between a stale operator and the claims
  if (decision.swap?.urgent) return server;
  const { swap: _, ...rest } = decision;
  const untold = server.arrivals.filter(({ object }) => object.status?.phase === undefined);
  const isUntold = new Set(untold.map(({ object }) => object.metadata.uid));
  return carriedOut(server, { ...rest, announce: rest.announce.filter(({ claim }) => isUntold.has(claim.uid)) });
}

describe('two operators at one cyclic barrier', () => {
  it('let nobody through a generation that had opened before they came, and count nobody twice', () => {
    let late = 0;
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 3 }), fc.array(turn, { maxLength: 40 }), (quorum, turns) => {
        const first: Meeting = { barrier: aBarrier('stage').expected(3).quorum(quorum).cyclic(), arrivals: [] };
        const past = [first];
        const openedAt = new Map<number, number>();
        let server = first;
        turns.forEach((event, index) => {
          // every turn has a second of its own, so that nobody can be on the way by the grain of a clock
          const seconds = index + 1;
          if (event.what === 'arrives') {
            const one = arrived(event.holder).again(`${event.holder}-${index}`).at(seconds);
            server = { ...server, arrivals: [...server.arrivals, one] };
          }
          if (event.what === 'looks') server = carriedOut(server, decide(server, seconds));
          if (event.what === 'is killed') server = carriedOut(server, decide(server, seconds), 'the swap');
          if (event.what === 'looks late') {
            const then = past.at(-1 - event.barrier) ?? first;
            // its claims are at least as new as what its barrier's last swap had seen
            const claims = event.arrivals < event.barrier ? (past.at(-1 - event.arrivals) ?? then) : then;
            server = carriedOutLate(server, { barrier: then.barrier, arrivals: claims.arrivals }, seconds);
            late += 1;
          }
          const { status } = server.barrier.object;
          const number = status?.generation ?? 1;
          if (status?.phase === 'Open' && !openedAt.has(number)) {
            openedAt.set(number, parseTime(status.openedAt ?? ''));
            const before = openedAt.get(number - 1) ?? 0;
            const since = server.arrivals.filter(({ object }) => parseTime(object.metadata.creationTimestamp) > before);
            const came = new Set(since.map(({ object }) => object.spec.holder));
            // who was counted for the generation before, and not told, is not counted again
            for (const holder of status.arrivals ?? []) expect(came).toContain(holder);
          }
          past.push(server);
        });
        for (const { object } of server.arrivals) {
          const number = object.status?.generation;
          const opened = number === undefined ? undefined : openedAt.get(number);
          if (opened !== undefined) expect(parseTime(object.metadata.creationTimestamp)).toBeLessThanOrEqual(opened);
          if (number !== undefined) expect(number).toBeLessThanOrEqual(server.barrier.object.status?.generation ?? 1);
        }
      }),
      { numRuns: 1_000 },
    );
    expect(late).toBeGreaterThan(0);
  });
});
