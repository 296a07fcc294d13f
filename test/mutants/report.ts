import type { Killer, Mutant } from './mutant.ts';
import type { Verdict } from './trial.ts';

export type Verdicts = readonly Verdict[] | 'hung';

/** What became of a bug; undefined `trouble`: its test says so, and says nothing without it. */
export interface Outcome {
  readonly mutant: Mutant;
  readonly milliseconds: number;
  readonly trouble: string | undefined;
}

/** Why it is not proven that the test finds the bug, if it is not. */
export function troubleOf({ killedBy }: Mutant, withIt: Verdicts, without: Verdicts): string | undefined {
  const before = about(killedBy, without);
  if (without === 'hung' || before.length === 0) return 'there is no such test';
  const red = before.find(({ state }) => state !== 'passed');
  if (red) return `the test is red without the bug: ${red.message}`;
  if (withIt === 'hung') return 'the bug makes the test hang';
  if (about(killedBy, withIt).some(({ state }) => state === 'failed')) return undefined;
  const broken = withIt.find(({ state }) => state === 'broken');
  return broken ? `the code with the bug does not run: ${broken.message}` : 'SURVIVED';
}

const about = ({ file, test }: Killer, verdicts: Verdicts): readonly Verdict[] =>
  verdicts === 'hung' ? [] : verdicts.filter((verdict) => verdict.file === file && verdict.test === test);

export function linesOf(outcomes: readonly Outcome[]): string[] {
  const width = Math.max(...outcomes.map(({ mutant }) => mutant.name.length));
  return outcomes.map(({ mutant: { name, killedBy }, milliseconds, trouble }) => {
    const mark = trouble === undefined ? '✓' : '✗';
    const time = `${Math.round(milliseconds)} ms`.padStart(9);
    const found = `${killedBy.file}: ${killedBy.test}`;
    return `${mark} ${name.padEnd(width)} ${time}  ${trouble === undefined ? found : `${trouble} (${found})`}`;
  });
}
