import { GROUP, VERSION } from '../api/group.ts';
import type { Kind, NewObjectOf, ObjectOf } from '../api/kind.ts';
import type { KubeObject, NewObjectMeta } from '../api/metadata.ts';

/** Where a kind is served: all it takes to speak to it. */
export interface ResourcePlace {
  /** Empty for the core group. */
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
  readonly namespaced: boolean;
}

/** A place, and what stands there. */
export interface ResourceType<T extends KubeObject = KubeObject, New = NewKubeObject> extends ResourcePlace {
  /** Only a type: what is read and what is written there. */
  readonly '~objects'?: readonly [read: T, written: New];
}

/** An object as somebody writes it, of a kind we know no more about. */
export interface NewKubeObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: NewObjectMeta;
}

export const resourceTypeOf = <K extends Kind>({ kind, plural }: K): ResourceType<ObjectOf<K>, NewObjectOf<K>> => ({
  group: GROUP,
  version: VERSION,
  kind,
  plural,
  namespaced: true,
});

export const apiVersionOf = ({ group, version }: ResourcePlace): string => (group ? `${group}/${version}` : version);

/** The path of the collection; of all namespaces when none is given. */
export function collectionPath(type: ResourcePlace, namespace?: string): string {
  const root = type.group ? `/apis/${type.group}/${type.version}` : `/api/${type.version}`;
  const scope = type.namespaced && namespace !== undefined ? `/namespaces/${encodeURIComponent(namespace)}` : '';
  return `${root}${scope}/${type.plural}`;
}

/** Parameters that have a value, ready to stand behind a path. */
export function queryOf(parameters: Readonly<Record<string, string | number | boolean | undefined>>): string {
  let out = '';
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== undefined) out += `${out ? '&' : '?'}${name}=${encodeURIComponent(value)}`;
  }
  return out;
}
