import { isObject, sameJson } from './json.ts';
import { ownValue, setKey } from './own-key.ts';
import { PatchError, undecodable } from './patch.ts';

/**
 * The document after a strategic merge patch, which only built-in kinds take: maps are merged, null removes, and
 * lists whose items have a known key are merged by it. The input stays as it is.
 */
export function strategicMergePatch(document: unknown, patch: unknown): unknown {
  if (!isObject(patch)) throw undecodable(patch, 'map[string]interface {}');
  return mergeMap(isObject(document) ? document : {}, patch);
}

type JsonMap = Readonly<Record<string, unknown>>;

/** The key of the items of each list, by the list's name; `''` for lists of plain values that are merged. */
const MERGE_KEYS: Readonly<Record<string, string>> = {
  conditions: 'type',
  containers: 'name',
  env: 'name',
  ephemeralContainers: 'name',
  finalizers: '',
  hostAliases: 'ip',
  hostIPs: 'ip',
  imagePullSecrets: 'name',
  initContainers: 'name',
  ownerReferences: 'uid',
  podIPs: 'ip',
  ports: 'containerPort',
  resourceClaims: 'name',
  schedulingGates: 'name',
  secrets: 'name',
  topologySpreadConstraints: 'topologyKey',
  volumeDevices: 'devicePath',
  volumeMounts: 'mountPath',
  volumes: 'name',
};

const DIRECTIVE = '$patch';
const RETAIN_KEYS = '$retainKeys';
const DELETE_FROM = '$deleteFromPrimitiveList/';
const SET_ORDER = '$setElementOrder/';

function mergeMap(document: JsonMap, patch: JsonMap): JsonMap {
  const { [DIRECTIVE]: directive, [RETAIN_KEYS]: retained, ...wishes } = patch;
  if (directive === 'delete') return {};
  if (directive === 'replace') return wishes;
  if (!DIRECTIVES.includes(directive)) throw unknownDirective(patch);
  const out: Record<string, unknown> = Array.isArray(retained) ? onlyKeys(document, retained) : { ...document };
  const order = new Map(withPrefix(wishes, SET_ORDER));
  const dropped = new Map(withPrefix(wishes, DELETE_FROM));
  for (const [name, values] of dropped) {
    const list = ownValue(out, name);
    if (Array.isArray(list))
      setKey(
        out,
        name,
        list.filter((item) => !values.some((value) => sameJson(item, value))),
      );
  }
  for (const [key, wish] of Object.entries(wishes)) {
    if (key.startsWith(SET_ORDER) || key.startsWith(DELETE_FROM)) continue;
    if (wish === null) delete out[key];
    else setKey(out, key, mergeValue(key, ownValue(out, key), wish, order.get(key)));
  }
  for (const [name, wanted] of order) {
    const list = ownValue(out, name);
    if (!Object.hasOwn(wishes, name) && Array.isArray(list))
      setKey(out, name, inOrder(list, wanted, list, identity(MERGE_KEYS[name] ?? '')));
  }
  return out;
}

const withPrefix = (patch: JsonMap, prefix: string): readonly (readonly [string, readonly unknown[]])[] =>
  Object.entries(patch).flatMap(([key, value]) =>
    key.startsWith(prefix) && Array.isArray(value) ? [[key.slice(prefix.length), value] as const] : [],
  );

const onlyKeys = (document: JsonMap, keys: readonly unknown[]): Record<string, unknown> =>
  Object.fromEntries(Object.entries(document).filter(([key]) => keys.includes(key)));

function mergeValue(name: string, before: unknown, wish: unknown, order: readonly unknown[] | undefined): unknown {
  if (isObject(wish)) return mergeMap(isObject(before) ? before : {}, wish);
  if (!Array.isArray(wish)) return wish;
  const key = MERGE_KEYS[name];
  const list = Array.isArray(before) ? before : [];
  if (key === undefined) return wish.map((item) => (isObject(item) ? mergeMap({}, item) : item));
  return key === '' ? mergePlain(list, wish, order) : mergeByKey(list, wish, key, order);
}

