/** A bug that somebody could write, and the test that would say so. */
export interface Mutant extends Bug {
  /** Where it is, from the root of the repository. */
  readonly file: string;
}

export interface Bug {
  /** What the code does wrong, as the end of a sentence. */
  readonly name: string;
  /** What stands there: once, exactly. */
  readonly find: string;
  readonly replace: string;
  readonly killedBy: Killer;
}

/** A test, by its own name without those of the groups around it. */
export interface Killer {
  readonly file: string;
  readonly test: string;
}

export const inFile = (file: string, bugs: readonly Bug[]): readonly Mutant[] => bugs.map((bug) => ({ ...bug, file }));

/** Names the tests of one file. */
export const testsIn =
  (file: string) =>
  (test: string): Killer => ({ file, test });
