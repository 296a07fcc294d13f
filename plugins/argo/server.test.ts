import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Registry } from 'prom-client';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Arrival } from '../../src/api/arrival.ts';
import { systemClock } from '../../src/api/clock.ts';
import { Permit } from '../../src/api/permit.ts';
import { kubeClient } from '../../src/kube/client.ts';
import { countedTransport } from '../../src/kube/counted-transport.ts';
import {
  aCall,
  type Ground,
  ground,
  makeSemaphore,
  type PluginAt,
  pluginOn,
  WORKFLOW,
} from '../../test/argo/ground.ts';
import { until } from '../../test/cluster/until.ts';
import { transportTo } from '../../test/support/operator-world.ts';
import { NODE_ANNOTATION } from './names.ts';
import { bearerOf } from './token.ts';

let place: Ground;
let plugin: PluginAt;
let made = 0;

/** A semaphore of its own for every test. */
const semaphore = async (permits = 1) => {
  const name = `db-${++made}`;
  await makeSemaphore(place.user, name, permits);
  return name;
};
const permits = () => place.user.of(Permit, 'default');
const claimsOn = async (name: string) => (await permits().listAll({ fieldSelector: `spec.semaphore=${name}` })).items;
const acquire = (name: string, key: string, more: object = {}) => aCall({ semaphore: { name, key, ...more } });
const release = (name: string, key: string, more: object = {}) =>
  aCall({ semaphore: { action: 'release', name, key, ...more } });

beforeAll(async () => {
  place = await ground();
  plugin = await pluginOn(place.user);
});
afterAll(async () => {
  await plugin.stop();
  await place.close();
});

