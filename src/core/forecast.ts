/** What a forecast is made of: weights, and since when what is held is held. */
export interface ForecastInput {
  readonly capacity: number;
  readonly holds: readonly { readonly weight: number; readonly since: number | undefined }[];
  /** In order. */
  readonly waiting: readonly { readonly weight: number }[];
  /** How long a hold usually lasts; undefined when nothing tells. */
  readonly usualHold: number | undefined;
  readonly now: number;
}

/** When each of those who wait may get its turn if every hold lasts as long as usual, and nobody is passed. */
export function expectedTimes({ capacity, holds, waiting, usualHold, now }: ForecastInput): (number | undefined)[] {
  if (usualHold === undefined) return waiting.map(() => undefined);
  // one that lasts longer than usual may end at any moment
  const ends = holds.map(({ weight, since }) => ({ weight, at: Math.max(now, (since ?? now) + usualHold) }));
  ends.sort((a, b) => a.at - b.at);
  let free = capacity - holds.reduce((sum, { weight }) => sum + weight, 0);
  let time = now;
  return waiting.map(({ weight }) => {
    if (weight > capacity) return undefined;
    while (free < weight) {
      const next = ends.shift();
      if (!next) return undefined;
      time = Math.max(time, next.at);
      free += next.weight;
    }
    free -= weight;
    // granted in turn, so never before one already in the list that began earlier
    ends.push({ weight, at: time + usualHold });
    return time;
  });
}
