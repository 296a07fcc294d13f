import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startKonductor, type VirtualKonductor } from '../dev/testing.ts';
import type { Hold } from './hold.ts';
import { type LeaderOptions, runAsLeader } from './leader.ts';

describe('runAsLeader', () => {
  let konductor: VirtualKonductor;
  beforeEach(async () => {
    konductor = await startKonductor({ clock: 'virtual' });
    await konductor.client.createLease('leader', { ttl: '30s' });
  });
  afterEach(() => konductor.stop());

  /** A copy of a program, with a diary. */
  function copy(holder: string, options: Partial<LeaderOptions> = {}) {
    const diary: string[] = [];
    const leases: Hold[] = [];
    const stop = new AbortController();
    const client = konductor.connect({ holder });
    const done = runAsLeader(
      client,
      'leader',
      {
        signal: stop.signal,
        clock: konductor.clock,
        random: () => 0.5,
        onLost: ({ code }) => diary.push(code),
        ...options,
      },
      async (lease, signal) => {
        leases.push(lease);
        diary.push('leads');
        await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
        diary.push('stops');
      },
    );
    return { client, diary, leases, done, stop };
  }
  const settle = () => konductor.clock.settle();

  it('has one leader at a time, and the next takes over when told to end', async () => {
    const blue = copy('blue');
    await settle();
    const green = copy('green');
    await settle();
    expect([blue.diary, green.diary]).toEqual([['leads'], []]);
    blue.stop.abort();
    await blue.done;
    await settle();
    expect([blue.diary, green.diary]).toEqual([['leads', 'stops'], ['leads']]);
    green.stop.abort();
    await green.done;
  });

  it('tells the work of a loss, and stands for election again once it has ended', async () => {
    const blue = copy('blue');
    await settle();
    await konductor.client.releaseLease('leader', { holder: 'blue' });
    await konductor.clock.advance('2s');
    expect(blue.diary).toEqual(['leads', 'stops', 'LEASE_LOST', 'leads']);
    expect(blue.leases[1]?.token).toBeGreaterThan(blue.leases[0]?.token ?? 0);
    blue.stop.abort();
    await blue.done;
  });

  it('answers with what the work answers, and lets go', async () => {
    expect(await runAsLeader(konductor.client, 'leader', {}, ({ holder }) => `done by ${holder}`)).toBe('done by test');
    await konductor.clock.advance('1s');
    expect((await konductor.client.getLease('leader')).status?.phase).toBe('Available');
  });

  it('throws what the work throws for a reason of its own', async () => {
    const failing = runAsLeader(konductor.client, 'leader', {}, () => {
      throw new Error('a bug');
    });
    await expect(failing).rejects.toThrow('a bug');
    await konductor.clock.advance('1s');
    expect((await konductor.client.getLease('leader')).status?.phase).toBe('Available');
  });

  it('throws what no election can mend', async () => {
    await expect(runAsLeader(konductor.client, 'nowhere', {}, () => {})).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it('ends quietly when told to while it waits', async () => {
    const blue = copy('blue');
    await settle();
    const green = copy('green');
    await settle();
    green.stop.abort();
    expect(await green.done).toBeUndefined();
    expect(green.diary).toEqual([]);
    blue.stop.abort();
    await blue.done;
  });
});
