import { ageOf } from './human-duration.ts';
import { isObject } from './json.ts';
import { jsonPath } from './json-path.ts';
import type { PrinterColumn } from './resource-type.ts';

/** What kubectl asks for when it prints: meta.k8s.io/v1. */
export interface Table {
  readonly kind: 'Table';
  readonly apiVersion: 'meta.k8s.io/v1';
  readonly metadata: TableMeta;
  readonly columnDefinitions: readonly ColumnDefinition[];
  readonly rows: readonly TableRow[];
}

export interface TableMeta {
  readonly resourceVersion?: string | undefined;
  readonly continue?: string | undefined;
  readonly remainingItemCount?: number | undefined;
}

export interface ColumnDefinition {
  readonly name: string;
  readonly type: string;
  readonly format: string;
  readonly description: string;
  readonly priority: number;
}

export interface TableRow {
  readonly cells: readonly unknown[];
  readonly object: unknown;
}

/** How much of each object goes with its row. */
export type IncludeObject = 'None' | 'Metadata' | 'Object';

/** The objects as rows: name first, then the columns, ages as of now (epoch ms). */
export function tableOf(
  objects: readonly object[],
  columns: readonly PrinterColumn[],
  { resourceVersion, continue: next, remainingItemCount }: TableMeta,
  includeObject: IncludeObject,
  now: number,
): Table {
  const cells = columns.map(cellOf);
  return {
    kind: 'Table',
    apiVersion: 'meta.k8s.io/v1',
    metadata: {
      ...(resourceVersion !== undefined && { resourceVersion }),
      ...(next && { continue: next }),
      ...(remainingItemCount !== undefined && { remainingItemCount }),
    },
    columnDefinitions: [NAME, ...columns.map(definition)],
    rows: objects.map((object) => ({
      cells: [nameOf(object), ...cells.map((cell) => cell(object, now))],
      object: included(object, includeObject),
    })),
  };
}

const NAME: ColumnDefinition = {
  name: 'Name',
  type: 'string',
  format: 'name',
  description:
    'Name must be unique within a namespace. Is required when creating resources, although some resources may allow ' +
    'a client to request the generation of an appropriate name automatically. Name is primarily intended for ' +
    'creation idempotence and configuration definition. Cannot be updated. More info: ' +
    'https://kubernetes.io/docs/concepts/overview/working-with-objects/names#names',
  priority: 0,
};

const definition = ({
  name,
  type,
  format = '',
  description,
  jsonPath: path,
  priority = 0,
}: PrinterColumn): ColumnDefinition => ({
  name,
  type,
  format,
  description: description || `Custom resource definition column (in JSONPath format): ${path}`,
  priority,
});

type Cell = (object: object, now: number) => unknown;

/** The same columns come with every answer: each is compiled once. */
const compiled = new WeakMap<PrinterColumn, Cell>();

function cellOf(column: PrinterColumn): Cell {
  const known = compiled.get(column);
  if (known) return known;
  const { cell: own } = column;
  const read = own ? (object: object) => [own(object)] : jsonPath(column.jsonPath);
  // of several values a real server prints the first
  const cell: Cell = (object, now) => printed(column.type, read(object)[0], now);
  compiled.set(column, cell);
  return cell;
}

/** A value of another type than the column's is not shown. */
function printed(type: string, value: unknown, now: number): unknown {
  if (value === undefined) return null;
  switch (type) {
    case 'string':
      return text(value);
    case 'integer':
      return typeof value === 'number' ? Math.trunc(value) : null;
    case 'number':
      return typeof value === 'number' ? value : null;
    case 'boolean':
      return typeof value === 'boolean' ? value : null;
    case 'date':
      return typeof value === 'string' ? ageOf(value, now) : null;
    default:
      return null;
  }
}

const text = (value: unknown): string => {
  if (value === null) return '<nil>';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
};

const metadataOf = (object: object): unknown => (object as { readonly metadata?: unknown }).metadata;

function nameOf(object: object): unknown {
  const metadata = metadataOf(object);
  return (isObject(metadata) ? metadata['name'] : undefined) ?? '';
}

function included(object: object, include: IncludeObject): unknown {
  if (include === 'None') return null;
  if (include === 'Object') return object;
  return { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata: metadataOf(object) };
}
