import { describe, expect, it } from 'vitest';
import { aServer, MERGE, PERMITS, permit, SEMAPHORES, semaphore } from '../../test/support/apiserver.ts';

const LIST_FIRST = 'sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true';

describe('a watch', () => {
  it('tells what is there, then what happens, in order', async () => {
    const { send, watch, clock } = aServer();
    await send('POST', SEMAPHORES, semaphore('a'));
    const seen = await watch(`${SEMAPHORES}?watch=true`);
    await send('POST', SEMAPHORES, semaphore('b'));
    await send('PATCH', `${SEMAPHORES}/a`, { spec: { permits: 3 } }, MERGE);
    await send('DELETE', `${SEMAPHORES}/b`);
    await clock.advance(0);
    expect(seen.said).toEqual(['ADDED a', 'ADDED b', 'MODIFIED a', 'DELETED b']);
    const versions = seen.events.map(({ object }) => Number(object.metadata.resourceVersion));
    expect(versions).toEqual([...versions].sort((a, b) => a - b));
  });

  it('that resumes misses nothing and repeats nothing', async () => {
    const { send, watch, clock } = aServer();
    const { body } = await send('POST', SEMAPHORES, semaphore('a'));
    await send('POST', SEMAPHORES, semaphore('b'));
    await send('DELETE', `${SEMAPHORES}/a`);
    const seen = await watch(`${SEMAPHORES}?watch=true&resourceVersion=${body.metadata.resourceVersion}`);
    await clock.advance(0);
    expect(seen.said).toEqual(['ADDED b', 'DELETED a']);
  });

  it('can begin with a list, and says where that ends', async () => {
    const { server, send, watch, clock } = aServer();
    await send('POST', SEMAPHORES, semaphore('a'));
    const seen = await watch(`${SEMAPHORES}?watch=true&${LIST_FIRST}`);
    await clock.advance(0);
    expect(seen.said).toEqual(['ADDED a', 'BOOKMARK']);
    expect(seen.events[1].object.metadata).toEqual({
      resourceVersion: String(server.resourceVersion),
      annotations: { 'k8s.io/initial-events-end': 'true' },
    });
  });

  it('from before what is remembered is told so, in the stream', async () => {
    const { watch, clock } = aServer();
    const seen = await watch(`${SEMAPHORES}?watch=true&resourceVersion=1`);
    await clock.advance(0);
    expect(seen.events).toMatchObject([{ type: 'ERROR', object: { kind: 'Status', code: 410, reason: 'Expired' } }]);
    expect(seen.ended).toBe('ended');
  });

  it('sees an object leave its selector as deleted, and come back as added', async () => {
    const { send, watch, clock } = aServer();
    await send('POST', PERMITS, permit('a', { labels: { app: 'x' } }));
    const seen = await watch(`${PERMITS}?watch=true&labelSelector=app%3Dx`);
    const label = (app: string) => send('PATCH', `${PERMITS}/a`, { metadata: { labels: { app } } }, MERGE);
    await label('y');
    await label('z');
    const { body } = await label('x');
    await clock.advance(0);
    expect(seen.said).toEqual(['ADDED a', 'DELETED a', 'ADDED a']);
    expect(seen.events[1].object.metadata.labels).toEqual({ app: 'x' });
    expect(seen.events[2].object.metadata.resourceVersion).toBe(body.metadata.resourceVersion);
  });

  it('gets a bookmark about every minute, and one before it times out', async () => {
    const { send, watch, clock } = aServer();
    const seen = await watch(`${SEMAPHORES}?watch=true&allowWatchBookmarks=true&timeoutSeconds=90&${LIST_FIRST}`);
    await clock.advance(61_000);
    expect(seen.said).toEqual(['BOOKMARK', 'BOOKMARK']);
    await send('POST', PERMITS, permit('other'));
    await clock.advance(30_000);
    expect(seen.said).toHaveLength(3);
    expect(Number(seen.events[2].object.metadata.resourceVersion)).toBeGreaterThan(
      Number(seen.events[1].object.metadata.resourceVersion),
    );
    expect(seen.ended).toBe('ended');
  });

  it('whose reader is gone leaves no timer', async () => {
    const { server, clock } = aServer();
    const gone = new AbortController();
    await server.handle({
      method: 'GET',
      path: `${SEMAPHORES}?watch=true&allowWatchBookmarks=true`,
      headers: {},
      signal: gone.signal,
    });
    expect(server.watches.size).toBe(1);
    gone.abort();
    expect(server.watches.size).toBe(0);
    expect(clock.nextTimer()).toBeUndefined();
  });

  it('whose reader has stopped reading is ended before it fills the memory', async () => {
    const { server, send } = aServer({ watchBacklog: 10 });
    await server.handle({ method: 'GET', path: `${SEMAPHORES}?watch=true`, headers: {} });
    for (let index = 0; index < 12; index++) await send('POST', SEMAPHORES, semaphore(`s${index}`));
    expect(server.watches.size).toBe(0);
  });

  it('tells the columns of a table once', async () => {
    const { send, watch, clock } = aServer();
    const seen = await watch(`${SEMAPHORES}?watch=true`, { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' });
    await send('POST', SEMAPHORES, semaphore('a'));
    await clock.advance(0);
    await send('POST', SEMAPHORES, semaphore('b'));
    await clock.advance(0);
    expect(seen.events.map(({ object }) => [object.rows[0].cells[0], object.columnDefinitions !== null])).toEqual([
      ['a', true],
      ['b', false],
    ]);
  });
});

describe('what can be done to watches', () => {
  it('cut: the connection breaks', async () => {
    const { server, watch, clock } = aServer();
    const seen = await watch(`${SEMAPHORES}?watch=true`);
    server.watches.cut();
    await clock.advance(0);
    expect(seen.ended).toBe('broken');
  });

  it('freeze: events wait, also for watches opened meanwhile, and come in order after the thaw', async () => {
    const { server, send, watch, clock } = aServer();
    const first = await watch(`${SEMAPHORES}?watch=true`);
    const thaw = server.watches.freeze(({ resource }) => resource.startsWith('semaphores'));
    const second = await watch(`${SEMAPHORES}?watch=true`);
    await send('POST', SEMAPHORES, semaphore('a'));
    await send('POST', SEMAPHORES, semaphore('b'));
    await clock.advance(1000);
    expect([first.said, second.said]).toEqual([[], []]);
    thaw();
    await clock.advance(0);
    expect([first.said, second.said]).toEqual([
      ['ADDED a', 'ADDED b'],
      ['ADDED a', 'ADDED b'],
    ]);
  });

  it('freeze: a watch that ends meanwhile ends after the thaw, behind its events', async () => {
    const { server, send, watch, clock } = aServer();
    const seen = await watch(`${SEMAPHORES}?watch=true&timeoutSeconds=10`);
    const thaw = server.watches.freeze();
    await send('POST', SEMAPHORES, semaphore('a'));
    await clock.advance(20_000);
    expect([seen.said, seen.ended, server.watches.size]).toEqual([[], undefined, 1]);
    thaw();
    await clock.advance(0);
    expect([seen.said, seen.ended, server.watches.size]).toEqual([['ADDED a'], 'ended', 0]);
  });

  it('half open: nothing comes, not even the end, until the server goes down', async () => {
    const { server, send, watch, clock } = aServer();
    const seen = await watch(`${SEMAPHORES}?watch=true&timeoutSeconds=10`);
    server.watches.halfOpen();
    await send('POST', SEMAPHORES, semaphore('a'));
    await clock.advance(20_000);
    expect([seen.said, seen.ended]).toEqual([[], undefined]);
    await server.close();
    await clock.advance(0);
    expect(seen.ended).toBe('ended');
  });

  it('expire: 410 in the stream', async () => {
    const { server, watch, clock } = aServer();
    const seen = await watch(`${SEMAPHORES}?watch=true`);
    server.watches.expire();
    await clock.advance(0);
    expect(seen.said).toEqual(['ERROR Expired']);
    expect(seen.ended).toBe('ended');
  });
});
