import type { Machine } from './call.ts';
import type { JsonObject } from './json.ts';
import { metadataProblems, newMetadata } from './metadata.ts';
import type { Registry } from './registry.ts';
import type { ServedResource } from './served-resource.ts';
import { invalid } from './status-error.ts';
import { type Actor, keyOf } from './store.ts';
import { type StoredObject, withMeta } from './stored-object.ts';
import { metaOf } from './written-object.ts';

const SERVER: Actor = { user: 'system:apiserver', agent: 'apiserver' };

/** Stores an object of no namespace on the server's own account; what is there already is replaced. */
export function installed(
  machine: Machine,
  registry: Registry,
  plural: string,
  group: string,
  written: JsonObject,
): void {
  const resource = registry.at(group, 'v1', plural) as ServedResource;
  const { type, rules, collection } = resource;
  const now = machine.clock.now();
  const { object } = rules.decode(written);
  const name = String(metaOf(written)['name'] ?? '');
  const key = keyOf(type, undefined, name);
  const old = collection.get(key);
  const metadata = newMetadata(metaOf(written), {
    name,
    namespace: undefined,
    uid: old?.metadata.uid ?? machine.newUid(),
    generation: rules.generation ? 1 : undefined,
    now,
  });
  const fresh = { ...object, metadata } as StoredObject;
  const prepared = rules.prepare?.(fresh, old, now) ?? fresh;
  if (!sound.has(written)) {
    const problems = [...metadataProblems(metadata, rules.nameRule), ...rules.problems(prepared, old)];
    if (problems.length > 0) throw invalid(type, name, problems);
    sound.add(written);
  }
  const generation = old?.metadata.generation;
  const next = generation === undefined ? prepared : withMeta(prepared, { generation: generation + 1 });
  machine.store.put(collection, key, next, SERVER);
}

/** What was found good once: a simulation installs the same definitions in thousands of servers. */
const sound = new WeakSet<JsonObject>();
