import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Arrival } from '../src/api/arrival.ts';
import { Barrier } from '../src/api/barrier.ts';
import { Gate } from '../src/api/gate.ts';
import { Lease } from '../src/api/lease.ts';
import { LeaseRequest } from '../src/api/lease-request.ts';
import { Permit } from '../src/api/permit.ts';
import { Semaphore } from '../src/api/semaphore.ts';
import { aRun, aStep } from '../test/support/engine-steps.ts';
import { aSemaphore, hands, NAMESPACE, type World, world } from '../test/support/operator-world.ts';
import { type StepRunner, stepRunner } from './runner.ts';
import type { Reply, Step } from './step.ts';

const API_VERSION = 'sync.konductor.io/v1' as const;

let here: World;
let runner: StepRunner;

beforeEach(async () => {
  here = world();
  runner = stepRunner({ client: here.user, clock: here.clock });
  await here.operator();
});
afterEach(() => here.close());

/** Asks, and again once the operator has had its say. */
async function asked(step: Step): Promise<Reply> {
  await runner.ask(step);
  await here.rest();
  return runner.ask(step);
}

const make = (permits: number, spec = {}) =>
  here.user.of(Semaphore, NAMESPACE).create(aSemaphore('db', { permits, ...spec }));

/** A Pod of the run, so that its hold has somebody to live for. */
async function aRunningPod(name: string) {
  const type = { group: '', version: 'v1', kind: 'Pod', plural: 'pods', namespaced: true };
  const pod = await here.user.of(type, NAMESPACE).create({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name },
    spec: { containers: [{ name: 'main', image: 'x' }] },
  } as never);
  return aRun(name, pod.metadata.uid);
}

