import { join } from 'node:path';
import type { DoorName } from '../../operator/settings.ts';
import { spawnGuarded } from '../cluster/guard.ts';
import { operatorLog } from './operator-log.ts';

/** The operator as it is in production: a process of its own, which can be killed, stopped and looked at. */
export interface OperatorProcess extends AsyncDisposable {
  readonly pid: number;
  /** Where its metrics are, on this machine. */
  readonly port: number;
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
  readonly doors?: readonly DoorName[];
}

/** Kept once it acts; one that has to be elected first, once it runs. */
export async function startOperatorProcess(options: OperatorProcessOptions): Promise<OperatorProcess> {
  const { kubeconfig, namespace, election, logLevel = 'info', doors = [] } = options;
  const child = spawnGuarded(
    process.execPath,
    [
      MAIN,
      'operator',
      `--kubeconfig=${kubeconfig}`,
      `--namespaces=${namespace}`,
      `--leader-elect=${election !== undefined}`,
      ...(election === undefined ? [] : [`--election-name=${election}`, `--election-namespace=${namespace}`]),
      '--listen=127.0.0.1:0',
      `--log-level=${logLevel}`,
      ...doors.map((door) => `--${door}`),
    ],
    { env: { PATH: process.env.PATH }, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  const { started, acting, complaints, gone } = operatorLog(child);
  const { pid } = child as { readonly pid: number };
  const port = await started;
  if (election === undefined) await acting;

  const kill = async (signal: 'SIGKILL' | 'SIGTERM'): Promise<void> => {
    child.kill(signal);
    await gone;
  };
  return {
    pid,
    port,
    complaints,
    acting,
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

const MAIN = join(import.meta.dirname, '..', '..', 'src', 'dev', 'main.ts');
