import type { KubeObject } from '../../src/api/metadata.ts';
import type { Resource, Selection } from '../../src/kube/resource.ts';

/** Hears of every change of some objects by one watch, and says when one of them is so. */
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
  const { resourceVersion } = await resource.list({ ...selection, limit: 1 });
  const listen = async (): Promise<void> => {
    for await (const event of resource.watch({ ...selection, resourceVersion, signal: ending.signal })) {
      if (event.type === 'BOOKMARK') continue;
      const at = performance.now();
      const { object } = event;
      for (const listener of listeners) listener(object, at);
      for (const look of waiting.get(object.metadata.name) ?? []) look(object, at);
    }
  };
  const listening = listen().catch((error: unknown) => {
    if (!ending.signal.aborted) throw error;
  });
  return {
    when(name, isSo) {
      return new Promise((resolve) => {
        const looks = waiting.get(name) ?? new Set();
        waiting.set(name, looks);
        const look = (object: T, at: number): void => {
          if (!isSo(object)) return;
          looks.delete(look);
          if (looks.size === 0) waiting.delete(name);
          resolve(at);
        };
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
