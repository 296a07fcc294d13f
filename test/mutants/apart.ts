import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Trial, Verdict } from './trial.ts';

const PROGRAM = fileURLToPath(new URL('trial.ts', import.meta.url));

/** Runs a trial in a process of its own: a bug may make it spin, and only from outside can that be ended. */
export function runApart(trial: Trial, patience: number): Promise<readonly Verdict[] | 'hung'> {
  return new Promise((resolve, reject) => {
    const child = fork(PROGRAM, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
    const timer = setTimeout(() => {
      resolve('hung');
      child.kill('SIGKILL');
    }, patience);
    child.once('message', (verdicts) => resolve(verdicts as Verdict[]));
    child.once('error', reject);
    child.once('exit', (code) => {
      clearTimeout(timer);
      reject(new Error(`a trial ended with code ${code} and without a word`));
    });
    child.send(trial);
  });
}
