import { join, relative } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { settingsOf, USAGE } from '../../operator/settings.ts';
import manifest from '../../package.json' with { type: 'json' };
import { ARGO_PLUGIN_USAGE, argoPluginSettings } from '../../plugins/argo/settings.ts';
import { crdManifest } from '../api/crd.ts';
import { KINDS } from '../api/kinds.ts';
import { UsageError } from '../kube/program-flags.ts';

// `konductor crds | head` closes our output early, which is no failure
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(0);
});

// each command loads what it runs, and nothing that another one does
const program = new Command('konductor').description(manifest.description).version(manifest.version);

program
  .command('dev')
  .description(
    'run everything in this process, on an API server of its own: for kubectl and any client; nothing is kept',
  )
  .option('--port <number>', 'where to listen on loopback (default: any free port)', portNumber)
  .option('--kubeconfig <file>', 'where to write the kubeconfig', join('.konductor', 'kubeconfig'))
  .option('--no-operator', 'the API server alone: claims are stored, and nobody answers them')
  .option('--log-level <level>', 'what the operator logs, on stderr', 'warn')
  .option('--demo', 'show a small load at work: contention, a barrier, a preemption, a crash')
  .action((flags: DevFlags) => dev(flags).catch(endWith));

program
  .command('operator')
  .description('run the operator of a cluster: konductor operator --help')
  .helpOption(false)
  .allowUnknownOption()
  .allowExcessArguments()
  .action((_, { args }: Command) => operator(args).catch(fail));

program
  .command('argo-plugin')
  .description('answer the agents of Argo Workflows: konductor argo-plugin --help')
  .helpOption(false)
  .allowUnknownOption()
  .allowExcessArguments()
  .action((_, { args }: Command) => argoPlugin(args).catch(fail));

program
  .command('crds')
  .description('print the custom resource definitions: konductor crds | kubectl apply -f -')
  .action(() => {
    process.stdout.write(KINDS.map(crdManifest).join('---\n'));
  });

await program.parseAsync();

interface DevFlags {
  readonly port?: number;
  readonly kubeconfig: string;
  readonly operator: boolean;
  readonly logLevel: string;
  readonly demo?: true;
}

async function dev({ port, kubeconfig, operator, logLevel, demo }: DevFlags): Promise<void> {
  const [{ pino }, { startDev }] = await Promise.all([import('pino'), import('./dev.ts')]);
  const operatorLog = operator ? pino({ level: logLevel, errorKey: 'error' }, pino.destination(2)) : undefined;
  const ending = toldToEnd();
  const running = await startDev({ port, kubeconfig, operatorLog });
  const what = operator ? 'an API server with the operator and every door' : 'an API server without the operator';
  const width = Math.max(...KINDS.map(({ kind }) => kind.length));
  const kinds = KINDS.map(
    ({ kind, shortName, summary }) => `  ${kind.padEnd(width)}  ${shortName.padEnd(7)}  ${summary}`,
  );
  say(`Konductor ${manifest.version}: ${what} is at ${running.url}`, '', ...kinds, '');
  say('In another terminal:', `  export KUBECONFIG=${relative('.', running.kubeconfig)}`);
  say('  kubectl apply -f examples/kubectl/queue.yaml', '  kubectl get ksem,kpermit', '');
  if (demo) await (await import('./demo/main.ts')).demo(running.kubeconfig, ending);
  else {
    say('With --demo it shows itself at work. Nothing is kept. Ctrl-C ends it all.');
    await ending;
  }
  await running.stop();
  // whoever quits in the middle leaves programs of the demonstration behind that still try to reach the server
  if (demo) process.exit();
}

async function operator(args: readonly string[]): Promise<void> {
  const settings = settingsOf(args, process.env);
  if (settings === 'help') return say(USAGE.trimEnd());
  const [{ runOperator }, { doorsOf }] = await Promise.all([import('../../operator/program.ts'), import('./doors.ts')]);
  await runOperator(settings, await doorsOf(settings), stopSignal());
}

async function argoPlugin(args: readonly string[]): Promise<void> {
  const settings = argoPluginSettings(args, process.env);
  if (settings === 'help') return say(ARGO_PLUGIN_USAGE.trimEnd());
  const { runArgoPlugin } = await import('../../plugins/argo/program.ts');
  await runArgoPlugin(settings, stopSignal());
}

/** What a program says of what went wrong; a wrong command line has a code of its own. */
function fail(error: unknown): void {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = error instanceof UsageError ? 2 : 1;
}

/** For what may run already beside what failed. */
function endWith(error: unknown): void {
  fail(error);
  process.exit();
}

function stopSignal(): AbortSignal {
  const stop = new AbortController();
  void toldToEnd().then(() => stop.abort(new Error('told to end')));
  return stop.signal;
}

function toldToEnd(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
  });
}

function say(...lines: readonly string[]): void {
  process.stdout.write(lines.map((line) => `${line}\n`).join(''));
}

function portNumber(text: string): number {
  const port = Number(text);
  if (!/^[0-9]+$/.test(text) || port > 65_535) throw new InvalidArgumentError('it must be a number up to 65535');
  return port;
}
