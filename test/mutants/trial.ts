import { readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { escapeTestName, startVitest, type TestCase, type VitestPluginContext } from 'vitest/node';
import type { Killer, Mutant } from './mutant.ts';
import { ROOT } from './place.ts';

/** Tests to run, with a bug or without one. */
export interface Trial {
  readonly mutant?: Mutant | undefined;
  readonly killers: readonly Killer[];
}

/**
 * What became of one test. `broken`: it says nothing, since the code did not run or the test ran out of time; or it is
 * about no test, but a module that cannot be loaded, or an error that nobody caught.
 */
export interface Verdict extends Killer {
  readonly state: 'passed' | 'failed' | 'broken';
  readonly message: string;
}

// this is the program of a process of its own, which is sent its trial
process.once('message', async (trial: Trial) => {
  const verdicts = await run(trial);
  process.send?.(verdicts, () => process.exit());
});

async function run({ mutant, killers }: Trial): Promise<Verdict[]> {
  const verdicts: Verdict[] = [];
  const names = killers.map(({ test }) => escapeTestName(test, false));
  const vitest = await startVitest(
    [],
    {
      config: false,
      root: ROOT,
      watch: false,
      include: [...new Set(killers.map(({ file }) => file))],
      testNamePattern: new RegExp(`(?:${names.join('|')})$`),
      maxWorkers: 1,
      // random histories that find a bug are then made short, which takes longer than finding it
      testTimeout: 20_000,
      reporters: [{ onTestCaseResult: (test) => void verdicts.push(...verdictOn(test, killers)) }],
    },
    { plugins: mutant ? [overlay(mutant)] : [], logLevel: 'silent' },
  );
  const errors = [
    ...vitest.state.getTestModules().flatMap((module) => module.errors()),
    ...vitest.state.getUnhandledErrors(),
  ];
  return [
    ...verdicts,
    ...errors.map((error) => ({ file: '', test: '', state: 'broken' as const, message: say(error) })),
  ];
}

/** Puts the bug into the file as it is loaded: the sources are left alone, whoever else is at work on them. */
function overlay({ file, find, replace }: Mutant) {
  const path = join(ROOT, file);
  return {
    name: 'mutant',
    enforce: 'pre' as const,
    // a function gives the replacement: in a text `$` would mean something
    load: (id: string) => (id === path ? readFileSync(path, 'utf8').replace(find, () => replace) : undefined),
    // what is kept from run to run is known by the text of its file: this one is to be loaded every time
    api: { vitest: { ignoreFsModuleCache: true } },
    configureVitest: ({ defineCacheKeyGenerator }: VitestPluginContext) =>
      defineCacheKeyGenerator(({ id }) => (id === path ? false : undefined)),
  };
}

function verdictOn(test: TestCase, killers: readonly Killer[]): Verdict[] {
  const file = relative(ROOT, test.module.moduleId);
  const { state, errors } = test.result();
  const isMeant = killers.some((killer) => killer.file === file && killer.test === test.name);
  if (!isMeant || (state !== 'passed' && state !== 'failed')) return [];
  const { name = '', message = '' } = errors?.[0] ?? {};
  const isBroken = NO_PROOF.test(name) || NO_PROOF.test(message);
  return [{ file, test: test.name, state: isBroken ? 'broken' : state, message }];
}

/** A bug that was not said in code that runs, or that only keeps a test waiting, would be found by any test. */
const NO_PROOF = /^(ReferenceError|SyntaxError|Test timed out)/;

const say = (error: unknown): string =>
  typeof error === 'object' && error !== null && 'message' in error ? String(error.message) : String(error);