describe('a step that acquires', () => {
  it('holds, and says so with every output', async () => {
    await make(1);
    const run = await aRunningPod('build');
    const step = aStep(run, 'build[0]', { ttl: '5m' });
    expect(await runner.ask(step)).toMatchObject({ is: 'waiting', reason: 'Queued' });
    await here.rest();
    const reply = await runner.ask(step);
    expect(reply).toMatchObject({
      is: 'succeeded',
      message: expect.stringContaining('build/build[0] holds semaphore "db"'),
    });
    const { items } = await here.user.of(Permit, NAMESPACE).listAll();
    expect(items).toHaveLength(1);
    expect(items[0]?.spec).toMatchObject({ renewal: 'Owner', ttl: '5m', holder: 'build/build[0]' });
    expect(reply).toHaveProperty('outputs', {
      ...{ token: String(items[0]?.status?.token), holder: 'build/build[0]', claim: items[0]?.metadata.name },
      ...{ acquiredAt: items[0]?.status?.acquiredAt, expiresAt: items[0]?.status?.expiresAt },
      ...{ openedAt: '', arrived: '', generation: '' },
    });
  });

  it('waits in words that stand still', async () => {
    await make(1);
    await asked(aStep(await aRunningPod('first'), 'a'));
    const second = aStep(await aRunningPod('second'), 'a');
    const before = await asked(second);
    expect(before).toEqual({
      is: 'waiting',
      reason: 'Queued',
      message: 'waiting for a permit of semaphore "db": 1 of 1 are held',
    });
    await here.pass(30_000);
    expect(await runner.ask(second)).toEqual(before);
  });

  it('is passed on once the run before it is over', async () => {
    await make(1);
    const first = await aRunningPod('first');
    await asked(aStep(first, 'a'));
    const second = aStep(await aRunningPod('second'), 'a');
    expect(await asked(second)).toMatchObject({ is: 'waiting' });
    const pods = here.user.of({ group: '', version: 'v1', kind: 'Pod', plural: 'pods', namespaced: true }, NAMESPACE);
    await pods.mergePatch('first', { status: { phase: 'Succeeded' } } as never, { subresource: 'status' });
    await here.rest();
    expect(await runner.ask(second)).toMatchObject({ is: 'succeeded' });
  });

  it('waits for a semaphore that is not there, or brings it along', async () => {
    expect(await asked(aStep(await aRunningPod('a'), 'a'))).toEqual({
      is: 'waiting',
      reason: 'NoSuchResource',
      message: 'semaphore "db" does not exist yet',
    });
    expect(await asked(aStep(await aRunningPod('b'), 'b', { name: 'app-7', permits: '2' }))).toMatchObject({
      is: 'succeeded',
    });
    expect(await asked(aStep(await aRunningPod('c'), 'c', { name: 'app-7', permits: '9' }))).toMatchObject({
      is: 'succeeded',
    });
    const { spec } = await here.user.of(Semaphore, NAMESPACE).get('app-7');
    expect(spec.permits).toBe(2);
  });

  it('fails at once when it is not to wait', async () => {
    await make(1);
    await asked(aStep(await aRunningPod('first'), 'a'));
    const reply = await asked(aStep(await aRunningPod('second'), 'a', { whenUnavailable: 'fail' }));
    expect(reply).toEqual({ is: 'failed', reason: 'Unavailable', message: 'semaphore "db" was not free' });
  });

  it('fails when its time is over, and says the same when asked again', async () => {
    await make(1);
    await asked(aStep(await aRunningPod('first'), 'a'));
    const step = aStep(await aRunningPod('second'), 'a', { timeout: '1m' });
    expect(await asked(step)).toMatchObject({ is: 'waiting' });
    await here.pass(61_000);
    const over = { is: 'failed', reason: 'TimedOut', message: 'waited 1m for semaphore "db", as long as it was to' };
    expect(await runner.ask(step)).toEqual(over);
    expect(await runner.ask(step)).toEqual(over);
  });

  it('fails when its time is over with no operator there, however often it was restarted', async () => {
    await here.close();
    here = world();
    await make(1);
    const step = aStep(await aRunningPod('a'), 'a', { timeout: '1m', askedAt: here.clock.now() });
    await stepRunner({ client: here.user, clock: here.clock }).ask(step);
    await here.clock.advance(75_000);
    const late = stepRunner({ client: here.user, clock: here.clock });
    expect(await late.ask(step)).toMatchObject({ is: 'failed', reason: 'TimedOut' });
    expect((await here.user.of(Permit, NAMESPACE).listAll()).items).toEqual([]);
    expect(await late.ask(step)).toMatchObject({ is: 'failed', reason: 'TimedOut' });
    expect((await here.user.of(Permit, NAMESPACE).listAll()).items).toEqual([]);
  });

  it('fails on what can never be', async () => {
    await make(2);
    const run = await aRunningPod('a');
    expect(await asked(aStep(run, 'a', { weight: '3' }))).toEqual({
      is: 'failed',
      reason: 'Denied',
      message: 'semaphore "db" was refused: its weight is more than there are permits',
    });
  });

  it('does not take a claim of its name for its own', async () => {
    await make(2);
    const run = await aRunningPod('a');
    const step = aStep(run, 'a', { weight: 2 });
    await runner.ask(aStep(run, 'a'));
    await here.rest();
    expect(await runner.ask(step)).toMatchObject({
      is: 'failed',
      reason: 'NotOurs',
      message: expect.stringContaining('delete db-'),
    });
  });

  it('learns nothing of what another namespace does not lend', async () => {
    await make(1);
    const run = { ...(await aRunningPod('a')), namespace: 'kube-public' };
    const reply = await asked(aStep(run, 'a', { namespace: NAMESPACE }));
    expect(reply).toEqual({
      is: 'failed',
      reason: 'Denied',
      message: 'semaphore "db" of namespace "default" was refused: there is no such resource for this namespace',
    });
  });

  it('takes its grant from the semaphore when the claim has not been told', async () => {
    await make(1);
    const run = await aRunningPod('a');
    const step = aStep(run, 'a');
    const told = here.server.faults.add(({ method, path }) =>
      method === 'PATCH' && /\/permits\/.*\/status/.test(path) ? { fail: 503 } : undefined,
    );
    const reply = await asked(step);
    const { items } = await here.user.of(Permit, NAMESPACE).listAll();
    expect(items[0]?.status?.phase).toBeUndefined();
    expect(reply).toMatchObject({ is: 'succeeded', outputs: { token: expect.stringMatching(/^[0-9]+$/) } });
    expect(await runner.ask(aStep(run, 'r', { action: 'release' }))).toMatchObject({
      message: expect.stringContaining('let go'),
    });
    told();
  });

  it('is a lease as well as a semaphore', async () => {
    await here.user
      .of(Lease, NAMESPACE)
      .create({ apiVersion: API_VERSION, kind: 'Lease', metadata: { name: 'l' }, spec: {} });
    const reply = await asked(aStep(await aRunningPod('a'), 'a', { kind: 'Lease', name: 'l' }));
    expect(reply).toMatchObject({ is: 'succeeded' });
    expect(await asked(aStep(await aRunningPod('b'), 'a', { kind: 'Lease', name: 'l' }))).toMatchObject({
      message: 'waiting for lease "l", which a/a holds',
    });
    expect((await here.user.of(LeaseRequest, NAMESPACE).listAll()).items).toHaveLength(2);
  });
});

