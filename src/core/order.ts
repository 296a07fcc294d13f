import type { Claim } from './claim.ts';
import type { Moment } from './moment.ts';

/** Who has waited this long is overdue. */
export const PATIENCE = 10 * 60_000;

/** Every so many grants one goes to whoever is overdue longest, whatever its priority: nobody starves. */
export const OVERDUE_SHARE = 4;

/** How long lighter claims may pass a heavier one that does not fit, where the ordering lets them. */
export const BYPASS_FOR = 60_000;

/** The waiting claims in the two orders that matter, sorted once for many grants. */
export interface Line {
  readonly byPriority: readonly Claim[];
  readonly overdue: readonly Claim[];
}

export function lineUp(waiting: readonly Claim[], patience: number, now: Moment): Line {
  const byPriority = waiting.toSorted((a, b) => b.priority - a.priority || byArrival(a, b));
  const overdue = waiting.filter((claim) => now.elapsed >= overdueAt(claim, patience)).toSorted(byArrival);
  return { byPriority, overdue };
}

/** Who is asked for the grant that will carry `token`, one after the other, without those who have left the line. */
export function* inTurn({ byPriority, overdue }: Line, token: number, left: ReadonlySet<Claim>): Generator<Claim> {
  const longest = token % OVERDUE_SHARE === 0 ? overdue.find((claim) => !left.has(claim)) : undefined;
  if (longest) yield longest;
  for (const claim of byPriority) if (claim !== longest && !left.has(claim)) yield claim;
}

/** resourceVersions are unique and grow: creation times have one second of grain and are no order. */
export const byArrival = (a: Claim, b: Claim): number => a.sequence - b.sequence;

/** Whether claims behind this one may pass it although it does not fit. */
export const mayBePassed = (claim: Claim, ordering: 'Strict' | 'BestEffort', now: Moment): boolean =>
  ordering === 'BestEffort' && now.elapsed - claim.seen.first.elapsed < BYPASS_FOR;

export const overdueAt = ({ seen }: Claim, patience: number): number => seen.first.elapsed + patience;
