import type * as api from '../api/metadata.ts';
import type { Json, JsonObject } from './json.ts';

/** An object as it is kept. Nobody changes one in place: watchers, history and answers share it. */
export interface StoredObject extends JsonObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: StoredMeta;
}

/** As the API has it, in a form that counts as JSON: an interface has no index. */
type InJson<T> = Pick<T, keyof T>;

export type OwnerReference = InJson<api.OwnerReference>;

export type StoredMeta = JsonObject &
  InJson<Omit<api.ObjectMeta, 'ownerReferences'>> & {
    readonly ownerReferences?: readonly OwnerReference[];
    readonly deletionGracePeriodSeconds?: number;
    readonly managedFields?: Json;
  };

/** The object with some of its metadata replaced; a key set to undefined is gone. */
export function withMeta<T extends StoredObject>(object: T, changes: Partial<StoredMeta>): T {
  const metadata: Record<string, Json | undefined> = { ...object.metadata };
  for (const key in changes) {
    if (changes[key] === undefined) delete metadata[key];
    else metadata[key] = changes[key];
  }
  return { ...object, metadata: metadata as StoredMeta };
}

/** The form of time in metadata: whole seconds. */
export function secondsTime(epochMilliseconds: number): string {
  const second = Math.floor(epochMilliseconds / 1000);
  // thousands of writes share a second
  if (second !== last.second) last = { second, text: `${new Date(second * 1000).toISOString().slice(0, 19)}Z` };
  return last.text;
}

let last = { second: Number.NaN, text: '' };
