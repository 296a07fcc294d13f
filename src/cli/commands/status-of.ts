import type { Kind } from '../../api/kind.ts';
import type { KubeObject } from '../../api/metadata.ts';
import type { Call } from '../call.ts';
import { UsageError } from '../exit.ts';
import { KIND_OF } from '../kinds.ts';
import { NOUNS, nounOf } from '../nouns.ts';
import { isDocument, listOf, printDocument } from '../print/document.ts';
import { printObjects } from '../print/objects.ts';
import { describe } from './describe.ts';
import { get } from './get.ts';

/** One on a page, or many in tables. */
export async function statusOf(call: Call): Promise<void> {
  const [what = '', name] = call.args;
  const noun = nounOf(what);
  if (!noun && what !== 'all') {
    throw new UsageError(`there is no kind ${JSON.stringify(what)}: say one of ${Object.keys(NOUNS).join(', ')}, all`);
  }
  if (noun && name !== undefined) {
    if (call.flags.allNamespaces) throw new UsageError('a name does not go with --all-namespaces');
    if (call.flags.watch) return get(noun, { ...call, args: [name] });
    return describe(noun, call, name);
  }
  if (noun) return get(noun, { ...call, args: [] });
  if (name !== undefined) throw new UsageError('"all" takes no name: say which kind it is');
  if (call.flags.watch) throw new UsageError('--watch takes one kind at a time');
  await statusOfAll(call);
}

async function statusOfAll(call: Call): Promise<void> {
  const { kube, scope } = await call.open();
  const { signal, stdout, stderr } = call.context;
  const all = await Promise.all(
    Object.values(KIND_OF).map(async (kind: Kind) => {
      const { items } = await kube.of(kind, scope).listAll({ labelSelector: call.flags.selector, signal });
      return { kind, items: items as readonly KubeObject[] };
    }),
  );
  if (isDocument(call.flags.output)) {
    return printDocument(stdout, call.flags.output, listOf(all.flatMap(({ items }) => items)));
  }
  const found = all.filter(({ items }) => items.length > 0);
  if (found.length === 0) stderr.write(`Nothing found${scope === undefined ? '' : ` in namespace ${scope}`}.\n`);
  for (const [index, { kind, items }] of found.entries()) {
    if (index > 0 && call.flags.output !== 'name') stdout.write('\n');
    await printObjects(call, kind, items.map(prefixed), 'many');
  }

  /** As `kubectl get all` tells them apart. */
  function prefixed(object: KubeObject): KubeObject {
    if (call.flags.output === 'name') return object;
    const name = `${object.kind.toLowerCase()}/${object.metadata.name}`;
    return { ...object, metadata: { ...object.metadata, name } };
  }
}
