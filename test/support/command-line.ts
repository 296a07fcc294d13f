import { homedir } from 'node:os';
import type { CliContext, Output } from '../../src/cli/context.ts';
import { type EndingSignal, Interrupted } from '../../src/cli/exit.ts';
import { runCli } from '../../src/cli/program.ts';
import { kubeClient } from '../../src/kube/client.ts';
import type { Transport } from '../../src/kube/transport.ts';
import { NAMESPACE, type World } from './operator-world.ts';
import { seededRandom } from './seeded-random.ts';

/** A person at a command line of a world: no process, no socket, and only the world's own time. */
export interface CommandLine {
  /** Runs one line to its end, as far as that needs no time. */
  run(line: string | readonly string[], options?: LineOptions): Promise<Ended>;
  /** Runs one line that is not over at once. */
  start(line: string | readonly string[], options?: LineOptions): Running;
}

export interface LineOptions {
  readonly variables?: Readonly<Record<string, string>>;
  /** Where a pod finds its service account. */
  readonly serviceAccount?: string;
  readonly terminal?: { readonly columns: number };
  /** What goes over the wire, before the world sees it. */
  readonly transport?: Transport;
}

export interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

export interface Running {
  readonly out: string;
  readonly err: string;
  /** Undefined while it runs. */
  readonly code: number | undefined;
  readonly ended: Promise<Ended>;
  signal(signal: EndingSignal): void;
}

/** Also the address that a pod of this world has of its API server. */
export const SERVER = 'https://10.0.0.1:443';

export function commandLine(world: World): CommandLine {
  let seed = 1_000;
  const start = (line: string | readonly string[], options: LineOptions = {}): Running => {
    const stop = new AbortController();
    const told = new Set<(signal: EndingSignal) => void>();
    const [stdout, stderr] = [recorder(options), recorder(options)];
    const random = seededRandom(++seed);
    const context: CliContext = {
      name: 'koncli',
      stdout,
      stderr,
      environment: {
        variables: { KONDUCTOR_HOLDER: 'me', ...options.variables },
        home: homedir(),
        serviceAccount: options.serviceAccount ?? '/nowhere',
      },
      clock: world.clock,
      random,
      signal: stop.signal,
      onSignal(listener) {
        told.add(listener);
        return () => told.delete(listener);
      },
      connect: async ({ namespace = NAMESPACE }) => ({
        kube: kubeClient(options.transport ?? world.transport, { clock: world.clock, random, userAgent: 'koncli' }),
        namespace,
        server: SERVER,
        close: async () => {},
      }),
    };
    let code: number | undefined;
    const ended = runCli(typeof line === 'string' ? wordsOf(line) : line, context).then((exitCode) => {
      code = exitCode;
      return { code: exitCode, out: stdout.text(), err: stderr.text() };
    });
    return {
      ended,
      get out() {
        return stdout.text();
      },
      get err() {
        return stderr.text();
      },
      get code() {
        return code;
      },
      signal(signal) {
        stop.abort(new Interrupted(signal));
        for (const tell of told) tell(signal);
      },
    };
  };
  return {
    start,
    async run(line, options) {
      const running = start(line, options);
      await restUntil(world, () => running.code !== undefined, `${String(line)} has ended`);
      return running.ended;
    },
  };
}

/** As `rest`, but modules that a command loads come from the disk, which has its own time. */
export async function restUntil(world: World, isSo: () => boolean, what = 'it is so'): Promise<void> {
  const until = performance.now() + PATIENCE;
  while (!isSo()) {
    if (performance.now() > until) throw new Error(`it takes too long until ${what}`);
    await world.rest();
  }
}

const PATIENCE = 10_000;

function recorder({ terminal }: LineOptions): Output & { text(): string } {
  let text = '';
  return {
    write: (piece) => {
      text += piece;
    },
    text: () => text,
    isTerminal: terminal !== undefined,
    colours: false,
    columns: terminal?.columns,
  };
}

/** As a shell parts them, with quotes. */
export const wordsOf = (line: string): string[] =>
  [...line.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)].map(([, single, double, bare]) => single ?? double ?? bare ?? '');
