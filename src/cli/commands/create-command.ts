import { type Command, Option } from 'commander';
import { addCommand } from '../call.ts';
import type { CliContext } from '../context.ts';
import type { Noun } from '../nouns.ts';
import type { CreateFlags } from './create.ts';

/** `create` with the flags that every kind has; the fields of its spec are added by the kind. */
export const addCreate = (group: Command, noun: Noun, context: CliContext, examples: readonly string[]): Command =>
  addCommand<CreateFlags>(group, context, {
    usage: 'create <name>',
    summary: `make a ${noun}`,
    examples,
    run: async (call) => (await import('./create.ts')).create(noun, call),
  }).addOption(
    new Option('--dry-run [where]', '"client" only shows it with -o yaml, "server" has it checked as well')
      .choices(['none', 'client', 'server'])
      .preset('client'),
  );
