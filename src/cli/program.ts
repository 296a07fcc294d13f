import { Command, CommanderError, Help, type Option } from 'commander';
import { pathOf } from './call.ts';
import { registerArgo } from './commands/argo.ts';
import { registerCompletion } from './commands/completion.ts';
import { registerConvert } from './commands/convert.ts';
import { registerExplain } from './commands/explain.ts';
import { registerGateJob } from './commands/gate-job.ts';
import { registerResources } from './commands/resources.ts';
import { registerStatus } from './commands/status.ts';
import { registerSystem } from './commands/system.ts';
import { registerTop } from './commands/top.ts';
import type { CliContext } from './context.ts';
import { EndWith, EXIT, exitCodeOf, Interrupted, UsageError } from './exit.ts';
import { addEarlyFlags, EVERYWHERE } from './flags.ts';

/** What adds commands to the program. It is loaded at every start: it imports nothing heavy, its commands do when they run. */
export type Register = (program: Command, context: CliContext, words: readonly string[] | undefined) => void;

const COMMANDS: readonly Register[] = [
  registerResources,
  registerStatus,
  registerExplain,
  registerTop,
  registerConvert,
  registerGateJob,
  registerArgo,
  registerSystem,
  registerCompletion,
];

/**
 * The command line, with nothing done yet: all of it, or, since a program that starts for one command should not make
 * eighty, what these words can lead to.
 */
export function programFor(context: CliContext, words?: readonly string[]): Command {
  const { stdout, stderr } = context;
  const program = new Command(context.name)
    .description('Semaphores, barriers, leases and gates for Kubernetes jobs.')
    .enablePositionalOptions()
    .exitOverride()
    .configureHelp({ groupItems: sharedLast, minWidthToWrap: 20 })
    .configureOutput({
      writeOut: (text) => stdout.write(text),
      // errors are said in one place, below
      writeErr: () => {},
      getOutHelpWidth: () => stdout.columns ?? 100,
      getErrHelpWidth: () => stderr.columns ?? 100,
      getOutHasColors: () => stdout.colours,
      getErrHasColors: () => stderr.colours,
    });
  addEarlyFlags(program);
  for (const register of COMMANDS) register(program, context, words);
  return program;
}

/** What is the same everywhere comes last in help. */
function sharedLast<T extends Command | Option>(
  this: Help,
  unsorted: T[],
  visible: T[],
  groupOf: (item: T) => string,
): Map<string, T[]> {
  const groups: Map<string, T[]> = Help.prototype.groupItems.call(this, unsorted, visible, groupOf as never) as never;
  const shared = groups.get(EVERYWHERE);
  if (shared && groups.delete(EVERYWHERE)) groups.set(EVERYWHERE, shared);
  return groups;
}

/** Runs one command line and gives the exit code; whatever goes wrong has been said on stderr. */
export async function runCli(argv: readonly string[], context: CliContext): Promise<number> {
  // completion looks at all there is
  const program = programFor(context, argv[0] === '__complete' ? undefined : argv);
  try {
    // commander's own help knows one word
    await program.parseAsync(argv[0] === 'help' ? [...argv.slice(1), '--help'] : argv, { from: 'user' });
    return EXIT.ok;
  } catch (error) {
    // an interrupted call fails in many ways: the signal is why
    const why = context.signal.aborted && !(error instanceof EndWith) ? context.signal.reason : error;
    if (why instanceof CommanderError && why.exitCode === 0) return EXIT.ok;
    if (why instanceof CommanderError && argv.length === 0)
      context.stderr.write(program.helpInformation({ error: true }));
    const { line, code } = failureOf(why, program, argv);
    if (line)
      context.stderr.write(`${context.stderr.colours ? `\u001b[31merror:\u001b[39m ${line}` : `error: ${line}`}\n`);
    return code;
  }
}

interface Failure {
  readonly line: string | undefined;
  readonly code: number;
}

function failureOf(error: unknown, program: Command, argv: readonly string[]): Failure {
  if (error instanceof EndWith || error instanceof Interrupted) return { line: undefined, code: exitCodeOf(error) };
  if (error instanceof CommanderError || error instanceof UsageError) {
    const at = commandIn(program, argv);
    const words = 'code' in error && error.code === 'commander.help' ? missingCommand(at) : error.message;
    return { line: `${oneLine(words)} (see ${pathOf(at)} --help)`, code: EXIT.usage };
  }
  const { name = '', code = '' } = error as { readonly name?: string; readonly code?: string | number };
  const words = error instanceof Error ? `${error.message}${HINTS[name] ?? HINTS[code] ?? ''}` : String(error);
  return { line: oneLine(words), code: exitCodeOf(error) };
}

/** What to do about errors that do not say it themselves, by their names or codes. */
const HINTS: Readonly<Record<string, string>> = {
  TransportError: '; is this the right cluster, and can it be reached? (--context, --kubeconfig, --server)',
  ConfigError: ' (--kubeconfig, --server)',
  401: ': the cluster does not know these credentials (--context, --kubeconfig, --token)',
};

const oneLine = (message: string): string =>
  message
    .replace(/^error: /, '')
    .replaceAll(/\s*[\r\n]+\s*/g, ' ')
    .trim();

const missingCommand = (at: Command): string =>
  `say what to do: ${at
    .createHelp()
    .visibleCommands(at)
    .map((command) => command.name())
    .filter((name) => name !== 'help')
    .join(', ')}`;

/** The command that the words of a command line lead to. */
function commandIn(program: Command, argv: readonly string[]): Command {
  let at = program;
  let mayBeValue = false;
  for (const word of argv) {
    const next = at.commands.find((command) => command.name() === word || command.aliases().includes(word));
    if (next) at = next;
    // what stands behind a flag may be its value; anything else is no command, and so is what follows
    else if (!word.startsWith('-') && !mayBeValue) break;
    mayBeValue = word.startsWith('-') && !word.includes('=');
  }
  return at;
}
