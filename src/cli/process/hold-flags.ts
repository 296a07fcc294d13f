import type { Command } from 'commander';
import type { HeldNoun } from '../commands/claim-commands.ts';
import { wholeNumber } from '../values.ts';

/** What can be said about a hold that lasts as long as this program. */
export interface HoldFlags {
  readonly ttl?: string;
  readonly timeout?: string;
  readonly holder?: string;
  readonly priority?: number;
  readonly requestId?: string;
  readonly weight?: number;
  readonly permits?: number;
}

export function addHoldFlags(command: Command, noun: HeldNoun): Command {
  command
    .option('--timeout <duration>', 'how long to wait at most (default: as long as it takes)')
    .option('--ttl <duration>', 'how long the hold outlives us if we die (default: as the resource says)')
    .option('--holder <name>', 'who holds (default: $KONDUCTOR_HOLDER, the pod, or the host)')
    .option('--priority <number>', 'higher goes first', wholeNumber)
    .option('--request-id <id>', 'asking again with the same one adopts the same claim');
  if (noun === 'lease') return command;
  return command
    .option('--weight <number>', 'how many permits to take, all or none (1)', wholeNumber)
    .option('--permits <number>', 'make the semaphore with that limit when there is none', wholeNumber);
}
