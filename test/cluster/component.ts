import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { spawnGuarded } from './guard.ts';
import { until } from './until.ts';

/** How one program of the control plane is run, and how it tells that it is ready. */
export interface Program {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly log: string;
  readonly ready: () => Promise<boolean>;
}

export interface Component {
  pid(): number | undefined;
  /** Resolves when the program is ready; rejects with the tail of its log when it ends before, or takes too long. */
  start(): Promise<void>;
  /** Resolves when the process has gone; at once when it is not running. */
  kill(signal: KillSignal): Promise<void>;
}

export type KillSignal = 'SIGKILL' | 'SIGTERM' | 'SIGINT';

/** One program that can be started and killed over and over. An end that nobody asked for breaks what it belongs to. */
export function component(program: Program, broken: AbortController): Component {
  let current: { child: ChildProcess; death: Promise<Error>; unwanted: boolean } | undefined;

  return {
    pid: () => current?.child.pid,

    async start() {
      if (current) throw new Error(`${program.name} is running already`);
      const log = openSync(program.log, 'a');
      const child = spawnGuarded(program.command, program.args, {
        env: { PATH: process.env.PATH }, // proxies and kubeconfigs of the machine are not ours
        stdio: ['ignore', log, log],
      });
      closeSync(log);
      const death = once(child, 'exit').then(([code, signal]) => endOf(program, signal ?? `code ${code}`));
      const run = { child, death, unwanted: false };
      current = run;
      void death.then((error) => {
        current = undefined;
        if (!run.unwanted) broken.abort(error);
      });
      await ready(program, death, broken.signal);
    },

    async kill(signal) {
      if (!current) return;
      current.unwanted = true;
      const { child, death } = current;
      child.kill(signal);
      await death;
    },
  };
}

const READY_WITHIN_MS = 90_000; // takes 1 to 4 s alone; a loaded machine is not a failure
const TAIL_LINES = 25;

async function ready(program: Program, death: Promise<Error>, broken: AbortSignal): Promise<void> {
  const ended = new AbortController();
  const signal = AbortSignal.any([ended.signal, broken]); // it may wait in vain for another that has crashed
  void death.then((error) => ended.abort(error));
  try {
    await until(program.ready, { within: READY_WITHIN_MS, what: `${program.name} is ready`, signal });
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    throw new Error(`${(error as Error).message}\n${tail(program)}`);
  }
}

function endOf(program: Program, how: string): Error {
  return new Error(`${program.name} ended (${how})\n${tail(program)}`);
}

function tail({ name, log }: Program): string {
  try {
    const lines = readFileSync(log, 'utf8').trimEnd().split('\n').slice(-TAIL_LINES);
    return [`the last lines of ${name}'s log (${log}):`, ...lines].join('\n');
  } catch {
    return `${name} has no log any more`; // the cluster's folder went while it was being stopped
  }
}
