// Proves that the tests can fail: each bug of the table is made, and the test that is named for it must find it.
// `node test/mutants/run.ts`; with a part of a bug's name or file, only those.
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { inParallel } from '../../src/kube/in-parallel.ts';
import { runApart } from './apart.ts';
import type { Mutant } from './mutant.ts';
import { MUTANTS } from './mutants.ts';
import { ROOT } from './place.ts';
import { linesOf, type Outcome, troubleOf, type Verdicts } from './report.ts';
import type { Trial } from './trial.ts';

/** One test under one bug takes seconds: what takes longer hangs. The control runs every test that is named. */
const PATIENCE = 60_000;
const CONTROL_PATIENCE = 240_000;

interface Timed {
  readonly verdicts: Verdicts;
  readonly milliseconds: number;
}

const [wanted = ''] = process.argv.slice(2);
const mutants = MUTANTS.filter(({ name, file }) => `${file}: ${name}`.includes(wanted));
const problems = mutants.length > 0 ? mutants.flatMap(misplaced) : [`no bug is named, or in a file, like "${wanted}"`];
if (problems.length > 0) {
  console.error(problems.join('\n'));
  process.exit(1);
}

const start = performance.now();
const control: Trial = { killers: mutants.map(({ killedBy }) => killedBy) };
const trials = mutants.map((mutant): Trial => ({ mutant, killers: [mutant.killedBy] }));
const [without, ...withIt] = await inParallel([control, ...trials], availableParallelism(), timed);
const outcomes = mutants.map(
  (mutant, index): Outcome => ({
    mutant,
    milliseconds: withIt[index]?.milliseconds ?? 0,
    trouble: troubleOf(mutant, withIt[index]?.verdicts ?? [], without?.verdicts ?? []),
  }),
);
const survivors = outcomes.filter(({ trouble }) => trouble !== undefined);
console.log(linesOf(outcomes).join('\n'));
console.log(
  `${outcomes.length} bugs, ${outcomes.length - survivors.length} found; ${seconds(performance.now() - start)}`,
);
process.exitCode = survivors.length > 0 ? 1 : 0;

async function timed(trial: Trial): Promise<Timed> {
  const began = performance.now();
  const verdicts = await runApart(trial, trial.mutant ? PATIENCE : CONTROL_PATIENCE);
  return { verdicts, milliseconds: performance.now() - began };
}

/** A refactoring may leave a bug without its place: then it has to be said anew where somebody could make it. */
function misplaced({ name, file, find }: Mutant): string[] {
  const times = readFileSync(join(ROOT, file), 'utf8').split(find).length - 1;
  return times === 1 ? [] : [`${name}\n  must have one place in ${file}, and has ${times}: ${find}`];
}

function seconds(milliseconds: number): string {
  return `${(milliseconds / 1_000).toFixed(0)} s`;
}
