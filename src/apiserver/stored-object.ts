import type { Json, JsonObject } from './json.ts';

/** An object as it is kept. Nobody changes one in place: watchers, history and answers share it. */
export interface StoredObject extends JsonObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: StoredMeta;
}

export interface StoredMeta extends JsonObject {
  readonly name: string;
  readonly namespace?: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly generation?: number;
  readonly creationTimestamp: string;
  readonly deletionTimestamp?: string;
  readonly deletionGracePeriodSeconds?: number;
  readonly generateName?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly ownerReferences?: readonly OwnerReference[];
  readonly finalizers?: readonly string[];
  readonly managedFields?: Json;
}

export interface OwnerReference extends JsonObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  readonly controller?: boolean;
  readonly blockOwnerDeletion?: boolean;
}

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
