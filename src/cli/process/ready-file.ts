import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** What a program that holds something leaves for a probe to find, while it holds. */
export interface ReadyNote {
  readonly resource: string;
  readonly claim: string;
  readonly token: number;
  readonly pid: number;
}

/** Where it lies unless somebody says otherwise: a container's /tmp is its own. */
export const readyFileFor = (noun: string, name: string): string => join(tmpdir(), `konductor-${noun}-${name}.ready`);

/** Whole or not at all: a probe may look at any moment. */
export async function writeReadyNote(file: string, note: ReadyNote): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  const draft = `${file}.${note.pid}`;
  await writeFile(draft, `${JSON.stringify(note)}\n`);
  await rename(draft, file);
}

export const removeReadyNote = (file: string): Promise<void> => rm(file, { force: true });

/** The note of a program that still runs; undefined when there is none, or when whoever wrote it is gone. */
export async function readReadyNote(file: string): Promise<ReadyNote | undefined> {
  const text = await readFile(file, 'utf8').catch(() => '');
  try {
    const note = JSON.parse(text) as ReadyNote;
    return isRunning(note.pid) ? note : undefined;
  } catch {
    return undefined;
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // it runs, as somebody else
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
