import { type ChildProcess, spawn } from 'node:child_process';
import { constants } from 'node:os';
import type { Clock } from '../../api/clock.ts';
import type { EndingSignal } from '../exit.ts';
import { NOT_EXECUTABLE, NOT_FOUND, UnrunnableError } from './find-program.ts';

export interface ChildOptions {
  readonly command: string;
  readonly args: readonly string[];
  readonly variables: Readonly<Record<string, string | undefined>>;
  /**
   * `own`: its process group is its own, so that what it starts ends with it. `shared`: somebody works with it at a
   * terminal, which must stay its terminal; Ctrl-C reaches it there without us.
   */
  readonly group: 'own' | 'shared';
  /** Tells of every signal that we get; what it gives ends the telling. */
  readonly onSignal: (listener: (signal: EndingSignal) => void) => () => void;
  /** Aborts when it is to stop soon: it is asked, and no more. */
  readonly ask: AbortSignal;
  /** Aborts when it has to stop, whatever it is doing. */
  readonly stop: AbortSignal;
  /** How long it may take to stop by itself, in milliseconds. */
  readonly grace: number;
  readonly clock: Clock;
}

/** Runs a program as if it had been called itself, and gives its exit code as a shell would. */
export async function runChild(options: ChildOptions): Promise<number> {
  const { command, args, variables, group, onSignal, ask, stop, grace, clock } = options;
  const child = spawn(command, args, { stdio: 'inherit', env: { ...variables }, detached: group === 'own' });
  const ended = exitOf(child, command);
  const release = onSignal((signal) => {
    // a terminal has sent it to the whole group already, and twice is something else to many programs
    if (group === 'shared' && signal === 'SIGINT') return;
    send(child, signal, group);
  });
  const halt = () => {
    send(child, 'SIGTERM', group);
    const timer = clock.after(grace, () => send(child, 'SIGKILL', group));
    void ended.finally(() => timer.cancel()).catch(() => {});
  };
  const request = () => send(child, 'SIGTERM', group);
  ask.addEventListener('abort', request, { once: true });
  stop.addEventListener('abort', halt, { once: true });
  if (stop.aborted) halt();
  try {
    const code = await ended;
    // what it has left behind must not go on without the hold
    if (stop.aborted) send(child, 'SIGKILL', group);
    return code;
  } finally {
    ask.removeEventListener('abort', request);
    stop.removeEventListener('abort', halt);
    release();
  }
}

function exitOf(child: ChildProcess, command: string): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once('error', ({ code }: NodeJS.ErrnoException) =>
      reject(new UnrunnableError(command, code === 'ENOENT' ? NOT_FOUND : NOT_EXECUTABLE)),
    );
    child.once('exit', (code, signal) => resolve(signal ? 128 + constants.signals[signal] : (code ?? 0)));
  });
}

function send({ pid }: ChildProcess, signal: NodeJS.Signals, group: 'own' | 'shared'): void {
  if (pid === undefined) return;
  try {
    process.kill(group === 'own' ? -pid : pid, signal);
  } catch {
    // it has gone meanwhile
  }
}
