import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { spawnGuarded } from '../cluster/guard.ts';

/** The operator as it is in production: a process of its own, which can be killed, stopped and looked at. */
export interface OperatorProcess extends AsyncDisposable {
  readonly pid: number;
  /** Kept once it has begun to decide: with an election, once it has won. */
  readonly acting: Promise<void>;
  /** What it exports for Prometheus. */
  metrics(): Promise<string>;
  /** Warnings and errors that it has logged, as it wrote them. */
  readonly complaints: readonly string[];
  /** Kept when the process has gone. */
  kill(signal: 'SIGKILL' | 'SIGTERM'): Promise<void>;
  /** Freezes it: no timer fires and no byte is read until it goes on. */
  freeze(): void;
  goOn(): void;
}

export interface OperatorProcessOptions {
  readonly kubeconfig: string;
  /** Where it looks, and where it votes. */
  readonly namespace: string;
  /** One of several acts; undefined: this one acts, whatever others do. */
  readonly election?: string;
  readonly logLevel?: 'debug' | 'info';
  /** Another main than the operator's own, such as one with doors. */
  readonly program?: string;
}

/** Kept once it acts; one that has to be elected first, once it runs. */
export async function startOperatorProcess(options: OperatorProcessOptions): Promise<OperatorProcess> {
  const { kubeconfig, namespace, election, logLevel = 'info', program = MAIN } = options;
  const child = spawnGuarded(
    process.execPath,
    [
      program,
      `--kubeconfig=${kubeconfig}`,
      `--namespaces=${namespace}`,
      `--leader-elect=${election !== undefined}`,
      ...(election === undefined ? [] : [`--election-name=${election}`, `--election-namespace=${namespace}`]),
      '--listen=127.0.0.1:0',
      `--log-level=${logLevel}`,
    ],
    { env: { PATH: process.env.PATH }, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  const gone = once(child, 'exit');
  const started = Promise.withResolvers<number>();
  const complaints: string[] = [];
  const acting = Promise.withResolvers<void>();
  if (!child.stdout || !child.stderr || child.pid === undefined) throw new Error('the operator could not be started');
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', (line) => {
      const { msg, port, level } = lineOf(line);
      if (msg === 'started') started.resolve(port ?? 0);
      if (msg === 'acting') acting.resolve();
      if (level >= WARNING) complaints.push(line);
    });
  }
  void gone.then(([code]) => started.reject(new Error(`the operator ended with ${code}:\n${complaints.join('\n')}`)));
  const port = await started.promise;
  if (election === undefined) await acting.promise;

  const kill = async (signal: 'SIGKILL' | 'SIGTERM'): Promise<void> => {
    child.kill(signal);
    await gone;
  };
  return {
    pid: child.pid,
    complaints,
    acting: acting.promise,
    async metrics() {
      const answer = await fetch(`http://127.0.0.1:${port}/metrics`);
      return answer.text();
    },
    kill,
    freeze: () => void child.kill('SIGSTOP'),
    goOn: () => void child.kill('SIGCONT'),
    [Symbol.asyncDispose]: () => kill('SIGKILL'),
  };
}

const MAIN = join(import.meta.dirname, '..', '..', 'operator', 'main.ts');
/** As pino numbers its levels. */
const WARNING = 40;

interface Line {
  readonly msg?: string;
  readonly port?: number;
  readonly level: number;
}

/** What is no line of the log, such as a crash's last words, is a complaint. */
function lineOf(line: string): Line {
  try {
    return JSON.parse(line) as Line;
  } catch {
    return { level: WARNING };
  }
}