describe('an acquire', () => {
  it('is granted by the first call when there is room, with outputs that are texts', async () => {
    const name = await semaphore();
    const { body } = await plugin.execute(acquire(name, 'nightly.a'));
    expect(body.node).toMatchObject({ phase: 'Succeeded', message: expect.stringContaining(name) });
    const parameters = Object.fromEntries(
      (body.node?.outputs?.parameters ?? []).map(({ name, value }) => [name, value]),
    );
    expect(parameters).toMatchObject({ token: expect.stringMatching(/^[0-9]+$/), holder: 'nightly.a' });
    expect(Object.values(parameters).every((value) => typeof value === 'string')).toBe(true);
    expect(body.node?.outputs?.result).toBe(parameters['token']);
  });

  it('belongs to its Workflow, which keeps it alive', async () => {
    const name = await semaphore();
    await plugin.finish(acquire(name, 'nightly.a'));
    const [claim] = await claimsOn(name);
    expect(claim?.spec.renewal).toBe('Owner');
    expect(claim?.metadata.ownerReferences).toMatchObject([{ kind: 'Workflow', name: 'nightly', uid: WORKFLOW.uid }]);
  });

  it('waits with an empty phase and a duration as text, and gets its turn when the holder lets go', async () => {
    const name = await semaphore();
    await plugin.finish(acquire(name, 'nightly.a'));
    const { body } = await plugin.execute(acquire(name, 'nightly.b'));
    expect(body).toEqual({ node: {}, requeue: '1s' });
    await plugin.finish(release(name, 'nightly.r'));
    expect(await plugin.finish(acquire(name, 'nightly.b'))).toMatchObject({ phase: 'Succeeded' });
  });

  it('that is repeated answers the same bytes and holds once', async () => {
    const name = await semaphore(5);
    await plugin.finish(acquire(name, 'nightly.a'));
    const answers = await Promise.all(Array.from({ length: 20 }, () => plugin.execute(acquire(name, 'nightly.a'))));
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
    expect(await claimsOn(name)).toHaveLength(1);
  });

  it('that is called for several times before it is known holds once, too', async () => {
    const name = await semaphore(5);
    const answers = await Promise.all(Array.from({ length: 20 }, () => plugin.execute(acquire(name, 'nightly.a'))));
    expect(new Set(answers.map(({ body }) => body.node?.outputs?.result ?? 'waits')).size).toBe(1);
    expect(await claimsOn(name)).toHaveLength(1);
  });

  it('that is repeated after its release still answers as it did, and holds nothing', async () => {
    const name = await semaphore();
    const first = await plugin.execute(acquire(name, 'nightly.a'));
    await plugin.finish(release(name, 'nightly.r'));
    expect((await plugin.execute(acquire(name, 'nightly.a'))).text).toBe(first.text);
    expect(await claimsOn(name)).toHaveLength(0);
  });

  it('is found again by a plugin that knows nothing: same token', async () => {
    const name = await semaphore();
    const before = await plugin.finish(acquire(name, 'nightly.a'));
    const other = await pluginOn(place.user);
    expect(await other.finish(acquire(name, 'nightly.a'))).toMatchObject({ outputs: before.outputs });
    await other.stop();
  });

  it('of two plugins at once holds once', async () => {
    const name = await semaphore(5);
    const other = await pluginOn(place.user);
    await Promise.all([plugin, other].map((one) => one.finish(acquire(name, 'nightly.a'))));
    expect(await claimsOn(name)).toHaveLength(1);
    await other.stop();
  });

  it('gives up after its own timeout, with one sentence', async () => {
    const name = await semaphore();
    await plugin.finish(acquire(name, 'nightly.a'));
    const ended = await plugin.finish(acquire(name, 'nightly.b', { timeout: '200ms' }));
    expect(ended).toMatchObject({ phase: 'Failed', message: expect.stringMatching(/^waited 200ms for semaphore/) });
  });

  it('that sets no timeout gives up after the longest wait of the plugin', async () => {
    const name = await semaphore();
    const short = await pluginOn(place.user, { longestWait: '200ms' });
    await short.finish(acquire(name, 'nightly.a'));
    expect(await short.finish(acquire(name, 'nightly.b'))).toMatchObject({ phase: 'Failed' });
    await short.stop();
  });

  it('asks anew when a failed one is called again: that is the next attempt', async () => {
    const name = await semaphore();
    await plugin.finish(acquire(name, 'nightly.a'));
    await plugin.finish(acquire(name, 'nightly.b', { timeout: '100ms' }));
    await plugin.finish(release(name, 'nightly.r'));
    expect(await plugin.finish(acquire(name, 'nightly.b', { timeout: '10s' }))).toMatchObject({ phase: 'Succeeded' });
  });

  it('answers a failed attempt as before when the call says which attempt it is', async () => {
    const name = await semaphore();
    await plugin.finish(acquire(name, 'nightly.a'));
    const attempt = (retries: string) => acquire(name, 'nightly.b', { timeout: '100ms', attempt: retries });
    await plugin.finish(attempt('0'));
    await plugin.finish(release(name, 'nightly.r'));
    expect(await plugin.finish(attempt('0'))).toMatchObject({ phase: 'Failed' });
    expect(await plugin.finish(attempt('1'))).toMatchObject({ phase: 'Succeeded' });
  });

  it('leaves no claim behind when it has failed', async () => {
    const name = await semaphore();
    await plugin.finish(acquire(name, 'nightly.a'));
    await plugin.finish(acquire(name, 'nightly.b', { timeout: '100ms' }));
    await until(async () => (await claimsOn(name)).length === 1, { within: 5_000, what: 'the claim is gone' });
  });

  it('asks again when what an earlier life of the step held is over, as after argo retry', async () => {
    const name = await semaphore();
    await plugin.finish(acquire(name, 'nightly.a', { ttl: '1h' }));
    const [claim] = await claimsOn(name);
    await permits().patchStatus(claim?.metadata.name ?? '', { phase: 'Lost' });
    const fresh = await pluginOn(place.user);
    expect(await fresh.finish(acquire(name, 'nightly.a', { ttl: '1h' }))).toMatchObject({ phase: 'Succeeded' });
    await fresh.stop();
  });
});

