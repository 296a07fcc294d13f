import type { Seen } from '../../src/core/claim.ts';
import type { Moment } from '../../src/core/moment.ts';
import { isRevoked } from '../../src/core/preemption.ts';
import type { AnyClaim } from './promises.ts';

/** What an operator has seen of a claim, and what it needs to know what is new the next time. */
export interface Sighting {
  readonly seen: Seen;
  readonly held: boolean;
  readonly phase: string | undefined;
  readonly renewTime: string | undefined;
}

/** What it has seen after one more look. */
export function sighting(before: Sighting | undefined, claim: AnyClaim, held: boolean, now: Moment): Sighting {
  const { phase } = claim.status ?? {};
  const { renewTime } = claim.spec;
  const got = held && !before?.held;
  const renewed = held && before?.held === true && renewTime !== before.renewTime;
  const seen: Seen = {
    first: before?.seen.first ?? now,
    alive: !before || got || renewed ? now : before.seen.alive,
    witnessed: renewed || (!got && before?.seen.witnessed === true),
    phase: before && before.phase === phase ? before.seen.phase : now,
    revoked: isRevoked(claim.status) ? (before?.seen.revoked ?? now) : undefined,
    arrival: before?.seen.arrival ?? claim.metadata.resourceVersion,
  };
  return { seen, held, phase, renewTime };
}
