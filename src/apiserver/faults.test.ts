import { describe, expect, it } from 'vitest';
import { aServer, SEMAPHORES, semaphore } from '../../test/support/apiserver.ts';

const isWrite = ({ method }: { method: string }) => method === 'POST';

describe('a fault', () => {
  it('delays on the clock, before or after the write', async () => {
    const { server, send, clock } = aServer();
    server.faults.add((request) => (isWrite(request) ? { delay: 100, delayAnswer: 50 } : undefined));
    let done = false;
    const sent = send('POST', SEMAPHORES, semaphore('a')).then(() => (done = true));
    await clock.advance(99);
    expect(server.history).toHaveLength(0);
    await clock.advance(1);
    expect([server.history.length, done]).toEqual([1, false]);
    await clock.advance(50);
    expect(done).toBe(true);
    await sent;
  });

  for (const [status, reason] of [
    [409, 'Conflict'],
    [410, 'Expired'],
    [429, 'TooManyRequests'],
    [500, 'InternalError'],
    [503, 'ServiceUnavailable'],
    [504, 'Timeout'],
  ] as const) {
    it(`answers ${status} and writes nothing, until it is taken away`, async () => {
      const { server, send } = aServer();
      const remove = server.faults.add(() => ({ fail: status, retryAfter: 3 }));
      const refused = await send('POST', SEMAPHORES, semaphore('a'));
      expect(refused).toMatchObject({ status, body: { kind: 'Status', code: status, reason } });
      if (status === 429) expect(refused.headers['retry-after']).toBe('3');
      expect(server.history).toHaveLength(0);
      remove();
      expect((await send('POST', SEMAPHORES, semaphore('a'))).status).toBe(201);
    });
  }

  it('breaks the connection before the write, or after it', async () => {
    const { server, send } = aServer();
    const remove = server.faults.add((request) => (isWrite(request) ? { fail: 'connection' } : undefined));
    await expect(send('POST', SEMAPHORES, semaphore('a'))).rejects.toMatchObject({ code: 'ECONNRESET' });
    expect((await send('GET', `${SEMAPHORES}/a`)).status).toBe(404);
    remove();
    server.faults.add((request) => (isWrite(request) ? { fail: 'connection', applied: true } : undefined));
    await expect(send('POST', SEMAPHORES, semaphore('b'))).rejects.toMatchObject({ code: 'ECONNRESET' });
    expect((await send('GET', `${SEMAPHORES}/b`)).status).toBe(200);
  });

  it('gives a watch its 410 as a status or in the stream', async () => {
    const { server, watch, clock } = aServer();
    const remove = server.faults.add((_, { verb }) => (verb === 'watch' ? { fail: 410 } : undefined));
    await expect(watch(`${SEMAPHORES}?watch=true`)).rejects.toThrow('Expired');
    remove();
    server.faults.add((_, { verb }) => (verb === 'watch' ? { fail: 410, inStream: true } : undefined));
    const seen = await watch(`${SEMAPHORES}?watch=true`);
    await clock.advance(0);
    expect(seen.said).toEqual(['ERROR Expired']);
  });
});

describe('the history', () => {
  it('has every write with who did it, and is bounded', async () => {
    const { server, send } = aServer({ historyLimit: 2 });
    const told: string[] = [];
    server.onWrite(({ type, key }) => told.push(`${type} ${key}`));
    for (const name of ['a', 'b', 'c']) await send('POST', SEMAPHORES, semaphore(name), { 'user-agent': 'me/1' });
    await send('DELETE', `${SEMAPHORES}/a`);
    expect(told).toEqual(['ADDED default/a', 'ADDED default/b', 'ADDED default/c', 'DELETED default/a']);
    expect(server.history).toMatchObject([
      {
        type: 'ADDED',
        resource: 'semaphores.sync.konductor.io',
        key: 'default/c',
        actor: { user: 'system:admin', agent: 'me/1' },
      },
      { type: 'DELETED', key: 'default/a', at: Date.parse('2026-01-01T00:00:00Z') },
    ]);
  });
});
