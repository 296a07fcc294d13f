import { API_VERSION } from '../../../src/api/group.ts';
import type { Kind } from '../../../src/api/kind.ts';

/** What is written, over what was there before, and what becomes of it. */
export interface Verdict {
  readonly name: string;
  readonly kind: Kind;
  /** The object that is there before; absent when the write is a creation. */
  readonly before?: Manifest;
  readonly write: Manifest;
  /** The field a refusal names; absent when the write is accepted. */
  readonly refused?: string;
}

export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly spec?: unknown;
  readonly status?: unknown;
}

export type Fields = Readonly<Record<string, unknown>>;

/** A creation: fields of spec over the smallest good one. `undefined` takes a field away. */
export const created = (
  kind: Kind,
  smallest: Fields,
  rows: Readonly<Record<string, readonly [Fields, string?]>>,
): Verdict[] =>
  Object.entries(rows).map(([name, [fields, refused]]) => ({
    name: `${kind.kind}: ${name}`,
    kind,
    write: manifest(kind, { ...smallest, ...fields }),
    ...(refused && { refused: `spec.${refused}` }),
  }));

/** A change of spec: the same, over what was there before. */
export const changed = (
  kind: Kind,
  smallest: Fields,
  rows: Readonly<Record<string, readonly [Fields, Fields, string?]>>,
): Verdict[] =>
  Object.entries(rows).map(([name, [before, fields, refused]]) => ({
    name: `${kind.kind}: ${name}`,
    kind,
    before: manifest(kind, { ...smallest, ...before }),
    write: manifest(kind, { ...smallest, ...fields }),
    ...(refused && { refused: `spec.${refused}` }),
  }));

/** A change of status, as an operator makes it. */
export const told = (
  kind: Kind,
  spec: Fields,
  rows: Readonly<Record<string, readonly [Fields | undefined, Fields, string?]>>,
): Verdict[] =>
  Object.entries(rows).map(([name, [before, status, refused]]) => ({
    name: `${kind.kind} status: ${name}`,
    kind,
    before: manifest(kind, spec, before),
    write: manifest(kind, spec, status),
    ...(refused && { refused: `status.${refused}` }),
  }));

/** Any manifest at all, for what is wrong outside spec and status. */
export const whole = (kind: Kind, rows: Readonly<Record<string, readonly [Fields, string?]>>): Verdict[] =>
  Object.entries(rows).map(([name, [fields, refused]]) => ({
    name: `${kind.kind}: ${name}`,
    kind,
    write: { apiVersion: API_VERSION, kind: kind.kind, metadata: { name: 'x' }, ...fields },
    ...(refused && { refused }),
  }));

const manifest = (kind: Kind, spec: Fields, status?: Fields): Manifest => ({
  apiVersion: API_VERSION,
  kind: kind.kind,
  metadata: { name: 'x' },
  spec,
  ...(status && { status }),
});
