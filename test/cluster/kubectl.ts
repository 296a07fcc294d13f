import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { spawnGuarded } from './guard.ts';

export interface KubectlResult {
  readonly stdout: string;
  readonly stderr: string;
  readonly code: number;
}

/** Runs kubectl to its end. A non-zero exit is a result; only an abort throws, with the signal's reason. */
export async function runKubectl(args: readonly string[], { program, kubeconfig, dir, stdin, signal }: Run) {
  signal?.throwIfAborted();
  const home = join(dir, 'home'); // its discovery cache must not mix with the user's
  const env = { PATH: process.env.PATH, HOME: home, KUBECONFIG: kubeconfig };
  const child = spawnGuarded(program, args, { env, stdio: ['pipe', 'pipe', 'pipe'] });
  const { stdin: input, stdout: printed, stderr: complaints } = child;
  if (!input || !printed || !complaints) throw new Error('kubectl was started without pipes');
  const stop = () => child.kill('SIGKILL');
  signal?.addEventListener('abort', stop);
  try {
    input.on('error', () => {}); // it may end before it has read everything: its exit code tells
    input.end(stdin ?? '');
    const [[code], stdout, stderr] = await Promise.all([once(child, 'exit'), text(printed), text(complaints)]);
    signal?.throwIfAborted();
    return { stdout, stderr, code } as KubectlResult;
  } finally {
    signal?.removeEventListener('abort', stop);
  }
}

interface Run {
  readonly program: string;
  readonly kubeconfig: string;
  readonly dir: string;
  readonly stdin?: string;
  readonly signal?: AbortSignal;
}
