import { isObject, sameJson } from './json.ts';
import { ownValue, setKey } from './own-key.ts';

/** The document after the operations of RFC 6902, as kube-apiserver reads them. The input stays as it is. */
export function jsonPatch(document: unknown, operations: unknown): unknown {
  if (operations === null) return document;
  if (!Array.isArray(operations)) throw undecodable(operations, '[]handlers.jsonPatchOp');
  if (operations.length > MAX_OPERATIONS) {
    const limit = `The allowed maximum operations in a JSON patch is ${MAX_OPERATIONS}, got ${operations.length}`;
    throw new PatchError(413, limit);
  }
  return operations.reduce<unknown>((done, operation) => {
    if (operation === null) throw rejected();
    if (!isObject(operation)) throw undecodable(operation, 'handlers.jsonPatchOp');
    return applyOperation(done, operation);
  }, document);
}

/** The document after the merge of RFC 7386. The input stays as it is. */
export function mergePatch(document: unknown, patch: unknown): unknown {
  if (patch === null) throw new PatchError(400, 'Invalid JSON Patch');
  if (!isObject(patch)) throw undecodable(patch, 'map[string]interface {}');
  return merge(document, patch);
}

/** A patch that cannot be read (400) or is too long (413), or cannot be applied to what is there (422; strategic: 500). */
export class PatchError extends Error {
  readonly status: PatchStatus;

  constructor(status: PatchStatus, message: string) {
    super(message);
    this.name = 'PatchError';
    this.status = status;
  }
}

export type PatchStatus = 400 | 413 | 422 | 500;

/** A real server says no more than this about an operation that fails. */
export const REJECTED = 'the server rejected our request due to an error in our request';

/** What Go's decoder says when a patch is of the wrong JSON type. */
export function undecodable(value: unknown, goType: string): PatchError {
  return new PatchError(
    400,
    `error decoding patch: json: cannot unmarshal ${jsonType(value)} into Go value of type ${goType}`,
  );
}

/** kube-apiserver's own bound: an operation may cost more than its text suggests. */
const MAX_OPERATIONS = 10_000;

type Container = Readonly<Record<string, unknown>> | readonly unknown[];

function merge(document: unknown, patch: Readonly<Record<string, unknown>>): unknown {
  const out: Record<string, unknown> = isObject(document) ? { ...document } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null || value === undefined) delete out[key];
    else setKey(out, key, isObject(value) ? merge(ownValue(out, key), value) : value);
  }
  return out;
}

function applyOperation(document: unknown, operation: Readonly<Record<string, unknown>>): unknown {
  const { op, path, from, value = null } = operation;
  if (typeof path !== 'string') throw rejected();
  switch (op) {
    case 'add':
      return edit(document, path, (holder, key) => add(holder, key, value));
    case 'remove':
      return edit(document, path, remove);
    case 'replace':
      if (path === '') return value;
      return edit(document, path, (holder, key) => replace(holder, key, value));
    case 'move': {
      const moved = read(document, from);
      return edit(edit(document, String(from), remove), path, (holder, key) => add(holder, key, moved));
    }
    case 'copy': {
      const copied = read(document, from) ?? null;
      return edit(document, path, (holder, key) => add(holder, key, copied));
    }
    case 'test': {
      const found = path === '' ? document : read(document, path);
      if (!sameJson(found ?? null, value)) throw rejected();
      return document;
    }
    default:
      throw rejected();
  }
}

/** A new document in which the container that the pointer leads to is changed. */
function edit(document: unknown, path: string, change: (holder: Container, key: string) => Container): unknown {
  const keys = keysOf(path);
  const descend = (holder: unknown, depth: number): Container => {
    if (!isContainer(holder)) throw rejected();
    const key = keys[depth] as string;
    if (depth === keys.length - 1) return change(holder, key);
    return replace(holder, key, descend(lookup(holder, key), depth + 1));
  };
  return descend(document, 0);
}

function read(document: unknown, path: unknown): unknown {
  if (typeof path !== 'string') throw rejected();
  return keysOf(path).reduce<unknown>((holder, key) => {
    if (!isContainer(holder)) throw rejected();
    return lookup(holder, key);
  }, document);
}

/** What stands before the first slash is not looked at: a real server does not, either. */
function keysOf(path: string): readonly string[] {
  const [, ...keys] = path.split('/');
  if (keys.length === 0) throw rejected();
  return keys.map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'));
}

function lookup(holder: Container, key: string): unknown {
  return isList(holder) ? holder[indexIn(key, holder.length)] : ownValue(holder, key);
}

function add(holder: Container, key: string, value: unknown): Container {
  if (!isList(holder)) return withKey(holder, key, value);
  const index = key === '-' ? holder.length : indexIn(key, holder.length + 1);
  return holder.toSpliced(index, 0, value);
}

/** In an object, a key that is not there is added: the library that kube-apiserver uses is that kind. */
function replace(holder: Container, key: string, value: unknown): Container {
  return isList(holder) ? holder.with(indexIn(key, holder.length), value) : withKey(holder, key, value);
}

function remove(holder: Container, key: string): Container {
  if (isList(holder)) return holder.toSpliced(indexIn(key, holder.length), 1);
  if (!Object.hasOwn(holder, key)) throw rejected();
  const out = { ...holder };
  delete out[key];
  return out;
}

function withKey(holder: Readonly<Record<string, unknown>>, key: string, value: unknown): Container {
  const out = { ...holder };
  setKey(out, key, value);
  return out;
}

/** A negative index counts from the end. */
function indexIn(key: string, length: number): number {
  if (!/^[+-]?[0-9]+$/.test(key)) throw rejected();
  const index = Number(key) < 0 ? Number(key) + length : Number(key);
  if (index < 0 || index >= length) throw rejected();
  return index;
}

const isList = (value: unknown): value is readonly unknown[] => Array.isArray(value);
const isContainer = (value: unknown): value is Container => typeof value === 'object' && value !== null;
const rejected = (): PatchError => new PatchError(422, REJECTED);

function jsonType(value: unknown): string {
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'boolean') return 'bool';
  return typeof value;
}
