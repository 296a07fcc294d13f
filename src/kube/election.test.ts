import { describe, expect, test } from 'vitest';
import { settled, statusOf } from '../../test/support/kube.ts';
import type { Clock } from '../api/clock.ts';
import { formatTime } from '../api/time.ts';
import { type VirtualClock, virtualClock } from '../dev/virtual-clock.ts';
import { kubeClient } from './client.ts';
import { CoordinationLease } from './coordination-lease.ts';
import { type Election, type ElectionOptions, runElection } from './election.ts';
import { TransportError } from './errors.ts';
import type { Transport } from './transport.ts';

/** A server that keeps one Lease, by compare-and-swap, and can be out of order. */
function leaseServer() {
  let lease: CoordinationLease | undefined;
  let version = 0;
  let outage: 'none' | 'refusing' | 'silent' = 'none';
  const answer = (status: number, body: unknown) => ({
    status,
    headers: {},
    body: { text: () => Promise.resolve(JSON.stringify(body)), async *[Symbol.asyncIterator]() {} },
  });
  const transport: Transport = async ({ method, body, signal }) => {
    if (outage === 'refusing') throw new TransportError('unreachable', 'refused');
    if (outage === 'silent') {
      return new Promise((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason), { once: true }));
    }
    if (method === 'POST' && lease) return answer(409, statusOf(409, 'AlreadyExists'));
    if (method !== 'POST' && !lease) return answer(404, statusOf(404, 'NotFound'));
    if (method === 'GET') return answer(200, lease);
    const { metadata, spec } = JSON.parse(body ?? '') as CoordinationLease;
    if (method === 'PATCH' && metadata.resourceVersion !== lease?.metadata.resourceVersion)
      return answer(409, statusOf(409, 'Conflict'));
    lease = {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: { name: 'operator', uid: 'u', creationTimestamp: '', resourceVersion: String(++version) },
      spec: { ...lease?.spec, ...spec },
    };
    return answer(200, lease);
  };
  return {
    transport,
    get lease() {
      return lease;
    },
    /** Somebody else's write. */
    write(change: (lease: CoordinationLease) => CoordinationLease) {
      if (lease) lease = change({ ...lease, metadata: { ...lease.metadata, resourceVersion: String(++version) } });
    },
    delete: () => {
      lease = undefined;
    },
    outage: (how: typeof outage) => {
      outage = how;
    },
  };
}

function contest() {
  const clock = virtualClock();
  const server = leaseServer();
  const log: string[] = [];
  const errors: unknown[] = [];
  const join = (
    identity: string,
    options: Partial<ElectionOptions> & { clock?: Clock; transport?: Transport } = {},
  ): Election => {
    const own = options.clock ?? clock;
    const leases = kubeClient(options.transport ?? server.transport, { clock: own }).of(CoordinationLease, 'system');
    return runElection({
      leases,
      name: 'operator',
      identity,
      clock: own,
      random: () => 0.5,
      onStarted: (signal) => {
        log.push(`${identity} starts`);
        return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
      },
      onStopped: () => log.push(`${identity} stops`),
      onError: (error) => errors.push(error),
      ...options,
    });
  };
  return { clock, server, log, errors, join };
}

/** The same clock with another wall time. */
const skewed = (clock: VirtualClock, by: number): Clock => ({ ...clock, now: () => clock.now() + by });

