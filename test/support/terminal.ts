import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { until } from '../cluster/until.ts';

/** A session at a pseudo-terminal: what is typed, and what has appeared. */
export interface Terminal extends AsyncDisposable {
  type(keys: string): void;
  /** Everything that was written to it so far, with what steers it. */
  written(): string;
  /** Kept when the text has been written, after what stood there when it was asked for. */
  shows(text: string | RegExp): Promise<void>;
  readonly code: Promise<number>;
}

/** util-linux' script(1) makes the terminal; BSD's takes other flags. */
export const hasTerminal = spawnSync('script', ['-qec', 'true', '/dev/null']).status === 0;

export function openTerminal(command: string, env: NodeJS.ProcessEnv): Terminal {
  const child = spawn('script', ['-qefc', `stty cols 100 rows 30; ${command}`, '/dev/null'], {
    env: { ...env, TERM: 'xterm-256color' },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let written = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    written += text;
  });
  const code = once(child, 'close').then(([code]) => code as number);
  return {
    code,
    type: (keys) => void child.stdin.write(keys),
    written: () => written,
    async shows(text) {
      const from = written.length;
      const seen = () =>
        typeof text === 'string' ? written.slice(from).includes(text) : text.test(written.slice(from));
      await until(seen, { within: 20_000, what: `the terminal shows ${text}` }).catch((error: Error) => {
        throw new Error(`${error.message}\n${JSON.stringify(written)}`);
      });
    },
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await code;
    },
  };
}
