import { type Command, Option } from 'commander';
import type { CliContext } from '../context.ts';
import { listed, wholeNumber } from '../values.ts';
import { addAcquire, addRelease, addRenew } from './claim-commands.ts';
import { addCreate } from './create-command.ts';
import { addHold } from './hold.ts';
import { addRun } from './run.ts';

/** What semaphores have and others do not. */
export function registerSemaphore(group: Command, context: CliContext): void {
  addCreate(group, 'semaphore', context, [`${context.name} semaphore create api-quota --permits 5 --ttl 10m`])
    .option('--permits <number>', 'how many permits there are', wholeNumber, 1)
    .option('--ttl <duration>', 'how long a hold lives without a renewal (10m)')
    .option('--max-ttl <duration>', 'the longest ttl a claim may ask for')
    .addOption(
      new Option('--ordering <how>', 'whether light claims may pass heavy ones').choices(['Strict', 'BestEffort']),
    )
    .option('--max-waiters <number>', 'how many claims may wait', wholeNumber)
    .option('--allowed-namespaces <names>', 'namespaces whose claims may name it; "*" is all', listed);
  addAcquire(group, 'semaphore', context)
    .option('--weight <number>', 'how many permits to take, all or none (1)', wholeNumber)
    .option('--permits <number>', 'make the semaphore with that limit when there is none', wholeNumber);
  addRelease(group, 'semaphore', context);
  addRenew(group, 'semaphore', context);
  addRun(group, 'semaphore', context);
  addHold(group, 'semaphore', context);
}
