import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { USAGE } from '../operator/settings.ts';
import { ARGO_PLUGIN_USAGE } from '../plugins/argo/settings.ts';
import { ROOT } from '../scripts/files.ts';
import type { CliContext } from '../src/cli/context.ts';
import { programFor } from '../src/cli/program.ts';
import { documentedPages, inlineCodeIn } from './support/markdown.ts';

const page = { columns: 100, colours: false, isTerminal: false, write: () => {} };
// nothing is run: only what there is to type is looked at
const koncli = programFor({ name: 'koncli', stdout: page, stderr: page } as unknown as CliContext);

const flagsIn = (words: readonly string[]) => words.flatMap((word) => /^--?[a-z][a-z-]*/.exec(word) ?? []);

/** What is wrong with a line of koncli's; `…` stands for any kind. */
function koncliTrouble([, ...words]: readonly string[]): string | undefined {
  let command: Command = koncli;
  for (const word of words) {
    const wanted = word === '…' ? 'semaphore' : word;
    const next = command.commands.find((one) => one.name() === wanted || one.aliases().includes(wanted));
    if (!next && command.commands.length > 0 && !word.startsWith('-')) return `there is no ${word}`;
    if (!next) break;
    command = next;
  }
  const known = command.helpInformation();
  return sayMissing(flagsIn(words).filter((flag) => !new RegExp(`(^|[ ,])${flag}\\b`, 'm').test(known)));
}

const konductorHelp: Readonly<Record<string, string>> = { operator: USAGE, 'argo-plugin': ARGO_PLUGIN_USAGE, crds: '' };

function konductorTrouble([, name = '', ...words]: readonly string[]): string | undefined {
  const help = konductorHelp[name];
  if (help === undefined) return `there is no ${name}`;
  return sayMissing(flagsIn(words).filter((flag) => !help.includes(`${flag} `)));
}

const sayMissing = (flags: readonly string[]): string | undefined =>
  flags.length > 0 ? `it has no ${flags.join(' and no ')}` : undefined;

const TROUBLE: Readonly<Record<string, (words: readonly string[]) => string | undefined>> = {
  koncli: koncliTrouble,
  kondctl: koncliTrouble,
  konductor: konductorTrouble,
  node: ([, file = '']) => (file.startsWith('-') || existsSync(join(ROOT, file)) ? undefined : `there is no ${file}`),
};

/** Blocks of code are typed by the suites of test/support/pages.ts; what stands in the running text is looked up. */
describe('a command in the running text', () => {
  const named = documentedPages().flatMap((page) =>
    inlineCodeIn(page).flatMap((code) => {
      // of a pipe, what is ours; behind `--` stand words of somebody else
      const words = code.split(/ (?:\||--(?: |$))/)[0]?.split(' ') ?? [];
      return words.length > 1 && words[0] && Object.hasOwn(TROUBLE, words[0]) ? [{ page, code, words }] : [];
    }),
  );

  it('is found', () => {
    expect(named.length).toBeGreaterThan(30);
  });

  it.each(named)('$page: $code', ({ words }) => {
    expect(TROUBLE[words[0] ?? '']?.(words)).toBeUndefined();
  });
});
