import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type SdkWorld, sdkWorld, type WiredClient } from '../../test/support/sdk-world.ts';

let place: SdkWorld;
let client: WiredClient;

beforeEach(() => {
  place = sdkWorld();
  client = place.client();
});
afterEach(() => place.close());

describe('the four kinds of resource', () => {
  it('are created, read, listed, changed and deleted', async () => {
    await client.createSemaphore('db', { permits: 3, ttl: 90 }, { labels: { team: 'a' } });
    await client.createLease('main');
    await client.createBarrier('stage', { expected: 3 });
    await client.createGate('ready');

    expect((await client.getSemaphore('db')).spec).toMatchObject({ permits: 3, ttl: '1m30s' });
    expect((await client.updateSemaphore('db', { permits: 5, maxTTL: '1h' })).spec).toMatchObject({
      permits: 5,
      maxTTL: '1h',
    });
    expect((await client.updateSemaphore('db', { maxTTL: null })).spec).not.toHaveProperty('maxTTL');
    expect((await client.updateLease('main', { gracePeriod: 5 })).spec.gracePeriod).toBe('5s');
    expect((await client.updateBarrier('stage', { quorum: 2 })).spec.quorum).toBe(2);
    expect((await client.updateGate('ready', { open: true })).spec.open).toBe(true);

    const names = (objects: readonly { readonly metadata: { readonly name: string } }[]) =>
      objects.map(({ metadata }) => metadata.name);
    expect(names(await client.listSemaphores())).toEqual(['db']);
    expect(names(await client.listSemaphores({ labelSelector: 'team=b' }))).toEqual([]);
    expect(names(await client.listSemaphores({ allNamespaces: true, labelSelector: 'team=a' }))).toEqual(['db']);
    expect(names(await client.listLeases())).toEqual(['main']);
    expect(names(await client.listBarriers())).toEqual(['stage']);
    expect(names(await client.listGates())).toEqual(['ready']);

    await client.deleteSemaphore('db');
    await client.deleteLease('main');
    await client.deleteBarrier('stage');
    await client.deleteGate('ready');
    await expect(client.getLease('main')).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it('are refused before anything is sent, with the field', async () => {
    await expect(client.createSemaphore('db', { permits: 0 })).rejects.toMatchObject({
      code: 'INVALID',
      message: 'could not create semaphore "db": spec.permits: must be at least 1',
      problems: [{ field: 'spec.permits', message: 'must be at least 1' }],
    });
    await expect(client.createBarrier('stage', { expected: 2, quorum: 3 })).rejects.toMatchObject({
      problems: [{ field: 'spec.quorum', message: 'quorum must be at most expected' }],
    });
    await expect(client.createSemaphore('No', { permits: 1 })).rejects.toMatchObject({ code: 'INVALID' });
    await expect(client.createLease('main', { ttl: 'soon' })).rejects.toMatchObject({
      problems: [{ field: 'spec.ttl' }],
    });
    await expect(client.getSemaphore('')).rejects.toMatchObject({ problems: [{ field: 'name' }] });
    expect(client.wire.calls).toEqual([]);
  });

  it('are refused when a change would break them', async () => {
    await client.createBarrier('stage', { expected: 2 });
    await expect(client.updateBarrier('stage', { quorum: 3 })).rejects.toMatchObject({
      problems: [{ field: 'spec.quorum' }],
    });
    expect(client.wire.calls.filter(({ method }) => method === 'PATCH')).toEqual([]);
  });

  it.each([
    ['createSemaphore', 'CONFLICT', /^could not create semaphore "db": .*already exists/],
    ['deleteSemaphore', 'NOT_FOUND', /^could not delete semaphore "none": /],
    ['updateSemaphore', 'NOT_FOUND', /^could not update semaphore "none": /],
  ] as const)('say what went wrong: %s', async (method, code, message) => {
    await client.createSemaphore('db', { permits: 1 });
    const call =
      method === 'createSemaphore'
        ? client.createSemaphore('db', { permits: 1 })
        : client[method]('none', { permits: 1 } as never);
    await expect(call).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
  });
});
