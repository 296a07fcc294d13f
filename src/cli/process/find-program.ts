import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { EndWith } from '../exit.ts';

/** As shells have it. */
export const NOT_FOUND = 127;
export const NOT_EXECUTABLE = 126;

/** Why a program cannot be started. */
export class UnrunnableError extends EndWith {
  constructor(command: string, exitCode: typeof NOT_FOUND | typeof NOT_EXECUTABLE) {
    super(exitCode);
    this.message = exitCode === NOT_FOUND ? `${command}: command not found` : `${command}: not executable`;
  }
}

/** Looked for before anything is acquired: nobody waits an hour in line to hear of a typing error. */
export async function findProgram(command: string, path: string | undefined): Promise<void> {
  const candidates = command.includes('/') ? [command] : (path ?? '').split(delimiter).map((dir) => join(dir, command));
  const found = await Promise.all(candidates.map(kindOf));
  if (found.includes('program')) return;
  throw new UnrunnableError(command, found.includes('other') ? NOT_EXECUTABLE : NOT_FOUND);
}

async function kindOf(file: string): Promise<'program' | 'other' | 'nothing'> {
  const stats = await stat(file).catch(() => undefined);
  if (!stats) return 'nothing';
  if (!stats.isFile()) return 'other';
  return access(file, constants.X_OK).then(
    () => 'program',
    () => 'other',
  );
}
