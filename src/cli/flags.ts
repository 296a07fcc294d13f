import { type Command, Option } from 'commander';

export const OUTPUT_FORMS = ['text', 'wide', 'json', 'yaml', 'name'] as const;
export type OutputForm = (typeof OUTPUT_FORMS)[number];

/** kubectl's flags, which every command takes. */
export interface Flags {
  readonly namespace?: string;
  readonly context?: string;
  readonly kubeconfig?: string;
  readonly server?: string;
  readonly token?: string;
  readonly as?: string;
  readonly output: OutputForm;
  readonly logLevel: LogLevel;
  /** Only commands that list take these three. */
  readonly allNamespaces?: true;
  readonly selector?: string;
  readonly watch?: true;
}

const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const;
type LogLevel = (typeof LOG_LEVELS)[number];

const DEFAULTS = { output: 'text', logLevel: 'info' } as const;

const common = (): readonly Option[] => [
  new Option('-n, --namespace <name>', 'the namespace (default: the one of the context, or of the pod)'),
  new Option('--context <name>', 'the context of the kubeconfig'),
  new Option('--kubeconfig <file>', 'the kubeconfig (default: $KUBECONFIG, ~/.kube/config, or the pod)'),
  new Option('--server <url>', 'the API server, without any kubeconfig'),
  new Option('--token <token>', 'the bearer token to come with'),
  new Option('--as <user>', 'the user to impersonate'),
  new Option('-o, --output <form>', 'how the answer is written').choices(OUTPUT_FORMS),
  new Option('--log-level <level>', '"debug" shows every call on stderr').choices(LOG_LEVELS),
];

const listing = (): readonly Option[] => [
  new Option('-A, --all-namespaces', 'look in all namespaces'),
  new Option('-l, --selector <labels>', 'only objects with these labels, such as team=etl'),
  new Option('-w, --watch', 'go on, and show what changes'),
];

/** At the end of a command: there they show in its help. */
export function addFlags(command: Command, lists: 'one' | 'many'): void {
  for (const option of [...(lists === 'many' ? listing() : []), ...common()])
    command.addOption(option.helpGroup(EVERYWHERE));
}

/** Their heading in help. */
export const EVERYWHERE = 'As with kubectl:';

/** Before the command: there they are understood as well, and need no second mention in help. */
export function addEarlyFlags(command: Command): void {
  for (const option of [...listing(), ...common()]) command.addOption(option.hideHelp());
}

/** What was said before the command and at its end; the last word counts. */
export function flagsOf(command: Command): Flags {
  const said: Record<string, unknown> = { ...DEFAULTS };
  for (const at of ancestry(command)) Object.assign(said, at.opts());
  return said as unknown as Flags;
}

/** The flags that only this command has. */
export function ownOptions(command: Command): object {
  const shared = new Set([...listing(), ...common()].map((option) => option.attributeName()));
  const durations = command.options.filter(({ flags }) => flags.endsWith('<duration>')).map((o) => o.attributeName());
  const own = Object.entries(command.opts()).filter(([key]) => !shared.has(key));
  // Go reads a bare 0 as a duration
  return Object.fromEntries(own.map(([key, value]) => [key, value === '0' && durations.includes(key) ? '0s' : value]));
}

/** A flag that was given before the command, and that this command has no use for. */
export function strayFlag(command: Command): string | undefined {
  const taken = new Set(command.options.map((option) => option.attributeName()));
  for (const at of ancestry(command).slice(0, -1)) {
    const stray = at.options.find((option) => {
      const key = option.attributeName();
      return at.getOptionValue(key) !== undefined && !taken.has(key);
    });
    if (stray) return stray.long ?? stray.short;
  }
  return undefined;
}

/** From the program down to the command. */
export function ancestry(command: Command): readonly Command[] {
  return command.parent ? [...ancestry(command.parent), command] : [command];
}
