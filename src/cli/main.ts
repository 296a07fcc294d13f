import { basename } from 'node:path';
import { systemClock } from '../api/clock.ts';
import { asksForClientVersion, CLIENT_VERSION_LINE } from './client-version.ts';
import type { CliContext, Output } from './context.ts';
import { type EndingSignal, EXIT, Interrupted, SIGNAL_EXIT } from './exit.ts';

/** One program under three names; help shows the one it was called by. */
const NAMES: Readonly<Record<string, string>> = { 'kubectl-konductor': 'kubectl konductor', kondctl: 'kondctl' };

const words = process.argv.slice(2);

if (asksForClientVersion(words)) process.stdout.write(CLIENT_VERSION_LINE);
else await main();

function outputOf(stream: NodeJS.WriteStream): Output {
  const isTerminal = stream.isTTY === true;
  const { NO_COLOR, TERM } = process.env;
  // `koncli … | head` closes our output early, which is no failure
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0);
    process.stderr.write(`error: the output cannot be written: ${error.message}\n`);
    process.exit(1);
  });
  return {
    write: (text) => void stream.write(text),
    isTerminal,
    colours: isTerminal && !NO_COLOR && TERM !== 'dumb',
    get columns() {
      return isTerminal ? stream.columns : undefined;
    },
  };
}

async function main(): Promise<void> {
  const stop = new AbortController();
  const told = new Set<(signal: EndingSignal) => void>();
  for (const signal of Object.keys(SIGNAL_EXIT) as EndingSignal[]) {
    process.on(signal, () => {
      // whoever asks twice does not want to wait for what is being put in order
      if (stop.signal.aborted && told.size === 0) process.exit(SIGNAL_EXIT[signal]);
      stop.abort(new Interrupted(signal));
      for (const tell of told) tell(signal);
    });
  }

  const context: CliContext = {
    name: NAMES[basename(process.argv[1] ?? '', '.js')] ?? 'koncli',
    stdout: outputOf(process.stdout),
    stderr: outputOf(process.stderr),
    environment: {
      variables: process.env,
      home: process.env['HOME'] ?? process.env['USERPROFILE'],
      serviceAccount: '/var/run/secrets/kubernetes.io/serviceaccount',
    },
    clock: systemClock,
    random: Math.random,
    signal: stop.signal,
    onSignal(listener) {
      told.add(listener);
      return () => told.delete(listener);
    },
    connect: async (flags) => (await import('./connect.ts')).connectAsKubectl(flags, context),
  };

  // our timers keep no process alive: while nothing answers, it would end in the middle with code 13
  setInterval(() => {}, 86_400_000);
  const { runCli } = await import('./program.ts');
  const code = await runCli(words, context);
  // not waiting for connections that nobody needs any more; but for the last line to be written
  process.stdout.write('', (error) => {
    // else whoever listens for errors ends it
    if (!error || code !== EXIT.ok) process.exit(code);
  });
}
