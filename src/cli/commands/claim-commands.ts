import { type Command, Option } from 'commander';
import { addCommand } from '../call.ts';
import type { CliContext } from '../context.ts';
import { TARGET, wholeNumber } from '../values.ts';
import type { AcquireFlags } from './acquire.ts';
import type { ReleaseFlags } from './release.ts';
import type { RenewFlags } from './renew.ts';

/** What can be held. */
export type HeldNoun = 'semaphore' | 'lease';

const HOLDER = 'who holds (default: $KONDUCTOR_HOLDER, the pod, or the host)';

export const addAcquire = (group: Command, noun: HeldNoun, context: CliContext): Command =>
  addCommand<AcquireFlags>(group, context, {
    usage: 'acquire',
    summary:
      noun === 'semaphore'
        ? 'take a permit, and end: it is held until it is released, its ttl ends, or the pod does'
        : 'take the lease, and end: it is held until it is released, its ttl ends, or the pod does',
    examples: [
      `${context.name} ${noun} acquire NAME             # now, or exit code 4`,
      `${context.name} ${noun} acquire NAME --wait      # as long as it takes`,
      `${context.name} ${noun} acquire NAME --timeout 30m   # at most that long, then exit code 124`,
    ],
    run: async (call) => (await import('./acquire.ts')).acquire(noun, call),
  })
    .argument(...TARGET)
    .option('--wait', 'wait for it; without this or a time-out it is tried once')
    .option('--timeout <duration>', 'how long to wait at most; 0s tries once')
    .option('--ttl <duration>', 'how long the hold lives without a renewal (default: as the resource says)')
    .option('--holder <name>', HOLDER)
    .option('--priority <number>', 'higher goes first', wholeNumber)
    .option(
      '--request-id <id>',
      'asking again with the same one adopts the same claim (default: in a pod, one for the pod)',
    )
    .option('--owner <reference>', 'what the claim goes with: apiVersion/Kind/name/uid (default: in a pod, the pod)')
    .option('--no-owner', 'the claim goes with nothing: it ends by its ttl or a release')
    .addOption(new Option('--wait-for-update', 'the older spelling of --wait').hideHelp())
    .addOption(new Option('--wait-duration <duration>', 'the older spelling of --timeout').hideHelp());

export const addRelease = (group: Command, noun: HeldNoun, context: CliContext): Command =>
  addCommand<ReleaseFlags>(group, context, {
    usage: 'release',
    summary: 'let go of what a holder has, or of one claim',
    run: async (call) => (await import('./release.ts')).release(noun, call),
  })
    .argument(...TARGET)
    .option('--holder <name>', HOLDER)
    .option('--claim <name>', 'only this claim')
    .option('--all', 'whoever holds or waits')
    .option('--ignore-not-found', 'nothing to let go of is no error');

export const addRenew = (group: Command, noun: HeldNoun, context: CliContext): Command =>
  addCommand<RenewFlags>(group, context, {
    usage: 'renew',
    summary: 'let what a holder has live for another ttl',
    run: async (call) => (await import('./renew.ts')).renew(noun, call),
  })
    .argument(...TARGET)
    .option('--holder <name>', HOLDER)
    .option('--claim <name>', 'only this claim');
