import { Command } from 'commander';
import manifest from '../../package.json' with { type: 'json' };
import { API_VERSION } from '../api/group.ts';

/** One program under three names; help shows the one it was called by. */
const NAMES: Readonly<Record<string, string>> = { 'kubectl-konductor': 'kubectl konductor', kondctl: 'kondctl' };
const calledAs =
  process.argv[1]
    ?.split('/')
    .pop()
    ?.replace(/\.[jt]s$/, '') ?? '';

const program = new Command(NAMES[calledAs] ?? 'koncli')
  .description('Semaphores, barriers, leases and gates for Kubernetes jobs.')
  .showHelpAfterError('(run with --help to see what there is)');

program
  .command('version')
  .description('what this program is, and which API it speaks')
  .action(() => {
    process.stdout.write(`koncli ${manifest.version} (${API_VERSION})\n`);
  });

// the conventional code for a mistake on the command line is 2
program.exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : 2));
program.parse();
