/** A bug that somebody could write, and the test that would say so. */
export interface Mutant {
  /** The bug, as a sentence: what the code does wrong. */
  readonly name: string;
  /** Where it is, from the root of the repository. */
  readonly file: string;
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

/** The same for several bugs in one file. */
export const mutantsOf =
  (file: string) =>
  (name: string, find: string, replace: string, killedBy: Killer): Mutant => ({ name, file, find, replace, killedBy });

/** Names the tests of one file. */
export const testsIn =
  (file: string) =>
  (test: string): Killer => ({ file, test });
