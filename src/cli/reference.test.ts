import type { Command } from 'commander';
import { expect, it } from 'vitest';
import { pathOf } from './call.ts';
import type { CliContext } from './context.ts';
import { programFor } from './program.ts';

const HEADER = `<!-- Generated from src/cli by \`npx vitest run --project fast src/cli/reference.test.ts -u\`. Do not edit. -->

# koncli: every command

What \`--help\` says. The guide is [koncli](../koncli.md). Flags of kubectl (\`-n\`, \`-o\` and so on) stand at the end of
each; they may also be given before the command.
`;

const EVERYWHERE = /\nAs with kubectl:\n(?: .*\n)+/;

/** Commands with what they hold, but for the one that shells ask for completion. */
const all = (command: Command): readonly Command[] => [
  ...(command.commands.length === 0 ? [command] : []),
  ...command.commands.filter((one) => !one.name().startsWith('__')).flatMap(all),
];

it('docs/reference/koncli.md says what --help says', async () => {
  const page = { columns: 100, colours: false, isTerminal: false, write: () => {} };
  // nothing is run: of the context, help needs no more
  const program = programFor({ name: 'koncli', stdout: page, stderr: page } as unknown as CliContext);
  const pages = all(program).map((command, index) => {
    const help = helpOf(command);
    // the same twelve lines forty times help nobody
    return `\n## ${pathOf(command)}\n\n\`\`\`text\n${(index === 0 ? help : help.replace(EVERYWHERE, '')).trimEnd()}\n\`\`\`\n`;
  });
  expect(pages.length).toBeGreaterThan(35);
  await expect(HEADER + pages.join('')).toMatchFileSnapshot('../../docs/reference/koncli.md');
});

function helpOf(command: Command): string {
  let text = '';
  command.configureOutput({ writeOut: (piece) => (text += piece) });
  command.outputHelp();
  return text;
}
