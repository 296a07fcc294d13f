import { type Command, Option } from 'commander';
import { addCommand } from '../call.ts';
import type { CliContext } from '../context.ts';
import { listed, TARGET, wholeNumber } from '../values.ts';
import type { ArriveFlags } from './arrive.ts';
import { addCreate } from './create-command.ts';
import { addRunAfter } from './run.ts';
import type { WaitFlags } from './wait.ts';

/** What barriers have and others do not. */
export function registerBarrier(group: Command, context: CliContext): void {
  addCreate(group, 'barrier', context, [`${context.name} barrier create stage-1 --expected 5 --quorum 4 --timeout 30m`])
    .option('--expected <number>', 'how many distinct holders are expected', wholeNumber, 1)
    .option('--quorum <number>', 'how many are enough to open it', wholeNumber)
    .option('--timeout <duration>', 'how long to wait for them')
    .option('--cyclic', 'begin again once it has opened')
    .addOption(
      new Option('--arrival-policy <who>', 'whether those who arrived and are gone count').choices(['Sticky', 'Live']),
    )
    .option('--allowed-namespaces <names>', 'namespaces whose arrivals may name it; "*" is all', listed);
  addCommand<ArriveFlags>(group, context, {
    usage: 'arrive',
    summary: 'say that a holder has reached the barrier; again does no harm',
    examples: [
      `${context.name} barrier arrive stage-1`,
      `${context.name} barrier arrive stage-1 --wait --timeout 10m   # and wait for the others`,
    ],
    run: async (call) => (await import('./arrive.ts')).arrive(call),
  })
    .argument(...TARGET)
    .argument('[holder]', 'the same as --holder')
    .option('--holder <name>', 'who arrives (default: $KONDUCTOR_HOLDER, the pod, or the host)')
    .option('--generation <number>', 'of a cyclic barrier (default: the one that is waiting)', wholeNumber)
    .option('--wait', 'and wait until it opens')
    .option('--timeout <duration>', 'how long to wait at most')
    .addOption(new Option('--wait-for-update', 'wait a moment whether it opens').hideHelp())
    .addOption(new Option('--update-timeout <duration>', 'how long a moment is (5s)').hideHelp());
  addCommand<WaitFlags>(group, context, {
    usage: 'wait',
    summary: 'wait until it is open',
    examples: [`${context.name} barrier wait stage-1 --timeout 30m`],
    run: async (call) => (await import('./wait.ts')).waitFor('barrier', call),
  })
    .argument(...TARGET)
    .option('--timeout <duration>', 'how long to wait at most (default: as long as it takes)')
    .option('--generation <number>', 'of a cyclic barrier (default: the current one)', wholeNumber);
  addRunAfter(group, 'barrier', context);
}
