import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Gate } from '../src/api/gate.ts';
import { CoordinationLease } from '../src/kube/coordination-lease.ts';
import { aPermit, aSemaphore, hands, type World, world } from '../test/support/operator-world.ts';
import { METRICS } from './metrics.ts';

let bed: World;
beforeEach(() => {
  bed = world();
});
afterEach(() => bed.close());

const ELECTION = { namespace: 'default', name: 'konductor-operator' };

describe('an operator', () => {
  it('leaves no watch and no timer when it is stopped', async () => {
    const { semaphores, permits } = hands(bed);
    const operator = await bed.operator({ election: ELECTION });
    await semaphores.create(aSemaphore('db'));
    await permits.create(aPermit('a'));
    await permits.create(aPermit('b', { timeout: '1h' }));
    await bed.pass(300);
    await operator.stop();
    expect(bed.server.watches.size).toBe(0);
    expect(bed.clock.nextTimer()).toBeUndefined();
    expect(operator.isActing()).toBe(false);
  });

  it('ends what it has begun before it stops', async () => {
    const { semaphores, permits, phases } = hands(bed);
    const operator = await bed.operator();
    await semaphores.create(aSemaphore('db'));
    await bed.pass(1_000);
    bed.server.faults.add(({ path, method }) =>
      method === 'PATCH' && path.includes('/permits/') ? { delay: 100 } : undefined,
    );
    await permits.create(aPermit('a'));
    await bed.rest();
    const stopped = operator.stop();
    await bed.pass(200);
    await stopped;
    expect(await phases()).toEqual({ a: 'Granted' });
  });

  it('is not held up by a gate whose subjects were never listed', async () => {
    await bed.user.of(Gate, 'default').create({
      apiVersion: 'sync.konductor.io/v1',
      kind: 'Gate',
      metadata: { name: 'ready' },
      spec: { conditions: [{ lease: 'main' }] },
    });
    bed.server.faults.add(({ path }) => (path.includes('/leases') ? { fail: 500 } : undefined));
    const operator = await bed.operator();
    let isStopped = false;
    void operator.stop().then(() => {
      isStopped = true;
    });
    await bed.pass(1_000);
    expect(isStopped).toBe(true);
  });

  it('is not held up by a server that never answers', async () => {
    const { semaphores, permits } = hands(bed);
    const operator = await bed.operator();
    await semaphores.create(aSemaphore('db'));
    await bed.pass(1_000);
    bed.server.faults.add(({ path, method }) =>
      method === 'PATCH' && path.includes('/permits/') ? { delay: 3_600_000 } : undefined,
    );
    await permits.create(aPermit('a'));
    await bed.rest();
    let stopped = false;
    void operator.stop().then(() => {
      stopped = true;
    });
    await bed.pass(4_900);
    expect(stopped).toBe(false);
    await bed.pass(200);
    expect(stopped).toBe(true);
  });

  it('acts only while it leads, and the next takes over at once', async () => {
    const { semaphores, permits, phases } = hands(bed);
    const first = await bed.operator({ election: ELECTION });
    const second = await bed.operator({ election: ELECTION });
    await bed.pass(1_000);
    expect([first.isActing(), second.isActing()]).toEqual([true, false]);
    await semaphores.create(aSemaphore('db', { permits: 5 }));
    await permits.create(aPermit('a'));
    await bed.pass(1_000);

    const stopped = first.stop();
    await bed.pass(1_000);
    await stopped;
    expect(second.isActing()).toBe(true);
    const { holderIdentity } = (await bed.user.of(CoordinationLease, 'default').get(ELECTION.name)).spec ?? {};
    expect(holderIdentity).toBe('operator-2');
    await permits.create(aPermit('b'));
    await bed.rest();
    expect(await phases()).toEqual({ a: 'Granted', b: 'Granted' });
  });

  it('gives a hold that it only finds its full time again', async () => {
    const { semaphores, permits, phases } = hands(bed);
    const first = await bed.operator();
    await semaphores.create(aSemaphore('db', { ttl: '10s' }));
    await permits.create(aPermit('a'));
    await bed.pass(9_000);
    await first.stop();
    await bed.operator();
    await bed.pass(9_900);
    expect(await phases()).toEqual({ a: 'Granted' });
    await bed.pass(200);
    expect(await phases()).toEqual({ a: 'Expired' });
  });

  it('does not end a grant by the time that its claim had waited', async () => {
    const { semaphores, permits, phases } = hands(bed);
    await bed.operator();
    await semaphores.create(aSemaphore('db', { ttl: '1m' }));
    await permits.create(aPermit('a', { ttl: '2m' }));
    await permits.create(aPermit('b', { ttl: '5s' }));
    await bed.pass(60_000);
    // the swap lands, and the news of it does not
    const end = bed.server.faults.add(({ path, method }) =>
      method === 'PATCH' && path.includes('/permits/b') ? { fail: 500 } : undefined,
    );
    await permits.delete('a');
    await bed.pass(3_000);
    expect((await semaphores.get('db')).status?.intents).toHaveLength(1);
    end();
    await bed.pass(1_900);
    expect(await phases()).toEqual({ b: 'Granted' });
  });

  it('watches only the namespaces it is given', async () => {
    await bed.operator({ namespaces: ['default', 'kube-public'] });
    const { semaphores, permits } = hands(bed);
    const of = (namespace: string) => ({
      semaphores: bed.user.of(semaphores.type, namespace),
      permits: bed.user.of(permits.type, namespace),
    });
    for (const namespace of ['default', 'kube-public', 'kube-system']) {
      await of(namespace).semaphores.create(aSemaphore('db'));
      await of(namespace).permits.create(aPermit('a'));
    }
    await bed.pass(3_000);
    const phaseIn = async (namespace: string) => (await of(namespace).permits.get('a')).status?.phase;
    expect([await phaseIn('default'), await phaseIn('kube-public'), await phaseIn('kube-system')]).toEqual([
      'Granted',
      'Granted',
      undefined,
    ]);
  });
});

