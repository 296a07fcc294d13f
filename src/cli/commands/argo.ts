import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import manifest from '../../../package.json' with { type: 'json' };
import { addCommand, addGroup } from '../call.ts';
import type { CliContext } from '../context.ts';
import { EndWith, EXIT, UsageError } from '../exit.ts';

/** One image has every program of ours. */
const IMAGE = `konductor/konductor:${manifest.version}`;

interface InstallOptions {
  readonly image: string;
  readonly workflowServiceAccount?: string;
  readonly argoNamespace?: string;
  readonly argoServiceAccount?: string;
}

export function registerArgo(program: Command, context: CliContext): void {
  const argo = addGroup(program, 'argo', [], 'what Argo Workflows needs, and what would go wrong there');
  addCommand<InstallOptions>(argo, context, {
    usage: 'install',
    summary: 'print what makes the plugin known to Argo in a namespace',
    examples: [`${context.name} argo install -n batch | kubectl apply -f -`],
    async run({ options, flags: { namespace } }) {
      if (!namespace) throw new UsageError('say in which namespace workflows run: -n NAMESPACE');
      const { printInstall } = await import('../../../plugins/argo/command-line.ts');
      context.stdout.write(printInstall({ ...options, namespace }));
    },
  })
    .option('--image <image>', 'the image of Konductor', IMAGE)
    .option('--workflow-service-account <name>', 'whom workflows run as (default: default)')
    .option('--argo-namespace <name>', "where Argo's controller runs (default: argo)")
    .option('--argo-service-account <name>', 'and whom it runs as (default: argo)');
  addCommand(argo, context, {
    usage: 'lint <files...>',
    summary: 'say what in a workflow would hang, collide or stop the controller',
    examples: [`${context.name} argo lint workflow.yaml`],
    async run({ args }) {
      const { printLint } = await import('../../../plugins/argo/command-line.ts');
      const findings: string[] = [];
      for (const file of args) findings.push(...printLint(file, await readFile(file, 'utf8')));
      for (const line of findings) context.stdout.write(`${line}\n`);
      if (findings.length > 0) throw new EndWith(EXIT.error);
    },
  });
}
