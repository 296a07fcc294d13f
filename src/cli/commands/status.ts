import { Argument, type Command } from 'commander';
import { addCommand } from '../call.ts';
import type { CliContext } from '../context.ts';
import { NOUNS } from '../nouns.ts';

/** `status semaphore db`, `status gate`, `status all`. */
export function registerStatus(program: Command, context: CliContext): void {
  addCommand(program, context, {
    usage: 'status',
    summary: 'show one resource with who holds and waits, or all of a kind, or everything',
    lists: 'many',
    examples: [`${context.name} status semaphore api-quota`, `${context.name} status all -A`],
    run: async (call) => (await import('./status-of.ts')).statusOf(call),
  })
    .addArgument(
      new Argument('<kind>', 'what')
        .choices([...Object.keys(NOUNS), 'all'])
        // by its other names as well, which would be a long list
        .argParser((word) => word),
    )
    .argument('[name]', 'which one');
}
