import type { Output } from '../context.ts';
import type { OutputForm } from '../flags.ts';

export type DocumentForm = Extract<OutputForm, 'json' | 'yaml'>;

export const isDocument = (form: OutputForm): form is DocumentForm => form === 'json' || form === 'yaml';

/** One document for programs. */
export async function printDocument(output: Output, form: DocumentForm, value: unknown): Promise<void> {
  output.write(await documentOf(form, value));
}

export async function documentOf(form: DocumentForm, value: unknown): Promise<string> {
  if (form === 'json') return `${JSON.stringify(value, null, 4)}\n`;
  const { toYaml } = await import('../../api/yaml.ts');
  return toYaml(value);
}

/** Many objects as one, as kubectl has it. */
export const listOf = (items: readonly unknown[]): object => ({
  apiVersion: 'v1',
  items,
  kind: 'List',
  metadata: { resourceVersion: '' },
});
