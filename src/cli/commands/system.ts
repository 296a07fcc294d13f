import type { Command } from 'commander';
import { API_VERSION } from '../../api/group.ts';
import { addCommand } from '../call.ts';
import { CLIENT_VERSION, CLIENT_VERSION_LINE } from '../client-version.ts';
import type { CliContext } from '../context.ts';
import type { OperatorFlags } from './operator.ts';

export interface VersionFlags {
  readonly client?: true;
}

/** What is installed: this program, the definitions, the operator. */
export function registerSystem(program: Command, context: CliContext): void {
  program.version(`${context.name} ${CLIENT_VERSION} (${API_VERSION})`, '--version', 'what this program is');
  addCommand<VersionFlags>(program, context, {
    usage: 'version',
    summary: 'what this program, the operator and the definitions in the cluster are',
    async run(call) {
      const { options, flags } = call;
      // the short way: not a byte more than it takes is loaded
      if (options.client && flags.output === 'text') {
        return context.stdout.write(CLIENT_VERSION_LINE);
      }
      await (await import('./version.ts')).version(CLIENT_VERSION, call);
    },
  }).option('--client', 'only this program: nothing is asked of a server');
  addCommand<OperatorFlags>(program, context, {
    usage: 'operator',
    summary:
      'whether the operator of the cluster runs, and which of its replicas decides (to run one: konductor operator)',
    run: async (call) => (await import('./operator.ts')).operator(call),
  })
    .option('--service <name>', 'of its Deployment', 'konductor-controller-manager')
    .option('--operator-namespace <name>', 'where it runs', 'konductor-system')
    .option('--election-name <name>', 'under which its replicas agree who decides', 'konductor-operator');
  addCommand(program, context, {
    usage: 'crds',
    summary: `print the custom resource definitions: ${context.name} crds | kubectl apply -f -`,
    async run({ flags }) {
      const { crds } = await import('./crds.ts');
      await crds(context.stdout, flags.output);
    },
  });
}
