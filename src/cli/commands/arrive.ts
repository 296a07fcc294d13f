import { TimeoutError } from '../../sdk/errors.ts';
import type { Call } from '../call.ts';
import { checkDurations } from '../durations.ts';
import { UsageError } from '../exit.ts';
import { watched } from '../progress.ts';

export interface ArriveFlags {
  readonly holder?: string;
  readonly generation?: number;
  readonly wait?: true;
  readonly timeout?: string;
  readonly waitForUpdate?: true;
  readonly updateTimeout?: string;
}

/** Says that somebody has reached the barrier, and may wait for the others. */
export async function arrive({ args, options, open, context }: Call<ArriveFlags>): Promise<void> {
  const [name = '', named] = args;
  const { wait, waitForUpdate, generation } = options;
  const { timeout = options.updateTimeout ?? (wait ? undefined : MOMENT) } = options;
  checkDurations({ '--timeout': options.timeout, '--update-timeout': options.updateTimeout });
  if (named !== undefined && options.holder !== undefined && named !== options.holder) {
    throw new UsageError('the holder is given twice: once behind the name, once as --holder');
  }
  const waits = wait || waitForUpdate;
  if (options.timeout !== undefined && !waits) throw new UsageError('--timeout goes with --wait');
  const { client, ...session } = await open();
  const holder = named ?? options.holder ?? session.holder;
  const arrival = { holder, ...(generation !== undefined && { generation }) };
  let isOpen = false;
  if (waits) {
    try {
      await watched(context, `barrier ${name}`, (waiting) =>
        client.arriveAndWaitBarrier(name, { ...arrival, ...waiting, timeout }),
      );
      isOpen = true;
    } catch (error) {
      // a script that says --wait-for-update has arrived, whether or not others are still to come
      if (wait || !(error instanceof TimeoutError)) throw error;
    }
  } else await client.arriveBarrier(name, arrival);
  context.stdout.write(`${holder} arrived at barrier ${name}${isOpen ? ', which is open' : ''}\n`);
}

/** What --wait-for-update waits at most, as it did in the older koncli. */
const MOMENT = '5s';