describe('a barrier, a gate and a lease', () => {
  it('open for the last that arrives, and for those who waited', async () => {
    const name = `reduce-${++made}`;
    await place.user.of((await import('../../src/api/barrier.ts')).Barrier, 'default').create({
      apiVersion: 'sync.konductor.io/v1',
      kind: 'Barrier',
      metadata: { name },
      spec: { expected: 2 },
    });
    const arrive = (key: string) => aCall({ barrier: { action: 'arrive-and-wait', name, key } });
    expect((await plugin.execute(arrive('nightly.a'))).body).toEqual({ node: {}, requeue: '1s' });
    const ended = await Promise.all(['nightly.a', 'nightly.b'].map((key) => plugin.finish(arrive(key))));
    expect(ended).toMatchObject([{ phase: 'Succeeded' }, { phase: 'Succeeded', outputs: { arrived: '2' } }]);
  });

  it('count two workflows whose keys are alike apart', async () => {
    const name = `apart-${++made}`;
    await place.user.of((await import('../../src/api/barrier.ts')).Barrier, 'default').create({
      apiVersion: 'sync.konductor.io/v1',
      kind: 'Barrier',
      metadata: { name },
      spec: { expected: 2 },
    });
    const arrive = (workflow: string) =>
      aCall({ barrier: { name, key: 'mapper' } }, {}, { ...WORKFLOW, name: workflow, uid: `uid-of-${workflow}` });
    const ended = await Promise.all(['one', 'two'].map((workflow) => plugin.finish(arrive(workflow))));
    expect(ended).toMatchObject([{ phase: 'Succeeded' }, { phase: 'Succeeded' }]);
    const { items } = await place.user.of(Arrival, 'default').listAll({ fieldSelector: `spec.barrier=${name}` });
    expect(items.map(({ spec }) => spec.holder).sort()).toEqual(['one/mapper', 'two/mapper']);
  });

  it('pass a lease on', async () => {
    const name = `migration-${++made}`;
    await place.user.of((await import('../../src/api/lease.ts')).Lease, 'default').create({
      apiVersion: 'sync.konductor.io/v1',
      kind: 'Lease',
      metadata: { name },
      spec: {},
    });
    await plugin.finish(aCall({ lease: { name, key: 'nightly.a' } }));
    const waits = aCall({ lease: { name, key: 'nightly.b' } });
    expect((await plugin.execute(waits)).body.node).toEqual({});
    await plugin.finish(aCall({ lease: { action: 'release', name, key: 'nightly.r' } }));
    expect(await plugin.finish(waits)).toMatchObject({ phase: 'Succeeded', outputs: { holder: 'nightly.b' } });
  });
});

describe('what is written wrongly fails the step with one sentence, and never the call:', () => {
  it.each([
    ['no resource', {}, 'plugin.konductor must have exactly one of semaphore, lease, barrier, gate'],
    ['two resources', { semaphore: {}, gate: {} }, 'must have exactly one of'],
    ['an unknown resource', { mutex: { name: 'a' } }, 'must have exactly one of'],
    ['no fields', { semaphore: null }, 'plugin.konductor.semaphore must have fields'],
    ['a text', 'semaphore', 'must have exactly one of'],
    ['no name', { semaphore: { action: 'acquire' } }, 'plugin.konductor.semaphore.name: is required'],
    ['an unknown action', { gate: { action: 'open', name: 'a' } }, 'plugin.konductor.gate.action: must be one of'],
    ['an unknown field', { semaphore: { name: 'a', wieght: 2 } }, 'plugin.konductor.semaphore.wieght: is not known'],
    [
      'a weight that is no number',
      { semaphore: { name: 'a', weight: 'two' } },
      'semaphore.weight: must be a whole number',
    ],
    ['a name that Kubernetes does not take', { gate: { name: 'A B' } }, 'plugin.konductor.gate.name: must be the name'],
    [
      'a duration without a unit',
      { gate: { name: 'a', timeout: 'soon' } },
      'plugin.konductor.gate.timeout: must be a duration',
    ],
    [
      'a tag that nobody filled in',
      { semaphore: { name: '{{nonsense}}' } },
      'plugin.konductor.semaphore.name: must be the name',
    ],
  ])('%s', async (_, body, message) => {
    const { status, body: reply } = await plugin.execute(aCall(body));
    expect(status).toBe(200);
    expect(reply).toEqual({ node: { phase: 'Failed', message: expect.stringContaining(message) } });
  });

  it('what the API server refuses, too', async () => {
    const { user } = place;
    const refused = { ...user, of: (...args: Parameters<typeof user.of>) => user.of(...args) };
    const name = await semaphore();
    const other = await pluginOn(refused as never);
    const call = aCall({ semaphore: { name, key: 'a' } }, {}, { ...WORKFLOW, namespace: 'nowhere' });
    const ended = await other.finish(call);
    expect(ended).toMatchObject({ phase: 'Failed' });
    await other.stop();
  });
});

