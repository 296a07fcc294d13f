import type { Claim } from './claim.ts';

/** A claim that is over is kept this long, for those who poll and those who look. */
export const KEEP_FOR = 10 * 60_000;

export const isCollectable = ({ phase }: Claim): boolean =>
  phase === 'Denied' || phase === 'Expired' || phase === 'Lost';

export const collectAt = ({ seen }: Claim): number => seen.phase.elapsed + KEEP_FOR;
