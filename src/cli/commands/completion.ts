import type { Command } from 'commander';
import { addCommand } from '../call.ts';
import { SHELLS, type Shell, scriptFor } from '../completion/scripts.ts';
import type { CliContext } from '../context.ts';
import { UsageError } from '../exit.ts';

export function registerCompletion(program: Command, context: CliContext): void {
  addCommand(program, context, {
    usage: 'completion <shell>',
    summary: `print what makes a shell complete commands and names: ${SHELLS.join(', ')}`,
    examples: [
      `source <(${context.name} completion bash)`,
      `source <(${context.name} completion zsh)`,
      `${context.name} completion fish | source`,
    ],
    async run({ args: [said] }) {
      const shell = SHELLS.find((known): known is Shell => known === said);
      if (!shell) throw new UsageError(`there is completion for ${SHELLS.join(', ')}, not for ${JSON.stringify(said)}`);
      context.stdout.write(scriptFor(shell, context.name));
    },
  });
  program
    .command('__complete [words...]', { hidden: true })
    .allowUnknownOption()
    .helpOption(false)
    .action(async (words: readonly string[]) => {
      const { complete } = await import('../completion/complete.ts');
      await complete(program, words, context);
    });
}
