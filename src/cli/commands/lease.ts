import { type Command, Option } from 'commander';
import type { CliContext } from '../context.ts';
import { listed, wholeNumber } from '../values.ts';
import { addAcquire, addRelease, addRenew } from './claim-commands.ts';
import { addCreate } from './create-command.ts';
import { addHold } from './hold.ts';
import { addRun } from './run.ts';

/** What leases have and others do not. */
export function registerLease(group: Command, context: CliContext): void {
  addCreate(group, 'lease', context, [`${context.name} lease create db-migration --ttl 5m`])
    .option('--ttl <duration>', 'how long a hold lives without a renewal (10m)')
    .option('--priority <number>', 'of requests that name none (0)', wholeNumber)
    .addOption(
      new Option('--preemption <who>', 'who loses it to a request of higher priority').choices([
        'LowerPriority',
        'Never',
      ]),
    )
    .option('--grace-period <duration>', 'how long a holder that is to lose it has to let go by itself (30s)')
    .option('--allowed-namespaces <names>', 'namespaces whose requests may name it; "*" is all', listed);
  addAcquire(group, 'lease', context);
  addRelease(group, 'lease', context);
  addRenew(group, 'lease', context);
  addRun(group, 'lease', context);
  addHold(group, 'lease', context);
}
