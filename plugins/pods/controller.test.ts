import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Arrival } from '../../src/api/arrival.ts';
import { Barrier } from '../../src/api/barrier.ts';
import { Gate } from '../../src/api/gate.ts';
import { Lease } from '../../src/api/lease.ts';
import { LeaseRequest } from '../../src/api/lease-request.ts';
import { Permit } from '../../src/api/permit.ts';
import { Semaphore } from '../../src/api/semaphore.ts';
import { kubeClient } from '../../src/kube/client.ts';
import type { KubeRequest, KubeResponse, Transport } from '../../src/kube/transport.ts';
import { aGatedPod, openPodsDoor, podHands } from '../../test/support/gated-pods.ts';
import type { OpenDoor } from '../../test/support/open-door.ts';
import { aSemaphore, hands, NAMESPACE, type World, world } from '../../test/support/operator-world.ts';

/** A watch that is open, and on which nothing is heard. */
const silence = ({ signal }: KubeRequest): KubeResponse => {
  const never = () => new Promise<never>((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason)));
  return {
    status: 200,
    headers: {},
    body: {
      text: never,
      // biome-ignore lint/correctness/useYield: it is silent
      async *[Symbol.asyncIterator]() {
        await never();
      },
    },
  };
};

const API_VERSION = 'sync.konductor.io/v1' as const;

let here: World;
let door: OpenDoor;
let hand: ReturnType<typeof podHands>;

beforeEach(async () => {
  here = world();
  hand = podHands(here);
  await here.operator();
  door = await openPodsDoor(here);
});
afterEach(async () => {
  await door.stop();
  await here.close();
});

const semaphore = (name: string, permits: number, spec = {}) =>
  here.user.of(Semaphore, NAMESPACE).create(aSemaphore(name, { permits, ...spec }));
const permits = async (namespace: string | undefined = NAMESPACE) =>
  (await here.user.of(Permit, namespace).listAll()).items;
const holders = async () =>
  (await permits())
    .filter(({ status }) => status?.phase === 'Granted')
    .map(({ spec }) => spec.holder)
    .sort();
const gate = (name: string, spec = {}) =>
  here.user
    .of(Gate, NAMESPACE)
    .create({ apiVersion: API_VERSION, kind: 'Gate', metadata: { name }, spec: { conditions: [], ...spec } });
const open = (name: string) =>
  here.user.of(Gate, NAMESPACE).patchStatus(name, { phase: 'Open', openedAt: '2026-01-01T00:00:00.000000Z' });

