import type { Command } from 'commander';
import { addCommand } from '../call.ts';
import type { CliContext } from '../context.ts';
import { addHoldFlags } from '../process/hold-flags.ts';
import type { RunAfterFlags, RunFlags } from '../process/run.ts';
import { TARGET } from '../values.ts';
import type { HeldNoun } from './claim-commands.ts';

const GRACE = [
  '--grace <duration>',
  'how long the program has to stop when the hold is lost, before it is killed',
  '10s',
] as const;

/** `run` of everything that can be held. */
export function addRun(group: Command, noun: HeldNoun, context: CliContext): void {
  const command = addCommand<RunFlags>(group, context, {
    usage: 'run',
    summary: 'run a program while holding it: renewed meanwhile, released at its end, with its exit code',
    examples: [
      `${context.name} ${noun} run NAME -- make deploy`,
      `${context.name} ${noun} run NAME --timeout 30m -- sh -c 'write --token "$KONDUCTOR_TOKEN"'`,
    ],
    run: async (call) => (await import('../process/run.ts')).runWhileHolding(noun, call),
  });
  command.argument(...TARGET).argument('<command...>', 'what to run, behind --');
  addHoldFlags(command, noun).option(...GRACE);
}

/** `run` of what is only waited for. */
export function addRunAfter(group: Command, noun: 'barrier' | 'gate', context: CliContext): void {
  addCommand<RunAfterFlags>(group, context, {
    usage: 'run <name> <command...>',
    summary: 'wait until it is open, then run a program; with its exit code',
    examples: [`${context.name} ${noun} run NAME --timeout 1h -- transform-data`],
    run: async (call) => (await import('../process/run.ts')).runAfterWaiting(noun, call),
  })
    .option('--timeout <duration>', 'how long to wait at most (default: as long as it takes)')
    .option(...GRACE);
}
