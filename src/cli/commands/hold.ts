import type { Command } from 'commander';
import { addCommand } from '../call.ts';
import type { CliContext } from '../context.ts';
import type { HoldCommandFlags } from '../process/hold.ts';
import { addHoldFlags } from '../process/hold-flags.ts';
import { TARGET } from '../values.ts';
import type { HeldNoun } from './claim-commands.ts';

/** `hold` of everything that can be held. */
export function addHold(group: Command, noun: HeldNoun, context: CliContext): void {
  const command = addCommand<HoldCommandFlags>(group, context, {
    usage: 'hold',
    summary: 'acquire it and keep it until SIGTERM: a native sidecar that lets a pod start once it holds',
    examples: [
      `${context.name} ${noun} hold NAME             # as the command of the sidecar`,
      `${context.name} ${noun} hold NAME --check     # as its startup probe`,
    ],
    run: async (call) => (await import('../process/hold.ts')).holdUntilTold(noun, call),
  });
  addHoldFlags(command.argument(...TARGET), noun)
    .option('--ready-file <path>', 'exists while it is held (default: a file of that name in the temporary folder)')
    .option('--check', 'only say whether a "hold" beside us holds it: exit code 0 or 1');
}
