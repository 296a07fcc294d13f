import type { Call } from '../call.ts';
import { checkDurations } from '../durations.ts';
import { watched } from '../progress.ts';

export interface WaitFlags {
  readonly timeout?: string;
  readonly generation?: number;
}

/** Waits until it is open. */
export async function waitFor(
  noun: 'barrier' | 'gate',
  { args, options, open, context }: Call<WaitFlags>,
): Promise<void> {
  const [name = ''] = args;
  const { timeout, generation } = options;
  checkDurations({ '--timeout': timeout });
  const { client } = await open();
  await watched(context, `${noun} ${name}`, (waiting) =>
    noun === 'gate'
      ? client.waitGate(name, { ...waiting, timeout })
      : client.waitBarrier(name, { ...waiting, timeout, generation }),
  );
  context.stdout.write(`${noun} ${name} is open\n`);
}