function mergePlain(
  before: readonly unknown[],
  wish: readonly unknown[],
  order: readonly unknown[] | undefined,
): readonly unknown[] {
  const merged = [...before, ...wish.filter((item) => !before.includes(item))];
  return inOrder(merged, order ?? wish, before, identity(''));
}

function mergeByKey(
  before: readonly unknown[],
  wish: readonly unknown[],
  key: string,
  order: readonly unknown[] | undefined,
): readonly unknown[] {
  const name = identity(key);
  const wishes = wish.map((item) => {
    if (!isObject(item)) throw new PatchError(500, `list element types are not identical: ${goText([before, wish])}`);
    if (!DIRECTIVES.includes(item[DIRECTIVE])) throw unknownDirective(item);
    return item;
  });
  const plain = wishes.filter((item) => item[DIRECTIVE] === undefined || item[DIRECTIVE] === 'merge');
  if (wishes.some((item) => item[DIRECTIVE] === 'replace')) {
    return wishes.filter((item) => item[DIRECTIVE] === undefined).map((item) => mergeMap({}, item));
  }
  const deleted = new Set(wishes.filter((item) => item[DIRECTIVE] === 'delete').map(name));
  const merged = before.filter((item) => !deleted.has(name(item)));
  for (const item of plain) {
    const at = merged.findIndex((one) => name(one) === name(item));
    if (at < 0) merged.push(mergeMap({}, item));
    else merged[at] = mergeMap(merged[at] as JsonMap, item);
  }
  return inOrder(merged, order ?? plain, before, name);
}

/** What makes an item the same one: its key, or, in a list of plain values, itself. */
function identity(key: string): (item: unknown) => string {
  return (item) => {
    if (key === '') return JSON.stringify(item);
    const value = isObject(item) ? item[key] : undefined;
    if (value === undefined)
      throw new PatchError(500, `map: ${goText(item)} does not contain declared merge key: ${key}`);
    return JSON.stringify(value);
  };
}

/** The items the patch speaks of in its order; the others stay where they were among them. */
function inOrder(
  merged: readonly unknown[],
  wanted: readonly unknown[],
  before: readonly unknown[],
  name: (item: unknown) => string,
): readonly unknown[] {
  const wish = positions(wanted, name);
  const old = positions(before, name);
  const asked = merged.filter((item) => wish.has(name(item))).sort((a, b) => at(wish, name(a)) - at(wish, name(b)));
  const others = merged.filter((item) => !wish.has(name(item))).sort((a, b) => at(old, name(a)) - at(old, name(b)));
  const out: unknown[] = [];
  for (const item of asked) {
    while (others.length > 0 && old.has(name(item)) && at(old, name(others[0])) < at(old, name(item)))
      out.push(others.shift());
    out.push(item);
  }
  return [...out, ...others];
}

const positions = (list: readonly unknown[], name: (item: unknown) => string): ReadonlyMap<string, number> =>
  new Map(list.map((item, index) => [name(item), index]));
const at = (places: ReadonlyMap<string, number>, name: string): number => places.get(name) ?? Number.MAX_SAFE_INTEGER;

const DIRECTIVES: readonly unknown[] = [undefined, 'merge', 'replace', 'delete'];

const unknownDirective = (patch: JsonMap): PatchError =>
  new PatchError(500, `unknown patch type: ${String(patch[DIRECTIVE])} in map: ${goText(patch)}`);

/** As Go prints a value: `map[name:a ports:[80]]`. */
function goText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(goText).join(' ')}]`;
  if (!isObject(value)) return value === null ? '<nil>' : String(value);
  const keys = Object.keys(value).sort();
  return `map[${keys.map((key) => `${key}:${goText(value[key])}`).join(' ')}]`;
}
