import type { KubeObject } from '../../src/api/metadata.ts';
import type { Resource, Selection } from '../../src/kube/resource.ts';

/** Hears of every change of some objects but their end, by one watch, and says when one of them is so. */
export interface Ear<T> extends AsyncDisposable {
  /** From now on; kept with the time at which it was heard. */
  when(name: string, isSo: (object: T) => boolean): Promise<number>;
  /** Told of every change, with the time. */
  onHeard(listener: (object: T, at: number) => void): void;
}

export async function earOn<T extends KubeObject>(
  resource: Pick<Resource<T, never>, 'list' | 'watch'>,
  selection: Selection = {},
): Promise<Ear<T>> {
  const waiting = new Map<string, Set<(object: T, at: number) => void>>();
  const listeners: ((object: T, at: number) => void)[] = [];
  const ending = new AbortController();
  let position = (await resource.list({ ...selection, limit: 1 })).resourceVersion;
  const listen = async (): Promise<void> => {
    // the server ends a watch that it finds slow; it goes on where it was
    while (!ending.signal.aborted) {
      for await (const event of resource.watch({ ...selection, resourceVersion: position, signal: ending.signal })) {
        const at = performance.now();
        position = event.type === 'BOOKMARK' ? event.resourceVersion : event.object.metadata.resourceVersion;
        if (event.type === 'BOOKMARK' || event.type === 'DELETED') continue;
        const { object } = event;
        for (const listener of listeners) listener(object, at);
        for (const look of waiting.get(object.metadata.name) ?? []) look(object, at);
      }
    }
  };
  const listening = listen().catch((error: unknown) => {
    if (!ending.signal.aborted) throw error;
  });
  return {
    when(name, isSo) {
      return new Promise((resolve, reject) => {
        const looks = waiting.get(name) ?? new Set();
        waiting.set(name, looks);
        const look = (object: T, at: number): void => {
          if (!isSo(object)) return;
          looks.delete(look);
          if (looks.size === 0) waiting.delete(name);
          clearTimeout(timer);
          resolve(at);
        };
        const timer = setTimeout(() => reject(new Error(`nothing was heard of ${name}`)), PATIENCE);
        looks.add(look);
      });
    },
    onHeard: (listener) => void listeners.push(listener),
    async [Symbol.asyncDispose]() {
      ending.abort(new Error('nobody listens any more'));
      await listening;
    },
  };
}

/** Longer than anything that is measured takes. */
const PATIENCE = 60_000;
