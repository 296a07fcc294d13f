import type { Command } from 'commander';
import { addCommand } from '../call.ts';
import type { CliContext } from '../context.ts';

export function registerTop(program: Command, context: CliContext): void {
  addCommand(program, context, {
    usage: 'top',
    summary: 'everything at one look, the longest queues first: live at a terminal, else once',
    run: async (call) => (await import('../live/top.ts')).top(call),
  }).option('-A, --all-namespaces', 'look in all namespaces');
}
