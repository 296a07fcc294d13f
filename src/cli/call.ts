import type { Command } from 'commander';
import type { CliContext } from './context.ts';
import { UsageError } from './exit.ts';
import { addEarlyFlags, addFlags, ancestry, type Flags, flagsOf, ownOptions, strayFlag } from './flags.ts';
import type { Session } from './session.ts';

/** One use of a command. */
export interface Call<Options = object> {
  readonly context: CliContext;
  /** What was written behind the command, apart from flags. */
  readonly args: readonly string[];
  /** The command's own flags. */
  readonly options: Options;
  /** Those that every command takes. */
  readonly flags: Flags;
  /** The API server; connected to when first asked for, and left when the command has ended. */
  open(): Promise<Session>;
}

export type Handler<Options> = (call: Call<Options>) => Promise<void>;

export interface CommandShape<Options> {
  /** Its name and arguments, as commander has them: `acquire <name>`. */
  readonly usage: string;
  readonly summary: string;
  /** Shown in its help, below the flags. */
  readonly examples?: readonly string[];
  /** `many`: it takes -A, -l and -w as well. */
  readonly lists?: 'many';
  /** Imports what it needs only when it runs: `koncli version` must not load a client. */
  readonly run: Handler<Options>;
}

/** Adds a command; its own flags are added by the caller to what comes back. */
export function addCommand<Options = object>(
  parent: Command,
  context: CliContext,
  shape: CommandShape<Options>,
): Command {
  const { usage, summary, examples = [], lists = 'one', run } = shape;
  const command = parent.command(usage).description(summary).allowExcessArguments(false);
  if (examples.length > 0)
    command.addHelpText('after', `\nExamples:\n${examples.map((line) => `  ${line}\n`).join('')}`);
  addFlags(command, lists);
  return command.action(async () => {
    const stray = strayFlag(command);
    if (stray) throw new UsageError(`${stray} does not go with ${pathOf(command)}`);
    const flags = flagsOf(command);
    let session: Promise<Session> | undefined;
    const open = () => {
      session ??= import('./session.ts').then(({ openSession }) => openSession(context, flags));
      return session;
    };
    try {
      await run({ context, args: command.args, options: ownOptions(command) as Options, flags, open });
    } finally {
      await (await session?.catch(() => undefined))?.close();
    }
  });
}

/** Adds a command that only holds others. */
export function addGroup(parent: Command, name: string, aliases: readonly string[], summary: string): Command {
  const group = parent.command(name).aliases(aliases).description(summary).enablePositionalOptions();
  addEarlyFlags(group);
  return group;
}

/** What is typed to get to it: `koncli semaphore acquire`. */
export const pathOf = (command: Command): string =>
  ancestry(command)
    .map((at) => at.name())
    .join(' ');
