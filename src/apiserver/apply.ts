import type { StructuralSchema } from '../api/structural.ts';
import { ApplyConflict, BEFORE_FIRST_APPLY, type Conflict } from './apply-conflict.ts';
import { difference, type FieldSet, intersection, isEmpty, NO_FIELDS, union } from './field-set.ts';
import { objectSchema } from './field-shape.ts';
import { isObject, sameJson } from './json.ts';
import {
  isSameManager,
  type ManagedFields,
  type Manager,
  managedFieldsOf,
  managersOf,
  ownable,
} from './managed-fields.ts';
import {
  type Comparison,
  compare,
  fieldsOf,
  isSame,
  mergeApplied,
  removeFields,
  unionOf,
  withHolders,
} from './owned-value.ts';
import { checkTyped } from './typed-check.ts';

export { ApplyConflict, type ConflictCause } from './apply-conflict.ts';
export type { ManagedFields, ManagedFieldsEntry } from './managed-fields.ts';
export { ApplyTypeError } from './typed-check.ts';

export interface ApplyInput {
  /** Undefined when there is no such object yet. */
  readonly live: object | undefined;
  /** All that its manager wants to say about the object. */
  readonly applied: object;
  readonly manager: string;
  readonly force: boolean;
  /** `status`; empty or undefined for the object itself. */
  readonly subresource?: string | undefined;
  /** RFC 3339. */
  readonly now: string;
  readonly schema: StructuralSchema | undefined;
}

/**
 * The object after a server-side apply: what the manager says, without what it said before and nobody else owns.
 * When that changes nothing the live object itself comes back, and nothing need be written.
 */
export function applyPatch({
  live,
  applied: sent,
  manager,
  force,
  subresource,
  now,
  schema: given,
}: ApplyInput): object {
  const schema = objectSchema(given);
  checkTyped(given, sent);
  const applied = subresource === 'status' ? statusOf(sent) : sent;
  const self: Manager = {
    manager,
    operation: 'Apply',
    subresource,
    apiVersion: apiVersionOf(applied),
    fields: fieldsOf(schema, applied),
  };
  const known = live === undefined ? [] : managersBeforeApply(live, schema, now);
  const last = known.find((one) => isSameManager(one, self));
  const others = known.filter((one) => !isSameManager(one, self));

  const before = live === undefined ? undefined : withoutManagedFields(live);
  const merged = mergeApplied(schema, before, applied);
  const after = removeFields(schema, merged, abandoned(schema, last?.fields, [self, ...others])) as object;

  const comparison = compare(schema, before ?? {}, after);
  const found = conflictsOf(others, comparison);
  const conflicts = manager === KUBECTL ? beyond(lastAppliedFields(live, schema), found) : found;
  if (conflicts.length > 0 && !force) throw new ApplyConflict(conflicts);

  // who only comes to share what is there already leaves no time: nothing was changed then
  const time = isSame(comparison) ? last?.time : now;
  const managedFields = managedFieldsOf([...others.map((other) => afterChange(other, comparison)), { ...self, time }]);
  if (live !== undefined && isSame(comparison) && sameJson(managedFields, managedFieldsOf(managersOf(live))))
    return live;
  return withManagedFields(after, managedFields);
}

export interface UpdateInput {
  /** Undefined when the object is created. */
  readonly before: object | undefined;
  readonly after: object;
  readonly manager: string;
  readonly subresource?: string | undefined;
  /** RFC 3339. */
  readonly now: string;
  readonly schema: StructuralSchema | undefined;
}

/** The managedFields after any other write: who changed a field owns it from then on, alone. */
export function recordUpdate({ before, after, manager, subresource, now, schema: given }: UpdateInput): ManagedFields {
  const schema = objectSchema(given);
  const sent = managedFieldsIn(after);
  if (isReset(sent)) return [];
  const known = managersOf(sent.length > 0 ? after : before);
  const comparison = compare(schema, before && withoutManagedFields(before), withoutManagedFields(after));
  const taken = ownable(comparison.changed);
  const self: Manager = {
    manager,
    operation: 'Update',
    subresource,
    apiVersion: apiVersionOf(after),
    time: now,
    fields: taken,
  };
  const left = known.map((one) => afterChange(one, comparison));
  const mine = left.find((one) => isSameManager(one, self));
  if (isEmpty(taken)) return managedFieldsOf(left);
  const rest = left.filter((one) => one !== mine);
  return managedFieldsOf([...rest, { ...self, fields: union(taken, mine?.fields ?? NO_FIELDS) }]);
}

