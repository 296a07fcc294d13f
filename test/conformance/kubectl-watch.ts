import { createInterface } from 'node:readline';
import { spawnGuarded } from '../cluster/guard.ts';
import type { KubectlSetup } from './server.ts';

/** kubectl that goes on until it is told to stop. */
export interface RunningKubectl extends AsyncDisposable {
  /** The next line it prints. */
  line(): Promise<string>;
}

export function startKubectl(args: readonly string[], { program, kubeconfig, dir }: KubectlSetup): RunningKubectl {
  const env = { PATH: process.env.PATH, HOME: `${dir}/home`, KUBECONFIG: kubeconfig };
  const child = spawnGuarded(program, args, { env, stdio: ['ignore', 'pipe', 'ignore'] });
  if (!child.stdout) throw new Error('kubectl was started without pipes');
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  return {
    async line() {
      const { value, done } = await lines.next();
      if (done) throw new Error(`kubectl ${args.join(' ')} ended`);
      return value;
    },
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}
