import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import type { Writable } from 'node:stream';

/**
 * Starts a program that cannot outlive this process, not even when this process is killed with SIGKILL.
 * A shell forks a reader of a pipe we hold, then becomes the program: the pid is the program's own, and there is
 * no moment at which it runs unguarded. End of file without a word means that we died.
 */
export function spawnGuarded(command: string, args: readonly string[], options: GuardedOptions): ChildProcess {
  const [input, output, errors] = options.stdio;
  const child = spawn('/bin/sh', ['-c', BECOME_PROGRAM, 'guarded', command, ...args], {
    cwd: options.cwd,
    env: options.env,
    stdio: [input, output, errors, 'pipe'],
    detached: true, // a Ctrl-C is for the test runner, which then stops us in order
  });
  child.once('exit', () => dismiss(child.stdio[3] as Writable)); // or the reader would shoot at a pid that is not ours
  return child;
}

/** Removes `folder` when this process ends without having called what is returned here. */
export function removeIfOrphaned(folder: string): () => void {
  const janitor = spawn('/bin/sh', ['-c', REMOVE_FOLDER, 'janitor', folder], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  return () => dismiss(janitor.stdin);
}

export interface GuardedOptions extends Pick<SpawnOptions, 'cwd' | 'env'> {
  readonly stdio: readonly [Stream, Stream, Stream];
}

type Stream = 'ignore' | 'pipe' | number;

const BECOME_PROGRAM = '(read -r _ || kill -9 $$) <&3 3<&- >/dev/null 2>&1 & exec "$@" 3<&-';

// the programs die at the same moment: one that is still writing can make the first removal fail
const REMOVE_FOLDER = 'read -r _ || for try in 1 2 3 4 5 6 7 8 9; do rm -rf "$1" && break; sleep 0.2; done';

function dismiss(pipe: Writable): void {
  pipe.on('error', () => {}); // the reader may be gone already: that is what we want
  pipe.end('done\n');
}