/** Through the door of the status nothing else is written. */
function statusOf(object: object): object {
  const { apiVersion, kind, metadata, status } = object as Readonly<Record<string, unknown>>;
  const { name, namespace } = isObject(metadata) ? metadata : {};
  const which = { ...(name !== undefined && { name }), ...(namespace !== undefined && { namespace }) };
  return { apiVersion, kind, metadata: which, ...(status !== undefined && { status }) };
}

/** What was owned by nobody when the first one applies was still somebody's wish. */
function managersBeforeApply(live: object, schema: StructuralSchema, now: string): readonly Manager[] {
  const known = managersOf(live);
  if (known.length > 0) return known;
  const fields = ownable(compare(schema, undefined, withoutManagedFields(live)).changed);
  return [{ manager: BEFORE_FIRST_APPLY, operation: 'Update', apiVersion: apiVersionOf(live), time: now, fields }];
}

/** What its manager no longer wants, and nobody else does. */
function abandoned(schema: StructuralSchema, last: FieldSet | undefined, managers: readonly Manager[]): FieldSet {
  if (!last) return NO_FIELDS;
  const wanted = unionOf(managers.map(({ fields }) => fields));
  return difference(withHolders(schema, last), withHolders(schema, wanted));
}

function conflictsOf(others: readonly Manager[], { changed }: Comparison): readonly Conflict[] {
  return others
    .map((manager) => ({ manager, fields: intersection(manager.fields, changed) }))
    .filter(({ fields }) => !isEmpty(fields));
}

/** It may take over what it applied on its own side before: then an annotation says what that was. */
const KUBECTL = 'kubectl';
const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

function lastAppliedFields(live: object | undefined, schema: StructuralSchema): FieldSet {
  const { metadata } = (live ?? {}) as {
    readonly metadata?: { readonly annotations?: Readonly<Record<string, string>> };
  };
  try {
    return fieldsOf(schema, JSON.parse(metadata?.annotations?.[LAST_APPLIED] ?? '{}'));
  } catch {
    return NO_FIELDS; // anybody can write an annotation
  }
}

const beyond = (allowed: FieldSet, conflicts: readonly Conflict[]): readonly Conflict[] =>
  conflicts
    .map(({ manager, fields }) => ({ manager, fields: difference(fields, allowed) }))
    .filter(({ fields }) => !isEmpty(fields));

const afterChange = (manager: Manager, { changed, removed }: Comparison): Manager => ({
  ...manager,
  fields: difference(difference(manager.fields, changed), removed),
});

const apiVersionOf = (object: object): string => String((object as { readonly apiVersion?: unknown }).apiVersion ?? '');

function managedFieldsIn(object: object): readonly unknown[] {
  const { metadata } = object as { readonly metadata?: unknown };
  const entries = isObject(metadata) ? metadata['managedFields'] : undefined;
  return Array.isArray(entries) ? entries : [];
}

/** One empty entry is how a client asks to forget who owns what. */
const isReset = (entries: readonly unknown[]): boolean =>
  entries.length === 1 && isObject(entries[0]) && Object.keys(entries[0]).length === 0;

function withoutManagedFields(object: object): object {
  const { metadata } = object as { readonly metadata?: unknown };
  if (!isObject(metadata) || metadata['managedFields'] === undefined) return object;
  const { managedFields: _, ...rest } = metadata;
  return { ...object, metadata: rest };
}

function withManagedFields(object: object, managedFields: ManagedFields): object {
  const { metadata } = object as { readonly metadata?: object };
  return { ...object, metadata: { ...metadata, ...(managedFields.length > 0 && { managedFields }) } };
}
