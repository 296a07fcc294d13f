import { crdManifest, crdOf } from '../../api/crd.ts';
import { KINDS } from '../../api/kinds.ts';
import type { Output } from '../context.ts';
import type { OutputForm } from '../flags.ts';
import { documentOf, listOf } from '../print/document.ts';

/** Every definition, ready for `kubectl apply -f -`. */
export async function crds(output: Output, form: OutputForm): Promise<void> {
  const definitions = KINDS.map(crdOf);
  if (form === 'json') output.write(await documentOf(form, listOf(definitions)));
  else if (form === 'name')
    output.write(definitions.map(({ metadata }) => `customresourcedefinition/${metadata.name}\n`).join(''));
  else output.write(KINDS.map(crdManifest).join('---\n'));
}
