import { fork } from 'node:child_process';
import { run, type Trial, type Verdict } from './trial.ts';

/** Runs a trial in a process of its own: a bug may make it spin, and only from outside can that be ended. */
export function runApart(trial: Trial, patience: number): Promise<readonly Verdict[] | 'hung'> {
  return new Promise((resolve, reject) => {
    const child = fork(import.meta.filename, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
    const timer = setTimeout(() => {
      resolve('hung');
      child.kill('SIGKILL');
    }, patience);
    child.once('message', (verdicts) => resolve(verdicts as Verdict[]));
    child.once('error', reject);
    child.once('exit', (code) => {
      clearTimeout(timer);
      reject(new Error(`a trial ended with code ${code} and no word`));
    });
    child.send(trial);
  });
}

if (process.send) {
  process.once('message', async (trial: Trial) => {
    const verdicts = await run(trial);
    process.send?.(verdicts, () => process.exit(0));
  });
}
