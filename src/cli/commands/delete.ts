import { isNotFound } from '../../kube/errors.ts';
import type { Call } from '../call.ts';
import { KIND_OF } from '../kinds.ts';
import type { Noun } from '../nouns.ts';
import { checkPlain } from '../plain-name.ts';
import { fullName } from '../print/objects.ts';

export interface DeleteFlags {
  readonly ignoreNotFound?: true;
}

export async function deleteNamed(
  noun: Noun,
  { context, args, options, flags, open }: Call<DeleteFlags>,
): Promise<void> {
  for (const name of args) checkPlain(name);
  const kind = KIND_OF[noun];
  const { kube, namespace } = await open();
  const resource = kube.of(kind as never, namespace);
  for (const name of args) {
    try {
      const left = await resource.delete(name, { signal: context.signal });
      const object = fullName(kind, name);
      context.stdout.write(flags.output === 'name' ? `${object}\n` : `${object} deleted\n`);
      // a finalizer of ours: nothing is granted any more, and what is held is held to its end
      if (left) context.stderr.write(`${object} is in use: it goes when the last hold has ended\n`);
    } catch (error) {
      if (!(options.ignoreNotFound && isNotFound(error))) throw error;
    }
  }
}
