import type { ObjectMeta } from '../api/metadata.ts';
import type { Claim } from './claim.ts';
import { earliest, type Moment } from './moment.ts';

/** A claim that is over is kept this long, for those who poll and those who look. */
export const KEEP_FOR = 10 * 60_000;

/** Claims whose end everybody has had the time to see. */
export const collectables = (claims: readonly Claim[], now: Moment): ObjectMeta[] =>
  claims.filter((claim) => isOver(claim) && now.elapsed >= collectAt(claim)).map(({ metadata }) => metadata);

export const nextToCollect = (claims: readonly Claim[], now: Moment): number | undefined =>
  earliest(
    ...claims
      .filter(isOver)
      .map(collectAt)
      .filter((time) => time > now.elapsed),
  );

const isOver = ({ phase, leaving }: Claim): boolean =>
  !leaving && (phase === 'Denied' || phase === 'Expired' || phase === 'Lost');

const collectAt = ({ seen }: Claim): number => seen.phase.elapsed + KEEP_FOR;
