import type { Command, Option } from 'commander';
import { NOUNS, type Noun } from '../nouns.ts';

/** What may stand next: words that are known, and names that only the cluster knows. */
export interface Candidates {
  readonly words: readonly string[];
  readonly names?: Noun | 'namespace' | 'any';
  /** Flags that were given, by the names commander has for them. */
  readonly flags: Readonly<Record<string, string>>;
}

const NOUN_NAMES = Object.keys(NOUNS) as readonly Noun[];

/** Follows the words through the commands; the last word is the one that is being typed. */
export function candidatesFor(program: Command, words: readonly string[]): Candidates {
  const typed = words.at(-1) ?? '';
  const flags: Record<string, string> = {};
  let command = program;
  let awaits: Option | undefined;
  let operands: readonly string[] = [];
  for (const word of words.slice(0, -1)) {
    // behind it stands somebody else's command line
    if (word === '--') return { words: [], flags };
    if (awaits) {
      flags[awaits.attributeName()] = word;
      awaits = undefined;
      continue;
    }
    if (word.startsWith('-')) {
      const [flag = '', value] = word.split('=', 2);
      const option = optionsOf(command).find(({ short, long }) => flag === short || flag === long);
      if (option && value !== undefined) flags[option.attributeName()] = value;
      else if (option && (option.required || option.optional)) awaits = option;
      continue;
    }
    const next = command.commands.find((one) => one.name() === word || one.aliases().includes(word));
    if (next) command = next;
    else operands = [...operands, word];
  }
  if (awaits) return { ...valuesOf(awaits), flags };
  if (typed.startsWith('-')) return { words: flagsOf(command), flags };
  const commands = visible(command).map((one) => one.name());
  return { words: [...commands, ...argumentWords(command, operands)], ...namesFor(command, operands), flags };
}

const visible = (command: Command): readonly Command[] =>
  command
    .createHelp()
    .visibleCommands(command)
    .filter((one) => one.name() !== 'help');

/** Its own, and those that every command understands. */
function optionsOf(command: Command): readonly Option[] {
  return command.parent ? [...command.options, ...optionsOf(command.parent)] : command.options;
}

const flagsOf = (command: Command): readonly string[] =>
  command
    .createHelp()
    .visibleOptions(command)
    .flatMap(({ long }) => long ?? []);

function valuesOf(option: Option): Pick<Candidates, 'words' | 'names'> {
  if (option.argChoices) return { words: option.argChoices };
  return option.long === '--namespace' ? { words: [], names: 'namespace' } : { words: [] };
}

function argumentWords(command: Command, operands: readonly string[]): readonly string[] {
  const argument = command.registeredArguments[operands.length];
  if (argument?.argChoices) return argument.argChoices;
  return isAboutAnything(command) && operands.length === 0 ? NOUN_NAMES : [];
}

function namesFor(command: Command, operands: readonly string[]): Pick<Candidates, 'names'> {
  if (isAboutAnything(command)) {
    const [first] = operands;
    if (operands.length === 0) return { names: 'any' };
    const noun = NOUN_NAMES.find(
      (known) => known === first || (NOUNS[known] as readonly string[]).includes(first ?? ''),
    );
    return noun && operands.length === 1 ? { names: noun } : {};
  }
  const noun = NOUN_NAMES.find((known) => known === command.parent?.name());
  const argument = command.registeredArguments[operands.length] ?? command.registeredArguments.at(-1);
  const takesName = argument?.name().startsWith('name') && (argument.variadic || operands.length === 0);
  return noun && takesName && command.name() !== 'create' ? { names: noun } : {};
}

/** `explain` and `status` take a kind and a name, or a name alone. */
const isAboutAnything = (command: Command): boolean =>
  command.parent?.parent === null && ['explain', 'status'].includes(command.name());