describe('a step that releases', () => {
  it('lets go of what its run holds, and of nothing else', async () => {
    await make(3);
    const [mine, other] = [await aRunningPod('mine'), await aRunningPod('other')];
    await asked(aStep(mine, 'a'));
    await asked(aStep(mine, 'b'));
    await asked(aStep(other, 'a'));
    const release = aStep(mine, 'r', { action: 'release' });
    expect(await runner.ask(release)).toMatchObject({
      is: 'succeeded',
      message: expect.stringMatching(/^mine\/[ab], mine\/[ab] let go of semaphore "db"$/),
    });
    await here.rest();
    expect(await hands(here).phases()).toEqual({ [nameOf(await asked(aStep(other, 'a')))]: 'Granted' });
    expect(await runner.ask(release)).toMatchObject({
      is: 'succeeded',
      message: 'nothing of semaphore "db" is held by this run',
    });
  });

  it('lets go of the one it names, unless that is of another run', async () => {
    await make(3);
    const [mine, other] = [await aRunningPod('mine'), await aRunningPod('other')];
    const first = nameOf(await asked(aStep(mine, 'a')));
    const second = nameOf(await asked(aStep(mine, 'b')));
    const theirs = nameOf(await asked(aStep(other, 'a')));
    await runner.ask(aStep(mine, 'r', { action: 'release', claim: first }));
    expect(await runner.ask(aStep(mine, 'r', { action: 'release', claim: theirs }))).toEqual({
      is: 'failed',
      reason: 'NotOurs',
      message: `claim: ${theirs} was made by another run`,
    });
    expect(await hands(here).phases()).toEqual({ [second]: 'Granted', [theirs]: 'Granted' });
  });
});

describe('a step that renews', () => {
  it('has nothing to do for a hold that lives as long as its run, and fails without one', async () => {
    await make(1);
    const run = await aRunningPod('a');
    const renew = aStep(run, 'r', { action: 'renew' });
    expect(await runner.ask(renew)).toMatchObject({ is: 'failed', reason: 'NotHeld' });
    await asked(aStep(run, 'a'));
    expect(await runner.ask(renew)).toMatchObject({
      is: 'succeeded',
      message: expect.stringContaining('nothing to renew'),
    });
  });

  it('moves the time of a hold that somebody else keeps, once for each question', async () => {
    await make(1);
    const run = await aRunningPod('a');
    const permits = here.user.of(Permit, NAMESPACE);
    await permits.create({
      apiVersion: API_VERSION,
      kind: 'Permit',
      metadata: { name: 'by-hand', ownerReferences: [run.owner] },
      spec: { semaphore: 'db', holder: 'me', ttl: '5m' },
    });
    await here.pass(60_000);
    const renew = aStep(run, 'r', { action: 'renew', askedAt: here.clock.now() });
    expect(await runner.ask(renew)).toMatchObject({ is: 'succeeded' });
    const { renewTime } = (await permits.get('by-hand')).spec;
    await here.pass(5_000);
    await runner.ask(renew);
    expect((await permits.get('by-hand')).spec.renewTime).toBe(renewTime);
  });
});

