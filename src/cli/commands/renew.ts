import type { Call } from '../call.ts';
import { UsageError } from '../exit.ts';
import type { HeldNoun } from './claim-commands.ts';

export interface RenewFlags {
  readonly holder?: string;
  readonly claim?: string;
}

/** Lets a hold that outlived its `acquire` live for another ttl. */
export async function renew(noun: HeldNoun, { args, options, open, context }: Call<RenewFlags>): Promise<void> {
  const [name = ''] = args;
  const { holder, claim } = options;
  if (holder !== undefined && claim !== undefined) throw new UsageError('give one of --holder and --claim');
  const session = await open();
  const selection = claim === undefined ? { holder: holder ?? session.holder } : { claim };
  const { client } = session;
  const count = await (noun === 'semaphore'
    ? client.renewSemaphore(name, selection)
    : client.renewLease(name, selection));
  context.stdout.write(`${noun} ${name} renewed: ${count} ${count === 1 ? 'claim' : 'claims'}\n`);
}
