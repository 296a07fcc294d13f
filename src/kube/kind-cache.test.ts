import { describe, expect, it } from 'vitest';
import { listOf, script, settled, thing } from '../../test/support/kube.ts';
import type { KubeObject } from '../api/metadata.ts';
import { Permit } from '../api/permit.ts';
import { virtualClock } from '../dev/virtual-clock.ts';
import { kubeClient } from './client.ts';
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

  it('says that there is none only of what it has listed', async () => {
    const server = script();
    const ending = new AbortController();
    const common = { clock: virtualClock(), random: () => 0 };
    const client = kubeClient(server.transport, common);
    const resource = client.of(Permit, 'team') as never;
    const sources = [{ namespace: 'team', resource }];
    const owners = ({ metadata }: KubeObject) => (metadata.ownerReferences ?? []).map(({ uid }) => uid);
    const cache = kindCache<KubeObject>({ ...common, sources, owners, onError: () => {} });
    const watching = cache.watch(ending.signal);
    const list = await server.call();
    expect(cache.sight('a', 'team')).toBe('unseen');
    const owned = thing('a', 1, { ownerReferences: [{ apiVersion: 'v1', kind: 'Pod', name: 'p', uid: 'uid-of-p' }] });
    list.answer(200, listOf([owned, thing('b', 2)], 3));
    await server.call();
    expect(cache.sight('a', 'team')).toMatchObject({ metadata: { name: 'a' } });
    expect(cache.sight('c', 'team')).toBe('missing');
    expect(cache.sight('a', 'elsewhere')).toBe('unseen');
    expect(cache.ownedBy('uid-of-p').map(({ metadata }) => metadata.name)).toEqual(['a']);
    ending.abort();
    await watching;
  });
});