describe('what an operator says', () => {
  it('is counted under the names that are exported', async () => {
    const { semaphores, permits } = hands(bed);
    const operator = await bed.operator();
    await semaphores.create(aSemaphore('db', { ttl: '5s' }));
    await permits.create(aPermit('a'));
    await permits.create(aPermit('b', { timeout: '1s' }));
    await permits.create(aPermit('c'));
    await bed.pass(6_000);
    const text = await operator.registry.metrics();
    for (const name of Object.values(METRICS)) expect(text).toContain(`# TYPE ${name} `);
    expect(text).toContain('konductor_grants_total{kind="Semaphore"} 2');
    expect(text).toContain('konductor_expirations_total{kind="Semaphore",reason="NotRenewed"} 1');
    expect(text).toContain('konductor_refusals_total{kind="Semaphore",reason="TimedOut"} 1');
    expect(text).toContain('konductor_hold_seconds_count{kind="Semaphore"} 1');
    expect(text).toContain('konductor_leader 1');
    expect(text).toMatch(/konductor_api_requests_total\{verb="patch",resource="permits\/status",code="200"\} \d/);
  });

  it('says how long its watches have been silent: a minute at most while the server is well', async () => {
    const { registry } = await bed.operator();
    const silence = async (): Promise<number> => {
      const { values = [] } = (await registry.getSingleMetric(METRICS.watchSilent)?.get()) ?? {};
      expect(values.map(({ labels }) => labels['kind'])).toContain('Permit');
      return Math.max(...values.map(({ value }) => value));
    };
    await bed.pass(90_000);
    expect(await silence()).toBeLessThanOrEqual(61);
    const heal = bed.server.faults.add(({ method }) => (method === 'GET' ? { fail: 503 } : undefined));
    // those that are open go on to their end, ten minutes at most
    await bed.pass(800_000);
    expect(await silence()).toBeGreaterThan(120);
    heal();
    await bed.pass(91_000);
    expect(await silence()).toBeLessThanOrEqual(61);
  });

  it('is said in a few events, however much happens', async () => {
    const { semaphores, permits } = hands(bed);
    await bed.operator();
    await semaphores.create(aSemaphore('db', { permits: 100 }));
    for (let n = 0; n < 100; n++) await permits.create(aPermit(`p${n}`));
    await bed.pass(2_000);
    const events = bed.server.history.filter(({ resource }) => resource === 'events');
    expect(events.length).toBeGreaterThan(0);
    expect(events.length).toBeLessThan(20);
    expect(events[0]?.object).toMatchObject({ reason: 'Granted', involvedObject: { kind: 'Permit' } });
  });

  it('is one line for a decision and none for none', async () => {
    const { semaphores, permits } = hands(bed);
    const lines: string[] = [];
    const say = (_: object, message: string) => void lines.push(message);
    await bed.operator({ log: { debug: say, info: () => {}, warn: say, error: say } });
    await semaphores.create(aSemaphore('db'));
    await bed.pass(2_000);
    await permits.create(aPermit('a'));
    await bed.pass(2_000);
    const before = lines.length;
    expect(new Set(lines)).toEqual(new Set(['decided']));
    await semaphores.mergePatch('db', { metadata: { labels: { team: 'a' } } });
    await bed.pass(60_000);
    expect(lines.length).toBe(before);
  });
});