describe('a gated Pod', () => {
  it('is let go when it is its turn, and holds until it has finished', async () => {
    await semaphore('db', 1);
    await hand.make('a', { semaphore: 'db' });
    await here.rest();
    await hand.make('b', { semaphore: 'db' });
    await here.rest();
    expect(await hand.free()).toEqual(['a']);
    expect(await holders()).toEqual(['a']);
    await hand.become('a', 'Running');
    await here.pass(24 * 3_600_000);
    expect(await hand.free()).toEqual(['a']);
    await hand.become('a', 'Succeeded');
    await here.rest();
    expect(await hand.free()).toEqual(['a', 'b']);
    expect(await holders()).toEqual(['b']);
  });

  it.each(['Failed', 'deleted'])('gives back what it held when it is %s', async (end) => {
    await semaphore('db', 1);
    await hand.make('a', { semaphore: 'db' });
    await here.rest();
    await hand.make('b', { semaphore: 'db' });
    await hand.become('a', 'Running');
    await here.rest();
    if (end === 'deleted') await hand.pods.delete('a');
    else await hand.become('a', 'Failed');
    await here.rest();
    expect(await hand.free()).toContain('b');
  });

  it('loses its place when it is deleted while it waits', async () => {
    await semaphore('db', 1);
    await hand.make('a', { semaphore: 'db' });
    await here.rest();
    await hand.make('b', { semaphore: 'db' });
    await here.rest();
    await hand.pods.delete('b');
    await here.rest();
    expect((await permits()).map(({ spec }) => spec.holder)).toEqual(['a']);
  });

  it('keeps the gates of others', async () => {
    await semaphore('db', 1);
    await hand.make('a', { semaphore: 'db' }, { gates: ['example.com/quota'] });
    await here.rest();
    expect(await hand.gates('a')).toEqual(['example.com/quota']);
  });

  it('says what it waits for once it has waited a while, and nothing more while nothing changes', async () => {
    await semaphore('db', 1);
    await hand.make('a', { semaphore: 'db' });
    await here.rest();
    await hand.make('b', { semaphore: 'db' });
    await here.rest();
    expect(await hand.says('b')).toBeUndefined();
    await here.pass(2_000);
    expect(await hand.says('b')).toEqual({ status: 'False', reason: 'Waiting', message: 'waiting for semaphore "db"' });
    const version = here.server.resourceVersion;
    await here.pass(3_600_000);
    expect(here.server.resourceVersion).toBe(version);
    await hand.become('a', 'Succeeded');
    await here.rest();
    expect(await hand.says('b')).toEqual({
      status: 'True',
      reason: 'Admitted',
      message: 'it has all that it waited for',
    });
    expect(await hand.says('a')).toBeUndefined();
  });

  it('waits for a semaphore that is not there yet, and says so', async () => {
    await hand.make('a', { semaphore: 'db' });
    await here.pass(3_000);
    expect(await hand.says('a')).toEqual({
      status: 'False',
      reason: 'NoSuchResource',
      message: 'semaphore "db" does not exist yet',
    });
    await semaphore('db', 1);
    await here.rest();
    expect(await hand.free()).toEqual(['a']);
  });

  it('costs two writes of ours: the claim and the gate', async () => {
    await semaphore('db', 1);
    const pod = await hand.make('a', { semaphore: 'none', gate: 'none' });
    const writes: string[] = [];
    here.server.faults.add(({ method, path, headers }) => {
      if (method !== 'GET' && headers['user-agent'] === 'user') writes.push(`${method} ${path.split('?')[0]}`);
      return undefined;
    });
    await hand.make('b', { semaphore: 'db' });
    await here.rest();
    expect(await hand.free()).toEqual(['b']);
    const place = `/api/v1/namespaces/${pod.metadata.namespace}/pods`;
    expect(writes).toEqual([`POST ${place}`, expect.stringMatching(/^POST .*\/permits$/), `PATCH ${place}/b`]);
  });
});

