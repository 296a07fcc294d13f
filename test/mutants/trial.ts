import { readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { escapeTestName, startVitest, type TestCase } from 'vitest/node';
import type { Killer, Mutant } from './mutant.ts';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Tests to run, with a bug or without one. */
export interface Trial {
  readonly mutant?: Mutant | undefined;
  readonly killers: readonly Killer[];
}

/** What became of one test; `broken` has to do with no test: a module that cannot be loaded, or an error of nobody's. */
export interface Verdict {
  readonly file: string;
  readonly test: string;
  readonly state: 'passed' | 'failed' | 'broken';
  readonly message: string;
}

export async function run({ mutant, killers }: Trial): Promise<Verdict[]> {
  const verdicts: Verdict[] = [];
  const vitest = await startVitest(
    [],
    {
      config: false,
      root: ROOT,
      watch: false,
      include: [...new Set(killers.map(({ file }) => file))],
      testNamePattern: new RegExp(`(?:^|\\s)(?:${killers.map(({ test }) => RegExp.escape(test)).join('|')})$`),
      maxWorkers: 1,
      reporters: [{ onTestCaseResult: (test) => verdicts.push(...verdictOn(test, killers)) }],
    },
    { plugins: mutant ? [overlay(mutant)] : [], logLevel: 'silent' },
  );
  const broken = (message: string): Verdict => ({ file: '', test: '', state: 'broken', message });
  for (const module of vitest.state.getTestModules())
    for (const { message } of module.errors()) verdicts.push(broken(message));
  for (const error of vitest.state.getUnhandledErrors())
    verdicts.push(broken(error instanceof Error ? error.message : JSON.stringify(error)));
  return verdicts;
}

/** Puts the bug into the file as it is loaded: the sources themselves are left alone. */
function overlay({ file, find, replace }: Mutant) {
  const path = join(ROOT, file);
  return {
    name: 'mutant',
    enforce: 'pre' as const,
    load: (id: string) =>
      // a function: `$` in the replacement means nothing
      id.split('?')[0] === path ? readFileSync(path, 'utf8').replace(find, () => replace) : undefined,
  };
}

function verdictOn(test: TestCase, killers: readonly Killer[]): Verdict[] {
  const file = relative(ROOT, test.module.moduleId);
  const { state, errors } = test.result();
  if (state !== 'passed' && state !== 'failed') return [];
  if (!killers.some((killer) => killer.file === file && killer.test === test.name)) return [];
  return [{ file, test: test.name, state, message: errors?.[0]?.message ?? '' }];
}
