import { API_VERSION } from '../api/group.ts';
import type { Kind, NewObjectOf, ObjectOf } from '../api/kind.ts';
import type { Problem } from '../api/problem.ts';
import type { MergePatch } from '../kube/resource.ts';
import { checked, refuse } from './checked.ts';
import { durationText } from './duration.ts';
import { InvalidError } from './errors.ts';
import {
  type CreateOptions,
  DURATION_FIELDS,
  type Duration,
  type ListOptions,
  type Place,
  type SpecOf,
  type SpecPatchOf,
} from './options.ts';
import { sayFailure } from './say-failure.ts';
import type { Session } from './session.ts';

export async function getObject<K extends Kind>(
  session: Session,
  kind: K,
  name: string,
  { namespace = session.namespace, signal }: Place & { readonly signal?: AbortSignal | undefined },
): Promise<ObjectOf<K>> {
  return telling(`get ${kind.singular} "${name}"`, () => session.kube.of(kind, namespace).get(named(name), { signal }));
}

export async function listObjects<K extends Kind>(
  session: Session,
  kind: K,
  { namespace = session.namespace, allNamespaces, labelSelector }: ListOptions,
): Promise<ObjectOf<K>[]> {
  const { items } = await telling(`list ${kind.plural}`, () =>
    session.kube.of(kind, allNamespaces ? undefined : namespace).listAll({ labelSelector }),
  );
  return [...items];
}

export async function createObject<K extends Kind>(
  session: Session,
  kind: K,
  name: string,
  spec: SpecOf<K>,
  { namespace = session.namespace, labels }: CreateOptions,
): Promise<ObjectOf<K>> {
  const doing = `create ${kind.singular} "${name}"`;
  const metadata = { name, namespace, ...(labels && { labels }) };
  const object = { apiVersion: API_VERSION, kind: kind.kind, metadata, spec: written(spec, doing) } as NewObjectOf<K>;
  await checked(kind, object, doing);
  return telling(doing, () => session.kube.of(kind, namespace).create(object));
}

export async function updateObject<K extends Kind>(
  session: Session,
  kind: K,
  name: string,
  spec: SpecPatchOf<K>,
  { namespace = session.namespace }: Place,
): Promise<ObjectOf<K>> {
  const doing = `update ${kind.singular} "${name}"`;
  const patch = written(spec, doing);
  const objects = session.kube.of(kind, namespace);
  const old = await telling(doing, () => objects.get(named(name)));
  await checked(kind, { ...old, spec: merged(old.spec as object, patch) }, doing, old);
  return telling(doing, () => objects.mergePatch(name, { spec: patch } as unknown as MergePatch<ObjectOf<K>>));
}

export async function deleteObject<K extends Kind>(
  session: Session,
  kind: K,
  name: string,
  { namespace = session.namespace }: Place,
): Promise<void> {
  await telling(`delete ${kind.singular} "${name}"`, () => session.kube.of(kind, namespace).delete(named(name)));
}

/** Runs a call; what it throws says what was being done. */
export async function telling<T>(doing: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw sayFailure(error, { doing });
  }
}

/** A path with an empty name is that of the whole collection. */
export function named(name: string): string {
  if (typeof name === 'string' && name !== '') return name;
  const message = 'must be the name of an object';
  throw new InvalidError(`name: ${message}`, { problems: [{ field: 'name', message }] });
}

/** The spec as the API has it: every duration is text. */
function written(spec: object, doing: string): Record<string, unknown> {
  const problems: Problem[] = [];
  const durations = DURATION_FIELDS.flatMap((field) => {
    const value = (spec as Readonly<Record<string, unknown>>)[field];
    return value === undefined || value === null
      ? []
      : [[field, durationText(value as Duration, `spec.${field}`, problems)] as const];
  });
  refuse(problems, doing);
  return { ...spec, ...Object.fromEntries(durations) };
}

/** As a merge patch of that depth does it. */
const merged = (old: object, patch: object): object =>
  Object.fromEntries(Object.entries({ ...old, ...patch }).filter(([, value]) => value !== null && value !== undefined));