describe('a Pod that needs several things', () => {
  it('waits for the gate before it takes anything', async () => {
    await semaphore('db', 1);
    await semaphore('api', 1);
    await gate('go');
    await here.rest();
    await hand.make('a', { semaphore: 'db,api', gate: 'go' });
    await here.pass(3_000);
    expect(await permits()).toEqual([]);
    expect(await hand.says('a')).toMatchObject({ message: expect.stringContaining('waiting for gate "go"') });
    await open('go');
    await here.rest();
    expect(await hand.free()).toEqual(['a']);
    expect(await holders()).toEqual(['a', 'a']);
  });

  it('does not wait for one that waits for it: all take in one order', async () => {
    await semaphore('db', 1);
    await semaphore('api', 1);
    await hand.make('a', { semaphore: 'db,api' });
    await hand.make('b', { semaphore: 'api,db' });
    await here.rest();
    const [first] = await hand.free();
    expect(await hand.free()).toHaveLength(1);
    await hand.become(first as string, 'Succeeded');
    await here.rest();
    expect(await hand.free()).toEqual(['a', 'b']);
  });

  it('gives back what it has when another is refused', async () => {
    await semaphore('api', 1);
    await semaphore('db', 1);
    await hand.make('a', { semaphore: 'api,db', weight: '1,2' });
    await here.rest();
    expect(await holders()).toEqual([]);
    expect(await hand.says('a')).toEqual({
      status: 'False',
      reason: 'Denied',
      message: 'semaphore "db" was refused: its weight is more than there are permits',
    });
    expect(await hand.events()).toEqual(['Denied a']);
    await here.pass(2_000);
    const version = here.server.resourceVersion;
    await here.pass(9 * 60_000);
    expect(here.server.resourceVersion).toBe(version);
    expect(await hand.free()).toEqual([]);
  });

  it('asks again for what was refused once the operator has cleared that away', async () => {
    await semaphore('db', 1);
    await hand.make('a', { semaphore: 'db', weight: '2' });
    await here.pass(60_000);
    await here.user.of(Semaphore, NAMESPACE).mergePatch('db', { spec: { permits: 2 } });
    await here.pass(11 * 60_000);
    expect(await hand.free()).toEqual(['a']);
    expect(await hand.says('a')).toMatchObject({ status: 'True' });
  });

  it('meets the others at a barrier, then takes its turn', async () => {
    await here.user
      .of(Barrier, NAMESPACE)
      .create({ apiVersion: API_VERSION, kind: 'Barrier', metadata: { name: 'all' }, spec: { expected: 2 } });
    await semaphore('db', 1);
    await hand.make('a', { barrier: 'all', semaphore: 'db' });
    await here.pass(3_000);
    expect(await permits()).toEqual([]);
    expect(await hand.says('a')).toMatchObject({ message: 'waiting for barrier "all" to open' });
    await hand.make('b', { barrier: 'all', semaphore: 'db' });
    await here.rest();
    expect(await hand.free()).toHaveLength(1);
    expect((await here.user.of(Arrival, NAMESPACE).listAll()).items).toHaveLength(2);
  });

  it('may hold a lease', async () => {
    await here.user
      .of(Lease, NAMESPACE)
      .create({ apiVersion: API_VERSION, kind: 'Lease', metadata: { name: 'l' }, spec: {} });
    await hand.make('a', { lease: 'l' });
    await here.rest();
    expect(await hand.free()).toEqual(['a']);
  });

  it('asks anew for what was taken from it before it ran', async () => {
    const lease = (name: string, spec = {}) =>
      here.user.of(Lease, NAMESPACE).create({ apiVersion: API_VERSION, kind: 'Lease', metadata: { name }, spec });
    const request = (name: string, on: string, priority: number) =>
      here.user.of(LeaseRequest, NAMESPACE).create({
        ...{ apiVersion: API_VERSION, kind: 'LeaseRequest', metadata: { name } },
        spec: { lease: on, holder: name, priority, ttl: '24h' },
      });
    await lease('first', { gracePeriod: '1s' });
    await lease('second');
    await request('other', 'second', 0);
    await here.rest();
    await hand.make('a', { lease: 'first,second' });
    await here.rest();
    await request('urgent', 'first', 10);
    await here.pass(2_000);
    const requests = here.user.of(LeaseRequest, NAMESPACE);
    expect((await requests.get('urgent')).status?.phase).toBe('Granted');
    await requests.delete('other');
    await here.rest();
    expect(await hand.free()).toEqual([]);
    await requests.delete('urgent');
    await here.rest();
    expect(await hand.free()).toEqual(['a']);
  });
});

describe('priorities and weights', () => {
  it('go before, and take more', async () => {
    await semaphore('db', 2);
    await hand.make('first', { semaphore: 'db', weight: '2' });
    await here.rest();
    await hand.make('low', { semaphore: 'db', weight: '2' });
    await here.rest();
    await hand.make('high', { semaphore: 'db', weight: '2', priority: '10' });
    await here.rest();
    await hand.become('first', 'Succeeded');
    await here.rest();
    expect(await hand.free()).toEqual(['first', 'high']);
  });
});

describe('a Pod that has waited as long as it was to', () => {
  it('waits on, says so, and keeps its place', async () => {
    await semaphore('db', 1);
    await hand.make('a', { semaphore: 'db' });
    await here.rest();
    await hand.make('b', { semaphore: 'db', timeout: '1m' });
    await here.rest();
    await hand.make('c', { semaphore: 'db' });
    await here.pass(61_000);
    expect(await hand.says('b')).toEqual({
      status: 'False',
      reason: 'TimedOut',
      message: 'waited 1m, as long as it was to, and waits on: waiting for semaphore "db"',
    });
    expect(await hand.events()).toEqual(['TimedOut b']);
    await hand.become('a', 'Succeeded');
    await here.rest();
    expect(await hand.free()).toEqual(['a', 'b']);
  });

  it('is deleted, when it is to be, and what it asked for with it', async () => {
    await semaphore('db', 1);
    await hand.make('a', { semaphore: 'db' });
    await here.rest();
    await hand.make('b', { semaphore: 'db', timeout: '1m', 'on-timeout': 'delete' });
    await here.pass(61_000);
    expect((await hand.pods.listAll()).items.map(({ metadata }) => metadata.name)).toEqual(['a']);
    expect(await hand.events()).toEqual(['TimedOut b']);
    expect(await holders()).toEqual(['a']);
    expect(await permits()).toHaveLength(1);
  });

  it('is deleted when it is refused, when it is to be', async () => {
    await semaphore('db', 1);
    await hand.make('b', { semaphore: 'db', weight: '2', 'on-timeout': 'delete' });
    await here.rest();
    expect((await hand.pods.listAll()).items).toEqual([]);
    expect(await hand.events()).toEqual(['Denied b']);
  });
});

