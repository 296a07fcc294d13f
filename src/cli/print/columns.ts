import type { Column, Kind } from '../../api/kind.ts';
import type { KubeObject } from '../../api/metadata.ts';
import { parseTime } from '../../api/time.ts';
import { sayAge } from './age.ts';
import { harmless, type Row } from './table.ts';

export interface ColumnsOptions {
  /** With the columns that only `-o wide` shows. */
  readonly wide: boolean;
  readonly namespaces: boolean;
}

/** The header of `kubectl get` for this kind. */
export const headerOf = (kind: Kind, options: ColumnsOptions): Row => [
  ...(options.namespaces ? ['NAMESPACE'] : []),
  'NAME',
  ...shown(kind, options).map(({ name }) => name.toUpperCase()),
];

export const rowOf = (kind: Kind, object: KubeObject, options: ColumnsOptions, now: number): Row => [
  ...(options.namespaces ? [object.metadata.namespace ?? ''] : []),
  object.metadata.name,
  ...shown(kind, options).map((column) => cellOf(column, object, now)),
];

const shown = (kind: Kind, { wide }: ColumnsOptions): readonly Column[] =>
  kind.columns.filter((column) => wide || !column.wide);

function cellOf({ type, jsonPath }: Column, object: KubeObject, now: number): string {
  const value = fieldAt(object, jsonPath);
  if (value === undefined || value === null) return type === 'date' ? '<unknown>' : '<none>';
  if (type !== 'date') return harmless(String(value));
  const time = parseTime(String(value));
  return Number.isNaN(time) ? '<invalid>' : sayAge(now - time);
}

const STEP = /\.([A-Za-z]+)(?:\[\?\(@\.([a-z]+)=="([^"]*)"\)\])?/g;

/** The part of JSONPath that our columns use: names, and the one item of a list that has a certain value. */
function fieldAt(object: unknown, jsonPath: string): unknown {
  let at = object;
  for (const [, name = '', key, wanted] of jsonPath.matchAll(STEP)) {
    at = (at as Readonly<Record<string, unknown>> | undefined)?.[name];
    if (key === undefined) continue;
    at = (at as readonly Readonly<Record<string, unknown>>[] | undefined)?.find((item) => item[key] === wanted);
  }
  return at;
}
