#!/usr/bin/env node
import { runArgoPlugin } from './program.ts';
import { ARGO_PLUGIN_USAGE, ArgoUsageError, argoPluginSettings } from './settings.ts';

const stop = new AbortController();
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => stop.abort(new Error(signal)));

try {
  const settings = argoPluginSettings(process.argv.slice(2), process.env);
  if (settings === 'help') process.stdout.write(ARGO_PLUGIN_USAGE);
  else await runArgoPlugin(settings, stop.signal);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = error instanceof ArgoUsageError ? 2 : 1;
}
