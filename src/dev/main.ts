import { join, relative } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import manifest from '../../package.json' with { type: 'json' };
import { crdManifest } from '../api/crd.ts';
import { KINDS } from '../api/kinds.ts';
import { startDev } from './dev.ts';

const program = new Command('konductor').description(manifest.description).version(manifest.version);

program
  .command('dev')
  .description('run an API server with our kinds in this process, for kubectl and any client; nothing is kept')
  .option('--port <number>', 'where to listen on loopback (default: any free port)', portNumber)
  .option('--kubeconfig <file>', 'where to write the kubeconfig', join('.konductor', 'kubeconfig'))
  .option('--no-operator', 'the API server alone: claims are stored, and nobody answers them')
  .action(dev);

program
  .command('crds')
  .description('print the custom resource definitions: konductor crds | kubectl apply -f -')
  .action(() => {
    process.stdout.write(KINDS.map(crdManifest).join('---\n'));
  });

await program.parseAsync();

async function dev({ port, kubeconfig }: { port?: number; kubeconfig: string }): Promise<void> {
  const running = await startDev({ kubeconfig, ...(port !== undefined && { port }) });
  const width = Math.max(...KINDS.map(({ kind }) => kind.length));
  const kinds = KINDS.map(
    ({ kind, shortName, summary }) => `  ${kind.padEnd(width)}  ${shortName.padEnd(7)}  ${summary}`,
  );
  say(`Konductor ${manifest.version}: an API server with these kinds is at ${running.url}`, '', ...kinds, '');
  say(
    'In another terminal:',
    `  export KUBECONFIG=${relative('.', running.kubeconfig)}`,
    '  kubectl get konductor',
    '',
  );
  say('The operator that answers claims is not part of this version yet. Ctrl-C ends it all.');
  await new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
  });
  await running.stop();
}

function say(...lines: readonly string[]): void {
  process.stdout.write(lines.map((line) => `${line}\n`).join(''));
}

function portNumber(text: string): number {
  const port = Number(text);
  if (!/^[0-9]+$/.test(text) || port > 65_535) throw new InvalidArgumentError('it must be a number up to 65535');
  return port;
}
