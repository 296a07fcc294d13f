import type { Hold } from '../../sdk/hold.ts';
import type { RevocationRequest } from '../../sdk/options.ts';
import type { HeldNoun } from '../commands/claim-commands.ts';
import type { CliContext } from '../context.ts';
import { checkDurations } from '../durations.ts';
import { progressOn } from '../progress.ts';
import type { Session } from '../session.ts';
import type { HoldFlags } from './hold-flags.ts';

export interface AcquireHold {
  readonly noun: HeldNoun;
  readonly name: string;
  readonly flags: HoldFlags;
  readonly open: () => Promise<Session>;
  readonly onRevocation?: (request: RevocationRequest) => void;
}

/** Waits for it, says on stderr what it waits for, and gives it back to the world when we are asked to end meanwhile. */
export async function acquireHold(acquiring: AcquireHold, context: CliContext): Promise<Hold> {
  const { noun, name, flags, open, onRevocation } = acquiring;
  const { ttl, timeout, holder, priority, requestId, weight, permits } = flags;
  checkDurations({ '--ttl': ttl, '--timeout': timeout });
  const { client } = await open();
  const progress = progressOn(context, `${noun} ${name}`);
  const common = {
    ttl,
    timeout,
    holder,
    priority,
    requestId,
    signal: context.signal,
    onWaiting: progress.update,
    onRevocation,
  };
  try {
    const hold =
      noun === 'lease'
        ? await client.acquireLease(name, common)
        : await client.acquireSemaphore(name, { ...common, weight, permits });
    if (!context.signal.aborted) return hold;
    await letGo(hold, context);
    throw context.signal.reason;
  } finally {
    progress.end();
  }
}

/** How long we stay for an API server that does not answer; a hold that ends before needs no release. */
const PATIENCE_MS = 10_000;

/** Releases, or says until when it stays held: what was done under it is done either way. */
export async function letGo(hold: Hold, { clock, stderr }: Pick<CliContext, 'clock' | 'stderr'>): Promise<void> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = clock.after(Math.min(PATIENCE_MS, hold.remaining), () =>
    reject(new Error('the API server does not answer')),
  );
  try {
    await Promise.race([hold.release(), late]);
  } catch (error) {
    const until = hold.expiresAt.toISOString();
    const why = error instanceof Error ? error.message : String(error);
    stderr.write(`${sayHold(hold)} could not be released (${why}): it ends by itself, at ${until} at the latest\n`);
  } finally {
    timer.cancel();
  }
}

export const sayHold = ({ kind, name }: Pick<Hold, 'kind' | 'name'>): string => `${kind.toLowerCase()} ${name}`;

/** Why it was lost, in one sentence. */
export const sayLoss = (hold: Hold): string => {
  const { reason } = hold.signal as { readonly reason: unknown };
  return reason instanceof Error ? reason.message : `${sayHold(hold)} was lost`;
};
