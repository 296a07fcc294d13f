import { once } from 'node:events';
import type { Hold } from '../../sdk/hold.ts';
import type { Call } from '../call.ts';
import type { HeldNoun } from '../commands/claim-commands.ts';
import { EndWith, EXIT } from '../exit.ts';
import { acquireHold, letGo, sayHold, sayLoss } from './acquire-hold.ts';
import type { HoldFlags } from './hold-flags.ts';
import { readReadyNote, readyFileFor, removeReadyNote, writeReadyNote } from './ready-file.ts';

export interface HoldCommandFlags extends HoldFlags {
  readonly readyFile?: string;
  readonly check?: true;
}

/** Holds until it is told to end, which is how a native sidecar lives. */
export async function holdUntilTold(noun: HeldNoun, call: Call<HoldCommandFlags>): Promise<void> {
  const { context, args, options } = call;
  const [name = ''] = args;
  const file = options.readyFile ?? readyFileFor(noun, name);
  if (options.check) return checkHeld(noun, name, file, call);
  // of an earlier life in the same file system
  await removeReadyNote(file);
  const onRevocation = ({ message }: { readonly message: string }) =>
    context.stderr.write(`lease ${name}: ${message}\n`);
  const hold = await acquireHold({ noun, name, flags: options, open: call.open, onRevocation }, context);
  try {
    const { claim, token } = hold;
    await writeReadyNote(file, { resource: sayHold(hold).replace(' ', '/'), claim, token, pid: process.pid });
    context.stderr.write(`${sayHold(hold)} is held as ${hold.holder}, token ${token}; SIGTERM releases it\n`);
    await endOf(hold, call);
  } finally {
    await removeReadyNote(file);
  }
  if (!hold.signal.aborted) return letGo(hold, context);
  context.stderr.write(`error: ${sayLoss(hold)}\n`);
  throw new EndWith(EXIT.error);
}

/** Kept when we are told to end, or when the hold is lost. */
async function endOf(hold: Hold, { context }: Call): Promise<void> {
  const over = AbortSignal.any([hold.signal, context.signal]);
  if (over.aborted) return;
  await once(over, 'abort');
}

/** For a startup probe: whether the program beside it holds it by now. */
async function checkHeld(noun: HeldNoun, name: string, file: string, { context }: Call): Promise<void> {
  const note = await readReadyNote(file);
  if (note?.resource === `${noun}/${name}`) return;
  context.stderr.write(`${noun} ${name} is not held by a "${context.name} ${noun} hold" here (no ${file})\n`);
  throw new EndWith(EXIT.error);
}