describe('templates make texts of everything:', () => {
  it('numbers are read, and what is empty is as good as left out', async () => {
    const name = await semaphore(3);
    const more = { weight: '2', priority: '-1', ttl: '90', timeout: '', holder: '', permits: '' };
    expect(await plugin.finish(acquire(name, 'nightly.a', more))).toMatchObject({ phase: 'Succeeded' });
    const [claim] = await claimsOn(name);
    expect(claim?.spec).toMatchObject({ weight: 2, priority: -1, ttl: '1m30s' });
  });
});

describe('who calls', () => {
  it.each([
    ['the annotation of a controller-wide default goes before the body', { key: 'wf[0]' }, 'wf[0].a', 'wf[0].a'],
    ['the body says it', { key: 'wf[0].b' }, undefined, 'wf[0].b'],
    ['a tag that was not filled in says nothing', { key: 'wf.c' }, '{{node.name}}', 'wf.c'],
  ])('%s', async (_, fields, annotation, expected) => {
    const name = await semaphore();
    const template = annotation === undefined ? {} : { annotations: { [NODE_ANNOTATION]: annotation } };
    await plugin.finish(aCall({ semaphore: { name, ...fields } }, template, { ...WORKFLOW, name: 'wf' }));
    expect((await claimsOn(name)).map(({ spec }) => spec.requestId)).toEqual([expected]);
  });

  it('two inline steps that share a key are two with the annotation', async () => {
    const name = await semaphore(5);
    for (const node of ['wf[0].a', 'wf[0].b']) {
      await plugin.finish(aCall({ semaphore: { name, key: 'wf' } }, { annotations: { [NODE_ANNOTATION]: node } }));
    }
    expect(await claimsOn(name)).toHaveLength(2);
  });

  it('steps that say nothing are told apart by what they ask for', async () => {
    const name = await semaphore(5);
    const item = (value: string) =>
      aCall({ semaphore: { name } }, { inputs: { parameters: [{ name: 'item', value }] } });
    for (const value of ['1', '2', '2']) await plugin.finish(item(value));
    expect(await claimsOn(name)).toHaveLength(2);
  });

  it('a name longer than any field still holds once', async () => {
    const name = await semaphore(5);
    const key = `nightly.${'deep.'.repeat(100)}a`;
    for (let i = 0; i < 2; i++) await plugin.finish(acquire(name, key));
    expect(await claimsOn(name)).toHaveLength(1);
  });
});

describe('the protocol', () => {
  it.each([
    ['another plugin', { plugin: { probe: { key: 'a' } } }],
    ['no plugin at all', { plugin: undefined }],
    ['a plugin whose body is no object', { plugin: null }],
  ])('declines %s with {}', async (_, template) => {
    const { status, text } = await plugin.execute(aCall({}, template));
    expect([status, text]).toEqual([200, '{}']);
  });

  it('declines what it cannot read', async () => {
    expect((await plugin.execute([])).text).toBe('{}');
    expect((await plugin.execute({ template: 5 })).text).toBe('{}');
  });

  it.each([
    ['what is no JSON', '{oops', 400],
    ['what no object of Kubernetes is as large as', JSON.stringify({ fill: 'x'.repeat(2_200_000) }), 413],
  ])('refuses %s', async (_, sent, status) => {
    expect((await plugin.execute(sent)).status).toBe(status);
  });

  it('reads what is nested as deep as the API server lets through', async () => {
    const body = JSON.stringify(aCall({ semaphore: { name: 'db', holder: 'HOLDER' } }));
    const deep = body.replace('"HOLDER"', `${'['.repeat(9_000)}${']'.repeat(9_000)}`);
    expect((await plugin.execute(deep)).text).toContain('semaphore.holder: must be');
  });

  it('has a health endpoint', async () => {
    expect((await fetch(`http://127.0.0.1:${plugin.port}/healthz`)).status).toBe(200);
  });

  it('answers a call while the API server does not, and goes on when it does', async () => {
    const name = await semaphore();
    place.server.faults.add(() => ({ fail: 503 }));
    try {
      const began = performance.now();
      const { body } = await plugin.execute(acquire(name, 'nightly.a'));
      expect(body).toEqual({ node: {}, requeue: '1s' });
      expect(performance.now() - began).toBeLessThan(1_000);
    } finally {
      place.server.faults.clear();
    }
    expect(await plugin.finish(acquire(name, 'nightly.a'))).toMatchObject({ phase: 'Succeeded' });
  });
});

