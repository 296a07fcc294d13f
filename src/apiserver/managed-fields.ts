import { difference, type FieldSet, type FieldsV1, fromFieldsV1, isEmpty, toFieldsV1 } from './field-set.ts';
import { isObject } from './json.ts';

/** One entry of metadata.managedFields. */
export interface ManagedFieldsEntry {
  readonly manager: string;
  readonly operation: 'Apply' | 'Update';
  readonly apiVersion: string;
  readonly time?: string;
  readonly fieldsType: 'FieldsV1';
  readonly fieldsV1: FieldsV1;
  readonly subresource?: string;
}

export type ManagedFields = readonly ManagedFieldsEntry[];

/** A writer and what it owns. */
export interface Manager {
  readonly manager: string;
  readonly operation: 'Apply' | 'Update';
  readonly apiVersion: string;
  readonly subresource?: string | undefined;
  readonly time?: string | undefined;
  readonly fields: FieldSet;
}

export function managersOf(object: unknown): readonly Manager[] {
  const metadata = isObject(object) ? object['metadata'] : undefined;
  const entries = isObject(metadata) ? metadata['managedFields'] : undefined;
  return (Array.isArray(entries) ? (entries as ManagedFields) : []).map(({ fieldsV1, fieldsType: _, ...entry }) => ({
    ...entry,
    fields: fromFieldsV1(fieldsV1),
  }));
}

/** In the order of a real server: who applies first, then by time. Who owns nothing is left out. */
export function managedFieldsOf(managers: readonly Manager[]): ManagedFields {
  return managers
    .map((manager) => ({ ...manager, fields: ownable(manager.fields) }))
    .filter(({ fields }) => !isEmpty(fields))
    .sort(inOrder)
    .map(({ manager, operation, apiVersion, time, subresource, fields }) => ({
      apiVersion,
      fieldsType: 'FieldsV1',
      fieldsV1: toFieldsV1(fields),
      manager,
      operation,
      ...(subresource && { subresource }),
      ...(time !== undefined && { time }),
    }));
}

/** Whether an entry is this writer's: one who applies stays the same when it moves to another version. */
export function isSameManager(a: Manager, b: Manager): boolean {
  return (
    a.manager === b.manager &&
    a.operation === b.operation &&
    (a.subresource ?? '') === (b.subresource ?? '') &&
    (a.operation === 'Apply' || a.apiVersion === b.apiVersion)
  );
}

/** Nobody owns what the server sets itself, nor what says which object it is. */
export const ownable = (fields: FieldSet): FieldSet => difference({ ...fields, member: false }, SERVER_OWNED);

const SERVER_OWNED = fromFieldsV1({
  'f:apiVersion': {},
  'f:kind': {},
  'f:metadata': {
    '.': {},
    'f:clusterName': {},
    'f:creationTimestamp': {},
    'f:generation': {},
    'f:managedFields': {},
    'f:name': {},
    'f:namespace': {},
    'f:resourceVersion': {},
    'f:selfLink': {},
    'f:uid': {},
  },
});

function inOrder(a: Manager, b: Manager): number {
  const seconds = ({ time }: Manager) =>
    time === undefined ? Number.NEGATIVE_INFINITY : Math.floor(Date.parse(time) / 1000);
  return (
    byText(a.operation, b.operation) ||
    (seconds(a) === seconds(b) ? 0 : seconds(a) - seconds(b)) ||
    byText(a.manager, b.manager) ||
    byText(a.apiVersion, b.apiVersion) ||
    byText(a.subresource ?? '', b.subresource ?? '')
  );
}

const byText = (a: string, b: string): number => (a === b ? 0 : a < b ? -1 : 1);
