#!/usr/bin/env node
import { doorsOf } from '../src/dev/doors.ts';
import { runOperator } from './program.ts';
import { settingsOf, USAGE, UsageError } from './settings.ts';

const stop = new AbortController();
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => stop.abort(new Error(signal)));

try {
  const settings = settingsOf(process.argv.slice(2), process.env);
  if (settings === 'help') process.stdout.write(USAGE);
  else await runOperator(settings, await doorsOf(settings), stop.signal);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  if (error instanceof UsageError) process.stderr.write(`\n${USAGE}`);
  process.exitCode = error instanceof UsageError ? 2 : 1;
}
