import { GROUP } from '../../api/group.ts';
import type { Kind } from '../../api/kind.ts';
import type { KubeObject } from '../../api/metadata.ts';
import type { Call } from '../call.ts';
import { type ColumnsOptions, headerOf, rowOf } from './columns.ts';
import { isDocument, listOf, printDocument } from './document.ts';
import { growingTable, tableOf } from './table.ts';

/** `semaphore.sync.konductor.io/db`: what kubectl takes for it, whatever else is called a semaphore. */
export const fullName = (kind: Pick<Kind, 'singular'>, name: string): string => `${kind.singular}.${GROUP}/${name}`;

/** Objects as `kubectl get` shows them. One that was asked for by name stands alone, not in a list. */
export async function printObjects(
  { context: { stdout, clock }, flags }: Call,
  kind: Kind,
  objects: readonly KubeObject[],
  asked: 'one' | 'many',
): Promise<void> {
  const form = flags.output;
  if (isDocument(form)) return printDocument(stdout, form, asked === 'one' ? objects[0] : listOf(objects));
  if (form === 'name')
    return stdout.write(objects.map(({ metadata }) => `${fullName(kind, metadata.name)}\n`).join(''));
  const options = columnsFor(flags);
  const rows = objects.map((object) => rowOf(kind, object, options, clock.now()));
  stdout.write(tableOf(headerOf(kind, options), rows));
}

/** One object after the other, as they change. */
export function objectPrinter({ context: { stdout, clock }, flags }: Call, kind: Kind): ObjectPrinter {
  const form = flags.output;
  if (form === 'json') return async (objects) => stdout.write(objects.map((it) => `${JSON.stringify(it)}\n`).join(''));
  if (form === 'yaml') {
    return async (objects) => {
      for (const object of objects) {
        stdout.write('---\n');
        await printDocument(stdout, form, object);
      }
    };
  }
  if (form === 'name') {
    return async (objects) =>
      stdout.write(objects.map(({ metadata }) => `${fullName(kind, metadata.name)}\n`).join(''));
  }
  const options = columnsFor(flags);
  const grow = growingTable(headerOf(kind, options));
  return async (objects) => stdout.write(grow(objects.map((object) => rowOf(kind, object, options, clock.now()))));
}

export type ObjectPrinter = (objects: readonly KubeObject[]) => Promise<void>;

const columnsFor = ({ output, allNamespaces }: Call['flags']): ColumnsOptions => ({
  wide: output === 'wide',
  namespaces: allNamespaces === true,
});
