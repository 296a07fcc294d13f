import type { Command } from 'commander';
import { addCommand, addGroup } from '../call.ts';
import type { CliContext } from '../context.ts';
import { NOUNS, type Noun } from '../nouns.ts';
import { registerBarrier } from './barrier.ts';
import type { DeleteFlags } from './delete.ts';
import { registerGate } from './gate.ts';
import { registerLease } from './lease.ts';
import { registerSemaphore } from './semaphore.ts';

const SUMMARIES: Readonly<Record<Noun, string>> = {
  semaphore: 'how many may use something at once',
  barrier: 'nobody passes until enough have arrived',
  lease: 'one holder at a time',
  gate: 'closed until its conditions are met, or somebody opens it',
};

const OWN: Readonly<Record<Noun, (group: Command, context: CliContext) => void>> = {
  semaphore: registerSemaphore,
  barrier: registerBarrier,
  lease: registerLease,
  gate: registerGate,
};

/** A group for each kind: what only this kind has, and what all have. */
export function registerResources(program: Command, context: CliContext, words?: readonly string[]): void {
  for (const noun of Object.keys(NOUNS) as Noun[]) {
    const names: readonly string[] = [noun, ...NOUNS[noun]];
    const group = addGroup(program, noun, NOUNS[noun], SUMMARIES[noun]);
    if (words && !words.some((word) => names.includes(word))) continue;
    OWN[noun](group, context);
    addSharedCommands(group, noun, context);
  }
}

function addSharedCommands(group: Command, noun: Noun, context: CliContext): void {
  addCommand(group, context, {
    usage: 'get [names...]',
    summary: `show ${noun}s, as kubectl does`,
    lists: 'many',
    run: async (call) => (await import('./get.ts')).get(noun, call),
  }).alias('list');
  addCommand(group, context, {
    usage: 'status <name>',
    summary: `show one ${noun} with its conditions, and who holds, waits or has arrived`,
    run: async (call) => (await import('./describe.ts')).describe(noun, call),
  }).alias('describe');
  addCommand<DeleteFlags>(group, context, {
    usage: 'delete <names...>',
    summary: `delete ${noun}s`,
    run: async (call) => (await import('./delete.ts')).deleteNamed(noun, call),
  }).option('--ignore-not-found', 'one that does not exist is no error');
}