describe('a Pod whose annotations are wrong', () => {
  it('stays where it is, with one sentence that says which', async () => {
    await hand.make('a', { semaphore: 'db', holder: 'somebody-else' });
    await here.pass(60_000);
    expect(await hand.free()).toEqual([]);
    expect(await hand.says('a')).toMatchObject({
      reason: 'BadAnnotations',
      message: expect.stringContaining('annotation sync.konductor.io/holder is not known'),
    });
    expect(await hand.events()).toEqual(['BadAnnotations a']);
    expect(await permits()).toEqual([]);
  });

  it('goes on once they have been mended', async () => {
    await semaphore('db', 1);
    await hand.make('a', { semaphore: 'db', weight: 'two' });
    await here.rest();
    await hand.pods.mergePatch('a', { metadata: { annotations: { 'sync.konductor.io/weight': '1' } } });
    await here.rest();
    expect(await hand.free()).toEqual(['a']);
  });
});

describe('a Pod that somebody else ungates', () => {
  it('loses what it waited for, and says so', async () => {
    await semaphore('db', 1);
    await hand.make('a', { semaphore: 'db' });
    await here.rest();
    await hand.make('b', { semaphore: 'db' });
    await here.pass(3_000);
    await hand.pods.mergePatch('b', { spec: { schedulingGates: [] } });
    await here.rest();
    expect((await permits()).map(({ spec }) => spec.holder)).toEqual(['a']);
    expect(await hand.says('b')).toMatchObject({ reason: 'UngatedByHand' });
    expect(await hand.events()).toEqual(['UngatedByHand b']);
  });

  it('keeps what it had been granted', async () => {
    await semaphore('db', 1);
    await hand.make('a', { semaphore: 'db' });
    await here.rest();
    await here.pass(60_000);
    expect(await holders()).toEqual(['a']);
    expect(await hand.events()).toEqual([]);
  });
});

describe('a Pod that holds only until it is ready', () => {
  it('lets the next one start then, and does not ask again', async () => {
    await semaphore('starts', 1);
    await hand.make('a', { semaphore: 'starts', 'release-on': 'Ready' });
    await here.rest();
    await hand.make('b', { semaphore: 'starts', 'release-on': 'Ready' });
    await here.rest();
    await hand.become('a', 'Running');
    await here.rest();
    expect(await hand.free()).toEqual(['a']);
    await hand.become('a', 'Ready');
    await here.rest();
    expect(await hand.free()).toEqual(['a', 'b']);
    expect(await holders()).toEqual(['b']);
    await hand.become('a', 'Running');
    await here.pass(60_000);
    expect(await holders()).toEqual(['b']);
  });
});

describe('tenants', () => {
  const elsewhere = 'kube-public';

  it('get nothing of another namespace that does not lend it, nor learn of it', async () => {
    await semaphore('db', 1);
    await here.user
      .of({ group: '', version: 'v1', kind: 'Pod', plural: 'pods', namespaced: true }, elsewhere)
      .create(aGatedPod('thief', { semaphore: `${NAMESPACE}/db` }) as never);
    await here.rest();
    const thief = podHands(here, elsewhere);
    expect(await thief.free()).toEqual([]);
    expect(await thief.says('thief')).toEqual({
      status: 'False',
      reason: 'Denied',
      message: 'semaphore "db" of namespace "default" was refused: there is no such resource for this namespace',
    });
  });

  it('get what it lends, by a claim of their own namespace', async () => {
    await semaphore('db', 1, { allowedNamespaces: [elsewhere] });
    await podHands(here, elsewhere).make('guest', { semaphore: `${NAMESPACE}/db` });
    await here.rest();
    expect(await podHands(here, elsewhere).free()).toEqual(['guest']);
    expect(await permits(elsewhere)).toHaveLength(1);
  });
});

