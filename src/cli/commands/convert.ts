import type { Command } from 'commander';
import { addCommand } from '../call.ts';
import type { CliContext } from '../context.ts';
import { EndWith, EXIT } from '../exit.ts';

interface Options {
  readonly filename: readonly string[];
}

export function registerConvert(program: Command, context: CliContext): void {
  addCommand<Options>(program, context, {
    usage: 'convert',
    summary: 'turn manifests of the older konductor.io group into those of sync.konductor.io',
    examples: [`${context.name} convert -f old.yaml > new.yaml`, `${context.name} convert -f - < old.yaml`],
    async run({ options: { filename } }) {
      const { convertFiles } = await import('../convert/files.ts');
      const { text, notices, problems } = await convertFiles(filename);
      for (const line of [...notices, ...problems]) context.stderr.write(`${line}\n`);
      context.stdout.write(text);
      if (problems.length > 0) throw new EndWith(EXIT.error);
    },
  }).requiredOption('-f, --filename <files...>', 'what to read; "-" is standard input');
}
