import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../src/api/metadata.ts';
import { virtualClock } from '../src/dev/virtual-clock.ts';
import { settled } from '../test/support/kube.ts';
import { kindCache, type Source } from './kind-cache.ts';

type List = Awaited<ReturnType<Source<KubeObject>['resource']['listAll']>>;

describe('the cache of a kind', () => {
  it('lists anew for who asks while a list is under way', async () => {
    const lists: ((list: List) => void)[] = [];
    const resource: Source<KubeObject>['resource'] = {
      listAll: () => new Promise((resolve) => lists.push(resolve)),
      watch: () => {
        throw new Error('nobody watches here');
      },
    };
    const cache = kindCache<KubeObject>({
      sources: [{ namespace: undefined, resource }],
      clock: virtualClock(),
      random: () => 0.5,
      onError: () => {},
    });
    const { signal } = new AbortController();
    const answer = async (resourceVersion: string): Promise<void> => {
      lists.at(-1)?.({ items: [], resourceVersion } as unknown as List);
      await settled();
    };
    let done = 0;
    for (let asked = 0; asked < 3; asked++) void cache.refresh(signal).then(() => done++);
    await answer('5');
    // the first list may have been made before the others asked; they share the next
    expect([lists.length, done]).toEqual([2, 1]);
    await answer('6');
    expect([lists.length, done]).toEqual([2, 3]);
  });
});
