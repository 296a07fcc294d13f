/** What became of a write as its writer was told: `refused` is for sure, `unknown` may have been carried out. */
export type Outcome = 'done' | 'refused' | 'unknown';

/** What writers were told, held against what the server did. */
export interface Ledger {
  began(write: string): void;
  told(write: string, outcome: Outcome): void;
  /** The server carried it out, perhaps again. */
  applied(write: string): void;
  readonly counts: Readonly<Record<Outcome, number>>;
  /** What does not fit together; empty when every writer was told the truth. */
  problems(): readonly string[];
}

interface Entry {
  outcome: Outcome | undefined;
  applied: number;
}

export function ledger(): Ledger {
  const entries = new Map<string, Entry>();
  const counts: Record<Outcome, number> = { done: 0, refused: 0, unknown: 0 };
  const found: string[] = [];
  const entryOf = (write: string, what: string): Entry | undefined => {
    const entry = entries.get(write);
    if (!entry) found.push(`${write}: ${what}, and nobody began it`);
    return entry;
  };
  return {
    counts,
    began(write) {
      if (entries.has(write)) found.push(`${write}: begun twice`);
      entries.set(write, { outcome: undefined, applied: 0 });
    },
    told(write, outcome) {
      const entry = entryOf(write, `told ${outcome}`);
      if (!entry) return;
      entry.outcome = outcome;
      counts[outcome]++;
    },
    applied(write) {
      const entry = entryOf(write, 'applied');
      if (entry) entry.applied++;
    },
    problems() {
      return [
        ...found,
        ...[...entries].flatMap(([write, entry]) => problemOf(entry).map((what) => `${write}: ${what}`)),
      ];
    },
  };
}

function problemOf({ outcome, applied }: Entry): readonly string[] {
  if (outcome === undefined) return ['its writer was never told'];
  if (applied > 1) return [`told ${outcome}, and applied ${applied} times`];
  if (outcome === 'done' && applied === 0) return ['told done, and lost'];
  if (outcome === 'refused' && applied > 0) return ['told refused, and applied'];
  return [];
}