describe('the controller', () => {
  it.each(['before anything', 'after the claim', 'after the grant', 'after the gate'])(
    'may go down %s, and goes on from there',
    async (phase) => {
      await semaphore('db', 1);
      await door.stop();
      let writes = ['before anything', 'after the claim', 'after the grant', 'after the gate'].indexOf(phase);
      if (phase === 'after the grant') writes = 1;
      if (phase === 'after the gate') writes = 2;
      const dying = here.server.faults.add(({ method, path, headers }) => {
        if (method === 'GET' || headers['user-agent'] !== 'user') return undefined;
        if (!/permits|pods\/a/.test(path)) return undefined;
        return writes-- > 0 ? undefined : { fail: 'connection' };
      });
      await here.user
        .of({ group: '', version: 'v1', kind: 'Pod', plural: 'pods', namespaced: true }, NAMESPACE)
        .create(aGatedPod('a', { semaphore: 'db' }) as never);
      door = await openPodsDoor(here);
      await here.rest();
      await door.stop();
      dying();
      expect(await hand.free()).toEqual(phase === 'after the gate' ? ['a'] : []);
      door = await openPodsDoor(here);
      await here.rest();
      expect(await hand.free()).toEqual(['a']);
      expect(await permits()).toHaveLength(1);
      const version = here.server.resourceVersion;
      await here.pass(60_000);
      expect(here.server.resourceVersion).toBe(version);
    },
  );

  it('does no harm beside another one', async () => {
    await semaphore('db', 2);
    const other = await openPodsDoor(here);
    for (const name of ['a', 'b', 'c', 'd']) await hand.make(name, { semaphore: 'db' });
    await here.pass(3_000);
    expect(await hand.free()).toHaveLength(2);
    expect(await permits()).toHaveLength(4);
    for (const name of await hand.free()) await hand.become(name, 'Succeeded');
    await here.pass(3_000);
    expect(await hand.free()).toHaveLength(4);
    await other.stop();
  });

  it('takes nothing from a running Pod though it has not heard of the grant', async () => {
    await semaphore('db', 1);
    await hand.make('a', { semaphore: 'db' });
    await here.rest();
    await hand.make('b', { semaphore: 'db' });
    await here.rest();
    // its list says that b waits, and its watch says nothing ever after
    const deaf: Transport = (request) =>
      /\/permits\?.*watch=true/.test(request.path) ? Promise.resolve(silence(request)) : here.transport(request);
    const other = await openPodsDoor(here, kubeClient(deaf, { clock: here.clock }));
    await hand.become('a', 'Succeeded');
    await here.pass(10_000);
    expect(await hand.free()).toEqual(['a', 'b']);
    expect(await holders()).toEqual(['b']);
    expect(await hand.events()).toEqual([]);
    await other.stop();
  });

  it('looks at no Pod without the label', async () => {
    await semaphore('db', 1);
    const pod = aGatedPod('plain', { semaphore: 'db' });
    await hand.pods.create({ ...pod, metadata: { ...pod.metadata, labels: {} } } as never);
    await here.pass(5_000);
    expect(await permits()).toEqual([]);
    expect(await hand.free()).toEqual([]);
  });

  it('keeps the hold of a running Pod that loses its label', async () => {
    await semaphore('db', 1);
    await hand.make('a', { semaphore: 'db' });
    await here.rest();
    await hand.become('a', 'Running');
    await hand.pods.mergePatch('a', { metadata: { labels: { 'sync.konductor.io/gated': null } } } as never);
    await here.pass(60_000);
    expect(await holders()).toEqual(['a']);
  });

  it('adopts a claim that somebody has taken the label from', async () => {
    await semaphore('db', 1);
    await hand.make('a', { semaphore: 'db' });
    await here.rest();
    await hand.make('b', { semaphore: 'db' });
    await here.rest();
    const claim = (await permits()).find(({ spec }) => spec.holder === 'b');
    await hands(here).permits.mergePatch(claim?.metadata.name as string, { metadata: { labels: null } } as never);
    await hand.become('a', 'Succeeded');
    await here.pass(10_000);
    expect(await hand.free()).toEqual(['a', 'b']);
  });

  it('exports how many wait and how many it has let go', async () => {
    await semaphore('db', 1);
    await hand.make('a', { semaphore: 'db' });
    await here.rest();
    await hand.make('b', { semaphore: 'db' });
    await here.rest();
    const text = await door.registry.metrics();
    expect(text).toContain('konductor_pods_waiting 1');
    expect(text).toContain('konductor_pods_admitted_total 1');
  });
});
