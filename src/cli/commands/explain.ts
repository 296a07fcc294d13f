import type { Command } from 'commander';
import { addCommand } from '../call.ts';
import type { CliContext } from '../context.ts';

export function registerExplain(program: Command, context: CliContext): void {
  addCommand(program, context, {
    usage: 'explain',
    summary: 'who holds it, who waits in which order and why, since when, and when it may move',
    examples: [`${context.name} explain api-quota`, `${context.name} explain lease db-migration`],
    run: async (call) => (await import('../live/explain.ts')).explain(call),
  }).argument('<name...>', 'NAME, KIND NAME or KIND/NAME');
}