describe('leader election', () => {
  test('makes the Lease when there is none, with times of six digits', async () => {
    const { clock, server, join, log } = contest();
    const a = join('a');
    await settled();
    expect(log).toEqual(['a starts']);
    expect(a.isLeader()).toBe(true);
    expect(server.lease?.spec).toEqual({
      holderIdentity: 'a',
      leaseDurationSeconds: 4,
      acquireTime: formatTime(clock.now()),
      renewTime: formatTime(clock.now()),
      leaseTransitions: 0,
    });
    expect(server.lease?.spec?.renewTime).toMatch(/\.[0-9]{6}Z$/);
  });

  test('has one leader of two candidates, for as long as it renews', async () => {
    const { clock, join, log } = contest();
    const a = join('a');
    await settled();
    const b = join('b');
    await clock.advance(600_000);
    expect(log).toEqual(['a starts']);
    expect([a.isLeader(), b.isLeader(), b.leader()]).toEqual([true, false, 'a']);
  });

  test('hands over at once when the leader stops, after its work has ended', async () => {
    const { clock, server, join, log } = contest();
    let finish = () => {};
    const a = join('a', { onStarted: () => new Promise((resolve) => (finish = resolve)) });
    await settled();
    const b = join('b');
    await clock.advance(10_000);
    const stopping = a.stop();
    await settled();
    expect(a.isLeader()).toBe(false);
    expect(server.lease?.spec?.holderIdentity).toBe('a');
    finish();
    await stopping;
    expect(server.lease?.spec?.holderIdentity).toBe('');
    await clock.advance(600);
    expect(b.isLeader()).toBe(true);
    expect(log).toEqual(['a stops', 'b starts']);
    expect(server.lease?.spec).toMatchObject({ holderIdentity: 'b', leaseTransitions: 1, leaseDurationSeconds: 4 });
  });

  test('leaves the Lease to its leader when the work does not end', async () => {
    const { clock, server, join } = contest();
    const a = join('a', { onStarted: () => new Promise(() => {}) });
    await settled();
    const stopping = a.stop();
    await settled();
    await clock.advance(4_000);
    await stopping;
    expect(server.lease?.spec?.holderIdentity).toBe('a');
  });

  test('takes over from a leader that fell silent, not before its time', async () => {
    const { clock, server, join, log } = contest();
    const dead: Transport = async (request) => {
      if (log.length > 0) throw new TransportError('unreachable', 'refused');
      return server.transport(request);
    };
    join('a', { transport: dead });
    await settled();
    const b = join('b');
    await settled();
    await clock.advance(3_999);
    expect(b.isLeader()).toBe(false);
    await clock.advance(1_000);
    expect(b.isLeader()).toBe(true);
    expect(log).toEqual(['a starts', 'a stops', 'b starts']);
  });

  test.for([-3_600_000, 3_600_000])('is not misled by a clock that is off by %d ms', async (offset) => {
    const { clock, join, log } = contest();
    join('a', { clock: skewed(clock, offset) });
    await settled();
    join('b');
    await clock.advance(60_000);
    clock.jump(7_200_000);
    await clock.advance(60_000);
    expect(log).toEqual(['a starts']);
  });

  test('stops being leader when it cannot renew, and becomes it again', async () => {
    for (const how of ['refusing', 'silent'] as const) {
      const { clock, server, join, log, errors } = contest();
      const a = join('a');
      await settled();
      server.outage(how);
      await clock.advance(2_999);
      expect([how, a.isLeader()]).toEqual([how, true]);
      await clock.advance(1);
      expect(a.isLeader()).toBe(false);
      await clock.advance(60_000);
      expect(log).toEqual(['a starts', 'a stops']);
      expect(errors.length).toBeGreaterThan(1);
      server.outage('none');
      await clock.advance(2_000);
      expect(a.isLeader()).toBe(true);
    }
  });

  test('rides out an outage that is shorter than its deadline', async () => {
    const { clock, server, join, log } = contest();
    const a = join('a');
    await clock.advance(10_000);
    server.outage('silent');
    await clock.advance(1_500);
    server.outage('none');
    await clock.advance(10_000);
    expect(a.isLeader()).toBe(true);
    expect(log).toEqual(['a starts']);
  });

  test('knows when it wakes from a pause that it is leader no more, before it has noticed', async () => {
    const { clock, server, join, log } = contest();
    let asleep = 0;
    // a paused process: its monotonic clock is ahead of every timer of it
    const paused: Clock = { ...clock, monotonic: () => clock.monotonic() + asleep };
    const a = join('a', { clock: paused });
    await settled();
    server.write((lease) => ({ ...lease, spec: { ...lease.spec, holderIdentity: 'b', leaseTransitions: 1 } }));
    asleep = 60_000;
    expect(a.isLeader()).toBe(false);
    await clock.advance(1_500);
    expect(log).toEqual(['a starts', 'a stops']);
    expect(server.lease?.spec?.holderIdentity).toBe('b');
  });

  test('gives way when another has taken the Lease', async () => {
    const { clock, server, join, log } = contest();
    const a = join('a');
    await settled();
    server.write((lease) => ({ ...lease, spec: { ...lease.spec, holderIdentity: 'b', leaseTransitions: 1 } }));
    await clock.advance(1_200);
    expect(log).toEqual(['a starts', 'a stops']);
    expect([a.isLeader(), a.leader()]).toEqual([false, 'b']);
  });

  test('keeps its place when somebody only touched the Lease, or deleted it', async () => {
    const { clock, server, join, log } = contest();
    const a = join('a');
    await settled();
    server.write((lease) => lease);
    await clock.advance(5_000);
    server.delete();
    await clock.advance(5_000);
    expect(a.isLeader()).toBe(true);
    expect(log).toEqual(['a starts']);
    expect(server.lease?.spec?.holderIdentity).toBe('a');
  });

  test('lets go when the work fails, and says why', async () => {
    const { clock, server, join, errors } = contest();
    const b = join('b', {
      onStarted: async () => {
        throw new Error('bug');
      },
    });
    await settled();
    expect(errors).toMatchObject([{ message: 'bug' }]);
    expect(server.lease?.spec?.holderIdentity).toBe('');
    await b.stop();
    expect(clock.nextTimer()).toBeUndefined();
  });

  test('leaves no timer behind', async () => {
    const { clock, join } = contest();
    const a = join('a');
    await settled();
    const b = join('b');
    await clock.advance(10_000);
    await Promise.all([a.stop(), b.stop()]);
    expect(clock.nextTimer()).toBeUndefined();
  });

  test('refuses times that make no sense', () => {
    const { join } = contest();
    expect(() => join('a', { timing: { leaseDuration: 3_000, renewDeadline: 3_000, retryPeriod: 500 } })).toThrow(
      RangeError,
    );
  });
});