describe('the metrics', () => {
  const scraped = async (of: PluginAt) => {
    const response = await fetch(`http://127.0.0.1:${of.port}/metrics`);
    const lines = (await response.text()).split('\n').filter((line) => !line.includes('_bucket{'));
    return { status: response.status, lines, type: response.headers.get('content-type') };
  };

  it('are served without the token, and count a step once however often it is called for', async () => {
    const name = await semaphore();
    const own = await pluginOn(place.user, { admission: ({ length } = '') => Promise.resolve(length > 0) });
    try {
      const call = (body: object) => own.execute(body, { authorization: 'Bearer a' });
      expect((await own.execute(acquire(name, 'nightly.a'))).status).toBe(403);
      for (let calls = 0; calls < 3; calls++) await call(acquire(name, 'nightly.a'));
      for (let calls = 0; calls < 3; calls++) await call(acquire(name, 'nightly.b'));
      await call(acquire(name, 'nightly.c', { whenUnavailable: 'fail' }));
      const { status, type, lines } = await scraped(own);
      expect([status, type]).toEqual([200, expect.stringContaining('text/plain; version=0.0.4')]);
      const what = 'door="argo-plugin",kind="Semaphore",action="acquire"';
      expect(lines).toContain(`konductor_steps_total{${what},outcome="Succeeded"} 1`);
      expect(lines).toContain(`konductor_steps_total{${what},outcome="Unavailable"} 1`);
      expect(lines).toContain(`konductor_step_wait_seconds_count{${what}} 2`);
      expect(lines).toContain('konductor_steps_waiting{door="argo-plugin",kind="Semaphore"} 1');
      expect(lines.filter((line) => line.includes(name) || line.includes('nightly'))).toEqual([]);
    } finally {
      await own.stop();
    }
  });

  it('count the calls to the API server, by what they are for', async () => {
    const name = await semaphore();
    const registry = new Registry();
    const counted = countedTransport(transportTo(place.server), registry, systemClock);
    const own = await pluginOn(kubeClient(counted, { userAgent: 'plugin' }), { registry });
    try {
      await own.finish(acquire(name, 'nightly.a'));
      const { lines } = await scraped(own);
      expect(lines).toContain('konductor_api_requests_total{verb="create",resource="permits",code="201"} 1');
    } finally {
      await own.stop();
    }
  });
});

describe('the token', () => {
  let dir: string;
  let guarded: PluginAt;
  const name = () => join(dir, 'token');
  const call = aCall({}, { plugin: { probe: {} } });
  const as = (token: string) => guarded.execute(call, { authorization: `Bearer ${token}` });

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'konductor-token-'));
    guarded = await pluginOn(place.user, { admission: bearerOf(name(), { ...systemClock, monotonic: ticking() }) });
  });
  afterEach(() => rm(name(), { force: true }));
  afterAll(async () => {
    await guarded.stop();
    await rm(dir, { recursive: true });
  });

  it('is the one in the file, which may come after us and change', async () => {
    expect((await as('a'.repeat(32))).status).toBe(403);
    await writeFile(name(), 'a'.repeat(32));
    expect((await as('a'.repeat(32))).status).toBe(200);
    expect((await as('b'.repeat(32))).status).toBe(403);
    expect((await guarded.execute(call)).status).toBe(403);
    await writeFile(name(), 'b'.repeat(32));
    expect((await as('b'.repeat(32))).status).toBe(200);
    expect((await as('a'.repeat(32))).status).toBe(403);
  });

  it('lets in all of the first calls, which come at once', async () => {
    await writeFile(name(), 'c'.repeat(32));
    const answers = await Promise.all(Array.from({ length: 16 }, () => as('c'.repeat(32))));
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
  });

  it('is never the empty one', async () => {
    await writeFile(name(), '');
    expect((await as('')).status).toBe(403);
  });
});

/** A clock on which every look is two seconds after the one before. */
function ticking(): () => number {
  let now = 0;
  return () => (now += 2_000);
}
