import type * as z from 'zod';
import { type API_VERSION, GROUP } from './group.ts';
import type { NewObjectMeta, ObjectMeta } from './metadata.ts';
import type { Rule } from './rule.ts';

/** Everything there is to say about one of our kinds, once. */
export interface Kind<
  Spec extends z.ZodType = z.ZodType,
  Status extends z.ZodType = z.ZodType,
  Name extends string = string,
> {
  readonly kind: Name;
  readonly plural: string;
  readonly singular: string;
  readonly shortName: string;
  /** One sentence for `kubectl explain` and the reference. */
  readonly summary: string;
  readonly spec: Spec;
  readonly status: Status;
  /** Rules over the whole object; those over one part stand on its schema. */
  readonly rules: readonly Rule[];
  readonly columns: readonly Column[];
  /** Fields a watcher may select on: `kubectl get permits --field-selector spec.semaphore=db`. */
  readonly selectable: readonly string[];
  /** A manifest people can start from: shown in the reference, applied by the tests. */
  readonly example: z.input<Spec>;
}

/** A column of `kubectl get`; `wide` ones show with `-o wide` only. */
export interface Column {
  readonly name: string;
  readonly type: 'string' | 'integer' | 'boolean' | 'date';
  readonly jsonPath: string;
  readonly wide?: true;
}

/** An object as the API server returns it. */
export interface ObjectOf<K extends Kind> {
  readonly apiVersion: typeof API_VERSION;
  readonly kind: K['kind'];
  readonly metadata: ObjectMeta;
  readonly spec: z.output<K['spec']>;
  readonly status?: z.output<K['status']>;
}

/** An object as somebody writes it: without what the server fills in. */
export interface NewObjectOf<K extends Kind> {
  readonly apiVersion: typeof API_VERSION;
  readonly kind: K['kind'];
  readonly metadata: NewObjectMeta;
  readonly spec: z.input<K['spec']>;
}

export const defineKind = <Spec extends z.ZodType, Status extends z.ZodType, const Name extends string>(
  kind: Kind<Spec, Status, Name>,
): Kind<Spec, Status, Name> => kind;

/** The name a CustomResourceDefinition must have, and the one kubectl takes for every kind without doubt. */
export const resourceName = ({ plural }: Pick<Kind, 'plural'>): string => `${plural}.${GROUP}`;

export const column = (name: string, jsonPath: string, type: Column['type'] = 'string'): Column => ({
  name,
  type,
  jsonPath,
});
export const wideColumn = (name: string, jsonPath: string, type: Column['type'] = 'string'): Column => ({
  ...column(name, jsonPath, type),
  wide: true,
});
export const age: Column = column('Age', '.metadata.creationTimestamp', 'date');