describe('steps at a barrier', () => {
  const barrier = (spec = {}) =>
    here.user
      .of(Barrier, NAMESPACE)
      .create({ apiVersion: API_VERSION, kind: 'Barrier', metadata: { name: 'b' }, spec: { expected: 2, ...spec } });
  const at = (run: Parameters<typeof aStep>[0], step: string, written = {}) =>
    aStep(run, step, { kind: 'Barrier', name: 'b', ...written });

  it('arrive, and wait for the others', async () => {
    await barrier();
    const [one, two] = [await aRunningPod('one'), await aRunningPod('two')];
    const first = at(one, 'a');
    expect(await asked(first)).toMatchObject({
      is: 'waiting',
      message: 'waiting for barrier "b": 1 of 2 have arrived',
    });
    expect(await asked(at(two, 'a', { action: 'arrive' }))).toMatchObject({
      is: 'succeeded',
      message: 'two/a has arrived at barrier "b"',
    });
    await here.rest();
    expect(await runner.ask(first)).toMatchObject({
      is: 'succeeded',
      outputs: { arrived: '2', generation: '1', holder: 'one/a', openedAt: expect.stringMatching(/Z$/), token: '' },
    });
    expect(await asked(at(await aRunningPod('three'), 'a', { action: 'wait' }))).toMatchObject({ is: 'succeeded' });
  });

  it('count once, however often the step is retried', async () => {
    await barrier();
    const run = await aRunningPod('one');
    await asked(at(run, 'a', { action: 'arrive' }));
    await asked(at(run, 'a', { action: 'arrive', identity: { attempt: 1 } }));
    expect((await here.user.of(Barrier, NAMESPACE).get('b')).status).toMatchObject({ arrived: 1, phase: 'Waiting' });
  });

  it('pass a cyclic one though its next generation has begun', async () => {
    await barrier({ cyclic: true });
    const first = at(await aRunningPod('one'), 'a');
    await asked(first);
    await asked(at(await aRunningPod('two'), 'a', { action: 'arrive' }));
    await here.pass(2_000);
    await asked(at(await aRunningPod('three'), 'a', { action: 'arrive' }));
    expect((await here.user.of(Barrier, NAMESPACE).get('b')).status).toMatchObject({ generation: 2, phase: 'Waiting' });
    expect(await runner.ask(first)).toMatchObject({ is: 'succeeded', outputs: { generation: '1', arrived: '' } });
  });

  it('arrive again at one that was made anew', async () => {
    await barrier();
    const step = at(await aRunningPod('one'), 'a');
    await asked(step);
    await here.user.of(Barrier, NAMESPACE).delete('b');
    await here.rest();
    await barrier();
    await here.rest();
    await runner.ask(step);
    expect(await asked(step)).toMatchObject({ message: 'waiting for barrier "b": 1 of 2 have arrived' });
  });

  it('give up when their time is over, and when the barrier will not open', async () => {
    await barrier({ timeout: '10m' });
    const impatient = at(await aRunningPod('one'), 'a', { timeout: '1m', askedAt: here.clock.now() });
    expect(await asked(impatient)).toMatchObject({ is: 'waiting', lookAgainAt: here.clock.now() + 60_000 });
    const patient = at(await aRunningPod('two'), 'a', { action: 'wait' });
    expect(await asked(patient)).toMatchObject({ is: 'waiting' });
    await here.pass(60_000);
    expect(await runner.ask(impatient)).toMatchObject({ is: 'failed', reason: 'TimedOut' });
    expect((await here.user.of(Arrival, NAMESPACE).listAll()).items).toEqual([]);
    await here.pass(600_000);
    expect(await runner.ask(patient)).toMatchObject({ is: 'failed', reason: 'WillNotOpen' });
  });
});

describe('a step at a gate', () => {
  it('waits until it is open, and says what for', async () => {
    await make(1);
    await here.user.of(Gate, NAMESPACE).create({
      apiVersion: API_VERSION,
      kind: 'Gate',
      metadata: { name: 'g' },
      spec: { conditions: [{ job: 'migrate' }] },
    });
    await here.rest();
    const step = aStep(aRun(), 'a', { kind: 'Gate', name: 'g', timeout: '1h', askedAt: here.clock.now() });
    expect(await runner.ask(step)).toMatchObject({
      is: 'waiting',
      message: 'waiting for gate "g": not yet Job migrate',
    });
    const gates = here.user.of(Gate, NAMESPACE);
    await gates.patchStatus('g', { phase: 'Open', openedAt: '2026-01-01T00:00:00.000000Z' });
    expect(await runner.ask(step)).toMatchObject({
      is: 'succeeded',
      outputs: { openedAt: '2026-01-01T00:00:00.000000Z' },
    });
  });

  it('is not asked in another namespace', async () => {
    const step = aStep(aRun(), 'a', { kind: 'Gate', name: 'g', namespace: 'kube-system' });
    expect(await runner.ask(step)).toMatchObject({ is: 'failed', reason: 'Invalid' });
  });
});

describe('a step that is cancelled', () => {
  it('looks at its own claim and at nothing else', async () => {
    await make(1);
    const step = aStep(await aRunningPod('mine'), 'a');
    await asked(step);
    const read: string[] = [];
    here.server.faults.add(({ path, method }) => {
      if (method === 'GET' && !path.includes('watch=')) read.push(path);
      return undefined;
    });
    await runner.cancel(step);
    expect(read.length).toBeGreaterThan(0);
    expect(read.filter((path) => !path.includes('/permits/'))).toEqual([]);
  });

  it.each(['held', 'waiting', 'not asked for yet'])('leaves nothing when it is %s', async (state) => {
    await make(1);
    if (state === 'waiting') await asked(aStep(await aRunningPod('other'), 'a'));
    const step = aStep(await aRunningPod('mine'), 'a');
    if (state !== 'not asked for yet') await asked(step);
    const before = (await here.user.of(Permit, NAMESPACE).listAll()).items.length;
    await runner.cancel(step);
    await runner.cancel(step);
    const { items } = await here.user.of(Permit, NAMESPACE).listAll();
    expect(items).toHaveLength(before - (state === 'not asked for yet' ? 0 : 1));
    expect(items.map(({ spec }) => spec.holder)).not.toContain('mine/a');
  });
});

const nameOf = (reply: Reply): string => {
  if (reply.is !== 'succeeded') throw new Error(JSON.stringify(reply));
  return reply.outputs.claim;
};
