import type { ApiBody, ApiResponse } from './http.ts';
import type { StoredObject } from './stored-object.ts';

/** A body that is made when it is read: a caller that looks at the status alone pays for nothing more. */
export const lazyBody = (make: () => string): ApiBody => ({
  text: () => Promise.resolve(make()),
  async *[Symbol.asyncIterator]() {
    yield make();
  },
});

const JSON_HEADERS = { 'content-type': 'application/json' } as const;

export const jsonResponse = (
  status: number,
  value: unknown,
  headers: Readonly<Record<string, string>> = {},
): ApiResponse => ({
  status,
  headers: { ...JSON_HEADERS, ...headers },
  body: lazyBody(() => JSON.stringify(value)),
});

export const textResponse = (status: number, text: string, type = 'text/plain; charset=utf-8'): ApiResponse => ({
  status,
  headers: { 'content-type': type },
  body: lazyBody(() => text),
});

const texts = new WeakMap<object, string>();

/** The object's JSON, made once: its creator, every watcher and every reader share it. */
export function textOf(object: StoredObject): string {
  let text = texts.get(object);
  if (text === undefined) {
    text = JSON.stringify(object);
    texts.set(object, text);
  }
  return text;
}
