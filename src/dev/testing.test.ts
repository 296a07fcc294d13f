import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { Client, HeldError } from '../sdk/index.ts';
import { startKonductor } from './testing.ts';

describe('startKonductor', () => {
  it('gives a client on a whole system, in which several programs share what there is', async () => {
    await using konductor = await startKonductor();
    const other = konductor.connect({ holder: 'other' });
    await konductor.client.createSemaphore('db', { permits: 1 });
    const permit = await konductor.client.acquireSemaphore('db');
    await expect(other.tryAcquireSemaphore('db')).rejects.toThrow(HeldError);
    const waiting = other.acquireSemaphore('db');
    await permit.release();
    expect((await waiting).token).toBeGreaterThan(permit.token);
  });

  it('lets an hour pass at once, when time is virtual', async () => {
    await using konductor = await startKonductor({ clock: 'virtual' });
    const { client, clock } = konductor;
    await client.createSemaphore('db', { permits: 1 });
    const before = clock.now();
    // nobody renews it: it ends by its time
    await client.acquireSemaphore('db', { ttl: '1h', detached: true });
    const waiting = konductor.connect({ holder: 'other' }).acquireSemaphore('db');
    await clock.advance('59m');
    expect((await client.getSemaphore('db')).status).toMatchObject({ inUse: 1, waiting: 1 });
    await clock.advance('2m');
    (await waiting).assertHeld();
    expect(clock.now() - before).toBe(61 * 60_000);
  });

  it('keeps what is renewed for as long as it takes', async () => {
    await using konductor = await startKonductor({ clock: 'virtual' });
    await konductor.client.createLease('leader', { ttl: '30s' });
    await using lease = await konductor.client.acquireLease('leader');
    await konductor.clock.advance('2m');
    lease.assertHeld();
    expect(lease.signal.aborted).toBe(false);
  });

  it('applies manifests, and says what became of a Job that nobody runs', async () => {
    await using konductor = await startKonductor({ namespace: 'team' });
    await konductor.apply(
      `
apiVersion: sync.konductor.io/v1
kind: Gate
metadata: { name: go }
spec: { conditions: [{ job: build }] }
---
apiVersion: batch/v1
kind: Job
metadata: { name: build }
spec:
  template: { spec: { restartPolicy: Never, containers: [{ name: main, image: none }] } }
`,
    );
    expect(await konductor.client.checkGate('go')).toBe(false);
    const now = new Date().toISOString().replace(/\.\d+/, '');
    const done = (type: string) => ({ type, status: 'True', lastTransitionTime: now, lastProbeTime: now });
    await konductor.apply({
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: { name: 'build' },
      spec: { template: { spec: { restartPolicy: 'Never', containers: [{ name: 'main', image: 'none' }] } } },
      status: {
        startTime: now,
        completionTime: now,
        succeeded: 1,
        conditions: [done('SuccessCriteriaMet'), done('Complete')],
      },
    });
    await konductor.client.waitGate('go', { timeout: '5s' });
  });

  it('says what it cannot apply', async () => {
    await using konductor = await startKonductor();
    const slip = { apiVersion: 'sync.konductor.io/v1', kind: 'Semafore', metadata: { name: 'db' } };
    await expect(konductor.apply(slip)).rejects.toThrow('no Semafore of sync.konductor.io/v1');
    await expect(konductor.apply('a: [')).rejects.toThrow('the YAML cannot be read');
    await expect(konductor.apply({ ...slip, kind: 'Semaphore', spec: { permits: 0 } })).rejects.toThrow('spec.permits');
  });

  it('opens a port only when asked, for any client with the kubeconfig', async () => {
    await using konductor = await startKonductor();
    const address = await konductor.listen();
    expect(await konductor.listen()).toEqual(address);
    await konductor.client.createSemaphore('db', { permits: 3 });
    await using outside = new Client({ kubeconfig: address.kubeconfig });
    expect((await outside.getSemaphore('db')).spec.permits).toBe(3);
  });

  it('is there before a test notices', async () => {
    await (await startKonductor()).stop();
    const start = performance.now();
    await using _konductor = await startKonductor({ clock: 'virtual' });
    expect(performance.now() - start).toBeLessThan(150);
  });

  it('leaves nothing running', async () => {
    const active = () =>
      process
        .getActiveResourcesInfo()
        .filter((name) => /Timeout|TCP|TLS/.test(name))
        .sort();
    const before = active();
    const konductor = await startKonductor();
    const { kubeconfig } = await konductor.listen();
    await konductor.client.createSemaphore('db', { permits: 1 });
    await konductor.client.acquireSemaphore('db');
    await konductor.stop();
    await konductor.stop();
    expect(existsSync(kubeconfig)).toBe(false);
    // a socket that is closed is let go of in the next turn
    await expect.poll(active).toEqual(before);
  });
});
