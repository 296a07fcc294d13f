import type { Command } from 'commander';
import { addCommand } from '../call.ts';
import type { CliContext } from '../context.ts';
import { repeated } from '../values.ts';
import { addCreate } from './create-command.ts';
import { addRunAfter } from './run.ts';
import type { WaitFlags } from './wait.ts';

/** What gates have and others do not. */
export function registerGate(group: Command, context: CliContext): void {
  addCreate(group, 'gate', context, [
    `${context.name} gate create ready --condition job=data-loader,state=Complete --condition semaphore=api-quota,permits=2`,
    `${context.name} gate create web-up --condition 'resource=apps/v1/Deployment/web,when=object.status.readyReplicas >= 2'`,
    `${context.name} gate create go-live   # without conditions: opened by hand`,
  ])
    .option('--condition <what>', 'one that must be met; may be given again', repeated)
    .option('--timeout <duration>', 'how long to wait for the conditions')
    .option('--open', 'open at once (a gate without conditions)')
    .option('--no-latch', 'close again when a condition is no longer met');
  for (const [verb, done] of [
    ['open', 'opened'],
    ['close', 'closed'],
  ] as const) {
    addCommand(group, context, {
      usage: `${verb} <name>`,
      summary: `${verb} a gate that has no conditions`,
      run: async (call) => (await import('./gate-hand.ts')).turn(verb, done, call),
    });
  }
  addCommand<WaitFlags>(group, context, {
    usage: 'wait <name>',
    summary: 'wait until it is open',
    run: async (call) => (await import('./wait.ts')).waitFor('gate', call),
  }).option('--timeout <duration>', 'how long to wait at most (default: as long as it takes)');
  addRunAfter(group, 'gate', context);
}
