import type { Kind } from '../../api/kind.ts';
import type { KubeObject } from '../../api/metadata.ts';
import type { Resource } from '../../kube/resource.ts';
import { resourceTypeOf } from '../../kube/resource-type.ts';
import { keepWatching } from '../../kube/watch.ts';
import type { Call } from '../call.ts';
import { UsageError } from '../exit.ts';
import { KIND_OF } from '../kinds.ts';
import type { Noun } from '../nouns.ts';
import { checkPlain } from '../plain-name.ts';
import { objectPrinter, printObjects } from '../print/objects.ts';

/** Those that are named, or all there are. */
export async function get(noun: Noun, call: Call): Promise<void> {
  const { args: names, flags } = call;
  for (const name of names) checkPlain(name);
  if (names.length > 0 && flags.allNamespaces) throw new UsageError('a name does not go with --all-namespaces');
  if (names.length > 0 && flags.selector !== undefined) throw new UsageError('a name does not go with --selector');
  if (names.length > 1 && flags.watch) throw new UsageError('--watch takes one name, or none for all');
  const kind: Kind = KIND_OF[noun];
  const session = await call.open();
  const resource = session.kube.of<KubeObject, unknown>(resourceTypeOf(kind), session.scope);
  if (flags.watch) return watch(call, kind, resource, names[0]);

  const { signal } = call.context;
  if (names.length > 0) {
    const found = await Promise.all(names.map((name) => resource.get(name, { signal })));
    return printObjects(call, kind, found, names.length === 1 ? 'one' : 'many');
  }
  const { items } = await resource.listAll({ labelSelector: flags.selector, signal });
  if (items.length === 0 && (flags.output === 'text' || flags.output === 'wide')) {
    const where = session.scope === undefined ? '' : ` in namespace ${session.scope}`;
    return call.context.stderr.write(`No ${kind.plural} found${where}.\n`);
  }
  await printObjects(call, kind, items, 'many');
}

async function watch(call: Call, kind: Kind, resource: Resource<KubeObject, unknown>, name?: string): Promise<void> {
  const { clock, random, signal, stderr } = call.context;
  const selection = { labelSelector: call.flags.selector, fieldSelector: name && `metadata.name=${name}` };
  const print = objectPrinter(call, kind);
  // what is wrong from the start is an error, and not something to try again
  const first =
    name === undefined
      ? (await resource.listAll({ ...selection, signal })).items
      : [await resource.get(name, { signal })];
  const shown = new Map(first.map(({ metadata }) => [metadata.uid, metadata.resourceVersion]));
  await print(first);

  let printing = Promise.resolve();
  const show = (objects: readonly KubeObject[]) => {
    const news = objects.filter(({ metadata }) => shown.get(metadata.uid) !== metadata.resourceVersion);
    for (const { metadata } of news) shown.set(metadata.uid, metadata.resourceVersion);
    if (news.length > 0) printing = printing.then(() => print(news));
  };
  await keepWatching({
    resource,
    ...selection,
    clock,
    random,
    signal,
    onChange(change) {
      if (change.type === 'replaced') show(change.objects);
      else if (change.type !== 'reached') show([change.object]);
    },
    onError: (error) => stderr.write(`the watch broke and is begun again: ${(error as Error).message}\n`),
  });
  await printing;
  signal.throwIfAborted();
}
