import { describe, expect, it } from 'vitest';
import { listOf, script, settled, type Thing, thing } from '../../test/support/kube.ts';
import { Semaphore } from '../api/semaphore.ts';
import { virtualClock } from '../dev/virtual-clock.ts';
import { kubeClient } from './client.ts';
import { resourceTypeOf } from './resource-type.ts';
import { watched } from './watched.ts';

describe('objects that are only remembered while they are wanted', () => {
  async function begun() {
    const server = script();
    const clock = virtualClock();
    const end = new AbortController();
    const client = kubeClient(server.transport, { clock, random: () => 0 });
    const objects = watched<Thing>({
      ...{ client, clock, random: () => 0, namespaces: undefined, onError: () => {}, signal: end.signal },
      type: resourceTypeOf(Semaphore) as never,
      isWanted: ({ status }) => status?.phase !== 'Done',
      keep: ({ metadata: { annotations: _, ...metadata }, ...rest }) => ({ ...rest, metadata }),
    });
    (await server.call()).answer(200, listOf([thing('a', 1), thing('old', 2, { status: { phase: 'Done' } })], 3));
    const stream = (await server.call()).stream();
    await settled();
    return { objects, stream, end };
  }
  const names = (objects: { all(): readonly Thing[] }) => objects.all().map(({ metadata }) => metadata.name);

  it('those that are not wanted are as good as absent, and those that stop being so are gone', async () => {
    const { objects, stream, end } = await begun();
    expect(names(objects)).toEqual(['a']);
    stream.event('MODIFIED', thing('a', 4, { status: { phase: 'Done' } }));
    stream.event('ADDED', thing('b', 5));
    await settled();
    expect(names(objects)).toEqual(['b']);
    end.abort();
  });

  it('and only what is wanted of them, whoever brings it', async () => {
    const { objects, stream, end } = await begun();
    stream.event('MODIFIED', thing('a', 4, { annotations: { long: 'text' } }));
    objects.apply(thing('b', 9, { annotations: { long: 'text' } }));
    await settled();
    expect(names(objects)).toEqual(['a', 'b']);
    expect(objects.all().map(({ metadata }) => metadata.annotations)).toEqual([undefined, undefined]);
    end.abort();
  });

  it('a write of ours that ends one hides nothing that others wrote before it and that is heard of later', async () => {
    const { objects, stream, end } = await begun();
    objects.apply(thing('a', 9, { status: { phase: 'Done' } }));
    expect(names(objects)).toEqual([]);
    stream.event('ADDED', thing('b', 8));
    stream.event('MODIFIED', thing('a', 7));
    await settled();
    expect(names(objects)).toEqual(['b']);
    end.abort();
  });
});
