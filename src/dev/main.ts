import { Command } from 'commander';
import manifest from '../../package.json' with { type: 'json' };
import { crdManifest } from '../api/crd.ts';
import { API_VERSION } from '../api/group.ts';
import { KINDS } from '../api/kinds.ts';

const program = new Command('konductor').description(manifest.description).version(manifest.version);

program
  .command('crds')
  .description('print the custom resource definitions: konductor crds | kubectl apply -f -')
  .action(() => {
    process.stdout.write(KINDS.map(crdManifest).join('---\n'));
  });

program.action(() => {
  const width = Math.max(...KINDS.map(({ kind }) => kind.length));
  const kinds = KINDS.map(
    ({ kind, shortName, summary }) => `  ${kind.padEnd(width)}  ${shortName.padEnd(7)}  ${summary}`,
  );
  process.stdout.write(
    [
      `Konductor ${manifest.version}: the kinds of ${API_VERSION}`,
      '',
      ...kinds,
      '',
      'Install them in a cluster:  kubectl apply -f crds/',
      'Read about each:            docs/reference/',
      'The operator that arbitrates is not part of this version yet.',
      '',
    ].join('\n'),
  );
});

await program.parseAsync();
