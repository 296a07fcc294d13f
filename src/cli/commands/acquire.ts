import { parseDuration } from '../../api/duration.ts';
import type { OwnerReference } from '../../api/metadata.ts';
import { formatTime } from '../../api/time.ts';
import type { Hold } from '../../sdk/hold.ts';
import type { HoldOptions } from '../../sdk/options.ts';
import type { Call } from '../call.ts';
import { checkDurations } from '../durations.ts';
import { ownerOf } from '../owner.ts';
import { isDocument, printDocument } from '../print/document.ts';
import { fullName } from '../print/objects.ts';
import { watched } from '../progress.ts';
import type { Session } from '../session.ts';
import type { HeldNoun } from './claim-commands.ts';

export interface AcquireFlags {
  readonly wait?: true;
  readonly timeout?: string;
  readonly ttl?: string;
  readonly holder?: string;
  readonly priority?: number;
  readonly requestId?: string;
  /** `false`: --no-owner. */
  readonly owner?: string | false;
  readonly weight?: number;
  readonly permits?: number;
  readonly waitForUpdate?: true;
  readonly waitDuration?: string;
}

/** Takes it and ends: what is held then outlives this program. */
export async function acquire(noun: HeldNoun, call: Call<AcquireFlags>): Promise<void> {
  const { context, args, options, open } = call;
  const [name = ''] = args;
  const { wait, waitForUpdate, timeout = options.waitDuration, ttl } = options;
  checkDurations({ '--timeout': options.timeout, '--wait-duration': options.waitDuration, '--ttl': ttl });
  const owner = typeof options.owner === 'string' ? ownerOf(options.owner) : undefined;
  const session = await open();

  const asking = holdOptions(options, owner, session);
  const hold =
    wait || waitForUpdate || (timeout !== undefined && parseDuration(timeout) !== 0)
      ? await watched(context, `${noun} ${name}`, (waiting) =>
          noun === 'lease'
            ? session.client.acquireLease(name, { ...asking, ...waiting, timeout })
            : session.client.acquireSemaphore(name, { ...asking, ...waiting, timeout }),
        )
      : await tryNow(noun, session, name, { ...asking, signal: context.signal });
  // told to end in the very moment: nobody will know of the hold
  if (context.signal.aborted) {
    await hold.release();
    throw context.signal.reason;
  }
  await printHold(noun, hold, call);
}

const tryNow = (noun: HeldNoun, { client }: Session, name: string, asking: HoldOptions): Promise<Hold> =>
  noun === 'lease' ? client.tryAcquireLease(name, asking) : client.tryAcquireSemaphore(name, asking);

/** In a pod, asking again is the same request: a container that starts anew must not wait for itself. */
const requestOfPod = (holder: string): string => `koncli ${holder}`;

function holdOptions(options: AcquireFlags, given: OwnerReference | undefined, { pod, holder: self }: Session) {
  const { ttl, holder, priority, weight, permits, requestId } = options;
  const owner = options.owner === false ? undefined : (given ?? pod);
  return {
    detached: true as const,
    owner: owner ?? null,
    // while it lives the operator keeps the hold: nobody is left here to renew it
    ...(owner && { renewal: 'Owner' as const }),
    requestId: requestId ?? (owner && requestOfPod(holder ?? self)),
    ...{ ttl, holder, priority, weight, permits },
  };
}

async function printHold(
  noun: HeldNoun,
  hold: Hold,
  { context: { stdout }, flags }: Call<AcquireFlags>,
): Promise<void> {
  const { name, namespace, claim, holder, token } = hold;
  const [acquiredAt, expiresAt] = [hold.acquiredAt, hold.expiresAt].map((time) => formatTime(time.getTime()));
  if (flags.output === 'name') {
    const singular = noun === 'semaphore' ? 'permit' : 'leaserequest';
    return stdout.write(`${fullName({ singular }, claim)}\n`);
  }
  if (isDocument(flags.output)) {
    return printDocument(stdout, flags.output, {
      claim,
      namespace,
      [noun]: name,
      holder,
      token,
      acquiredAt,
      expiresAt,
    });
  }
  stdout.write(`${noun} ${name} acquired: holder ${holder}, token ${token}, claim ${claim}, expires ${expiresAt}\n`);
}
