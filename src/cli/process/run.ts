import { isatty } from 'node:tty';
import { parseDuration } from '../../api/duration.ts';
import { inWords } from '../../core/picture.ts';
import type { Hold } from '../../sdk/hold.ts';
import type { Call } from '../call.ts';
import type { HeldNoun } from '../commands/claim-commands.ts';
import { checkDurations } from '../durations.ts';
import { EndWith, EXIT } from '../exit.ts';
import { acquireHold, letGo, sayHold, sayLoss } from './acquire-hold.ts';
import { runChild } from './child.ts';
import { findProgram, UnrunnableError } from './find-program.ts';
import type { HoldFlags } from './hold-flags.ts';
import { stopInTime } from './stop-in-time.ts';

export interface RunFlags extends HoldFlags {
  readonly grace: string;
}

/** Runs a program while holding something, and ends as the program ends. */
export async function runWhileHolding(noun: HeldNoun, call: Call<RunFlags>): Promise<never> {
  const { context, args, options } = call;
  const { name, command, rest } = commandLine(args);
  checkDurations({ '--grace': options.grace });
  await mustBeRunnable(command, call);
  const ask = new AbortController();
  const onRevocation = ({ message }: { readonly message: string }) => {
    context.stderr.write(`lease ${name}: ${message}: asking ${command} to stop\n`);
    ask.abort();
  };
  const hold = await acquireHold({ noun, name, flags: options, open: call.open, onRevocation }, context);
  const watch = stopInTime(hold, parseDuration(options.grace) ?? 0, context.clock);
  const tell = () => context.stderr.write(`error: ${sayWhy(hold)}: stopping ${command}\n`);
  watch.stop.addEventListener('abort', tell, { once: true });
  const code = await runIt({
    command,
    rest,
    call,
    ask: ask.signal,
    stop: watch.stop,
    variables: variablesOf(hold),
  }).finally(async () => {
    watch.end();
    watch.stop.removeEventListener('abort', tell);
    if (!hold.signal.aborted) await letGo(hold, context);
  });
  throw new EndWith(watch.stop.aborted || ask.signal.aborted ? EXIT.error : code);
}

const sayWhy = (hold: Hold): string =>
  hold.signal.aborted ? sayLoss(hold) : `${sayHold(hold)} cannot be renewed, and is lost in ${inWords(hold.remaining)}`;

export interface RunAfterFlags {
  readonly timeout?: string;
  readonly grace: string;
}

/** Waits for a barrier or a gate, then runs a program and ends as it ends. */
export async function runAfterWaiting(noun: 'barrier' | 'gate', call: Call<RunAfterFlags>): Promise<never> {
  const { context, args, options } = call;
  const { name, command, rest } = commandLine(args);
  checkDurations({ '--timeout': options.timeout, '--grace': options.grace });
  await mustBeRunnable(command, call);
  const { client } = await call.open();
  const wait = { timeout: options.timeout, signal: context.signal };
  await (noun === 'barrier' ? client.waitBarrier(name, wait) : client.waitGate(name, wait));
  const never = new AbortController().signal;
  const variables = { KONDUCTOR_RESOURCE: `${noun}/${name}` };
  throw new EndWith(await runIt({ command, rest, call, ask: never, stop: never, variables }));
}

function commandLine([name = '', command = '', ...rest]: readonly string[]) {
  return { name, command, rest };
}

async function mustBeRunnable(command: string, { context }: Call): Promise<void> {
  await findProgram(command, context.environment.variables.PATH).catch((error: unknown) => {
    if (error instanceof UnrunnableError) context.stderr.write(`error: ${error.message}\n`);
    throw error;
  });
}

interface Running {
  readonly command: string;
  readonly rest: readonly string[];
  readonly call: Call<{ readonly grace: string }>;
  readonly ask: AbortSignal;
  readonly stop: AbortSignal;
  readonly variables: Readonly<Record<string, string>>;
}

const runIt = ({ command, rest, call: { context, options }, ask, stop, variables }: Running): Promise<number> =>
  runChild({
    command,
    args: rest,
    variables: { ...context.environment.variables, ...variables },
    group: isatty(0) ? 'shared' : 'own',
    onSignal: context.onSignal,
    ask,
    stop,
    grace: parseDuration(options.grace) ?? 0,
    clock: context.clock,
  });

/** What the program may want to know, such as the token that its database checks. */
const variablesOf = (hold: Hold) => ({
  KONDUCTOR_TOKEN: `${hold.token}`,
  KONDUCTOR_CLAIM: hold.claim,
  KONDUCTOR_HOLDER: hold.holder,
  KONDUCTOR_RESOURCE: sayHold(hold).replace(' ', '/'),
});
