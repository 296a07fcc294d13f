import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseDuration } from '../../src/api/duration.ts';
import type { LeaseRequest } from '../../src/api/lease-request.ts';
import { parseTime } from '../../src/api/time.ts';
import { sharedCluster } from '../cluster/connect.ts';
import { canRunContainers } from '../cluster/container.ts';
import { playKubelet } from '../cluster/kubelet.ts';
import { isRunning } from '../cluster/processes.ts';
import { until } from '../cluster/until.ts';
import { cableTo } from '../support/cut-network.ts';
import { koncliFolder } from '../support/koncli.ts';
import { type OperatorProcess, startOperatorProcess } from '../support/operator-process.ts';

const cluster = sharedCluster();
let bin: string;
let dir: string;
let namespace: string;
let operator: OperatorProcess;
const started = new Set<ChildProcess>();

beforeAll(async () => {
  bin = await koncliFolder();
  dir = await mkdtemp(join(tmpdir(), 'konductor-run-'));
  namespace = await cluster.namespace('run', { awaits: 'service-account' });
  operator = await startOperatorProcess({ kubeconfig: await cluster.kubeconfig(), namespace });
});
afterAll(async () => {
  for (const child of started) child.kill('SIGKILL');
  await operator.kill('SIGTERM');
  await rm(dir, { recursive: true, force: true });
});

interface Running {
  readonly child: ChildProcess;
  /** A number, or the signal that ended it before it could answer. */
  readonly code: Promise<number | string>;
  readonly stdout: Promise<string>;
  readonly stderr: Promise<string>;
}

function koncli(args: readonly string[], { kubeconfig }: { readonly kubeconfig: string }): Running {
  const child = spawn(join(bin, 'koncli'), [...args.slice(0, 3), '-n', namespace, ...args.slice(3)], {
    env: { PATH: `${bin}:${process.env.PATH}`, KUBECONFIG: kubeconfig, DIR: dir, TMPDIR: dir },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  started.add(child);
  const code = once(child, 'exit').then(([code, signal]) => {
    started.delete(child);
    return (code ?? signal) as number | string;
  });
  return { child, code, stdout: text(child.stdout), stderr: text(child.stderr) };
}

const admin = async () => ({ kubeconfig: await cluster.kubeconfig() });

async function apply(kind: string, name: string, spec: object): Promise<void> {
  const manifest = { apiVersion: 'sync.konductor.io/v1', kind, metadata: { name, namespace }, spec };
  const { code, stderr } = await cluster.kubectl(['apply', '-f', '-'], { stdin: JSON.stringify(manifest) });
  expect(code, stderr).toBe(0);
}

/** Every claim on a resource, as it is now. */
async function claimsOn(plural: 'permits' | 'leaserequests', field: string, name: string): Promise<LeaseRequest[]> {
  const path = `/apis/sync.konductor.io/v1/namespaces/${namespace}/${plural}?fieldSelector=spec.${field}%3D${name}`;
  const { body } = await cluster.request<{ items: LeaseRequest[] }>('GET', path);
  return body.items;
}
const requestsOn = (lease: string) => claimsOn('leaserequests', 'lease', lease);
const heldOn = async (lease: string) => (await requestsOn(lease)).find(({ status }) => status?.phase === 'Granted');

/** Kept once it has said so many lines on stderr, or has nothing more to say for a while: it waits. */
async function linesOf({ stderr }: ChildProcess, count: number): Promise<void> {
  if (!stderr || count === 0) return;
  let seen = 0;
  const silence = new AbortController();
  const enough = new Promise<void>((resolve) => {
    stderr.on('data', (chunk: Buffer) => {
      seen += chunk.toString().split('\n').length - 1;
      if (seen >= count) resolve();
    });
  });
  await Promise.race([enough, pause(SILENT_FOR_MS, undefined, { signal: silence.signal }).catch(() => {})]);
  silence.abort();
}

const SILENT_FOR_MS = 3_000;

/** The same cluster by another way. */
async function throughCable(port: number): Promise<string> {
  const config = await readFile(await cluster.kubeconfig(), 'utf8');
  const file = join(dir, `cable-${port}.json`);
  await writeFile(file, config.replaceAll(new URL(cluster.url).host, `127.0.0.1:${port}`));
  return file;
}

/** A file that a program of the test writes when it has come so far. */
const appears = async (file: string): Promise<string> => {
  let found = '';
  await until(
    async () => {
      found = await readFile(join(dir, file), 'utf8').catch(() => '');
      return found.endsWith('\n');
    },
    { within: 20_000, what: `${file} is written` },
  );
  return found.trim();
};

if (!canRunContainers)
  console.warn('SKIPPED in part: no containers without the right to mount (run as root, on Linux)');

describe('koncli run', () => {
  it('gives a program what it needs to know, ends as it ends, and releases', async () => {
    await apply('Semaphore', 'db', { permits: 1 });
    const script = 'echo "$KONDUCTOR_RESOURCE $KONDUCTOR_HOLDER $KONDUCTOR_TOKEN $KONDUCTOR_CLAIM"; exit 7';
    const { code, stdout } = koncli(
      ['semaphore', 'run', 'db', '--holder', 'ann', '--', 'sh', '-c', script],
      await admin(),
    );
    expect(await code).toBe(7);
    expect(await stdout).toMatch(/^semaphore\/db ann \d+ db-[0-9a-f]+\n$/);
    expect(await claimsOn('permits', 'semaphore', 'db')).toEqual([]);
  });

  it('says what it waits for, and when it is told to give up', async () => {
    await apply('Semaphore', 'full', { permits: 1 });
    await apply('Permit', 'somebody', { semaphore: 'full', holder: 'somebody' });
    const { code, stderr } = koncli(['semaphore', 'run', 'full', '--timeout', '2s', '--', 'true'], await admin());
    expect(await code).toBe(124);
    expect(await stderr).toContain('full');
    expect(await claimsOn('permits', 'semaphore', 'full')).toMatchObject([{ spec: { holder: 'somebody' } }]);
  });

  it('killed with SIGKILL, is released by its ttl, and never earlier', async () => {
    await apply('Lease', 'killed', { ttl: '3s' });
    const script = 'echo $$ > $DIR/killed; exec sleep 60';
    const { child, code } = koncli(['lease', 'run', 'killed', '--', 'sh', '-c', script], await admin());
    const orphan = Number(await appears('killed'));
    child.kill('SIGKILL');
    expect(await code).not.toBe(0);
    // the wrapper is the program: it was replaced
    const left = await heldOn('killed');
    const { renewTime, ttl } = left?.spec ?? {};
    const since = parseTime(renewTime ?? left?.status?.acquiredAt ?? '');
    const next = koncli(['lease', 'run', 'killed', '--', 'true'], await admin());
    expect(await next.code).toBe(0);
    expect(Date.now()).toBeGreaterThanOrEqual(since + (parseDuration(ttl ?? '3s') ?? 0));
    process.kill(orphan, 'SIGKILL');
  });

  it.skipIf(!canRunContainers)('killed with SIGKILL in a pod, is released as soon as the pod has ended', async () => {
    await apply('Lease', 'in-pod', { ttl: '10m' });
    await cluster.kubectl(['apply', '-n', namespace, '-f', join(import.meta.dirname, '../../examples/jobs/rbac.yaml')]);
    await using kubelet = playKubelet(cluster);
    kubelet.execute(namespace, { bin });
    const name = 'dies';
    const container = {
      name: 'main',
      image: 'none',
      command: ['koncli', 'lease', 'run', 'in-pod', '--', 'sh', '-c', 'kill -9 $PPID'],
    };
    const spec = { serviceAccountName: 'worker', restartPolicy: 'Never', containers: [container] };
    await cluster.request('POST', `/api/v1/namespaces/${namespace}/pods`, { metadata: { name }, spec });
    const failed = ['wait', '--for=jsonpath={.status.phase}=Failed', `pod/${name}`, '-n', namespace, '--timeout=30s'];
    expect(await cluster.kubectl(failed)).toMatchObject({ code: 0 });

    const next = koncli(['lease', 'run', 'in-pod', '--timeout', '10s', '--', 'true'], await admin());
    expect(await next.code).toBe(0);
  });

  it('tells the program to stop before the server forgets, when the network is cut', async () => {
    await apply('Lease', 'cut', { ttl: '4s' });
    await using cable = await cableTo(cluster.url);
    const kubeconfig = await throughCable(cable.port);
    const script = `trap 'date +%s%3N > $DIR/told; exit 0' TERM; echo > $DIR/holds; while :; do sleep 0.02; done`;
    const { code, stderr } = koncli(['lease', 'run', 'cut', '--', 'sh', '-c', script], { kubeconfig });
    await appears('holds');
    // renewed at least once: not its first moments
    await until(async () => (await heldOn('cut'))?.spec.renewTime !== undefined, {
      within: 10_000,
      what: 'it is renewed',
    });

    cable.cut();
    await until(async () => (await heldOn('cut')) === undefined, { within: 20_000, what: 'the server forgets' });
    const forgotten = Date.now();

    expect(await code).toBe(1);
    expect(await stderr).toMatch(/lease cut cannot be renewed.*stopping sh/);
    expect(Number(await appears('told'))).toBeLessThan(forgotten);
  });

  it('has killed a program that does not stop before the server forgets', async () => {
    await apply('Lease', 'deaf', { ttl: '6s' });
    await using cable = await cableTo(cluster.url);
    const kubeconfig = await throughCable(cable.port);
    const script = `trap '' TERM; echo $$ > $DIR/deaf; while :; do sleep 0.02; done`;
    const args = ['lease', 'run', 'deaf', '--grace', '1s', '--', 'sh', '-c', script];
    const { code } = koncli(args, { kubeconfig });
    const pid = Number(await appears('deaf'));
    await until(async () => (await heldOn('deaf'))?.spec.renewTime !== undefined, {
      within: 10_000,
      what: 'it is renewed',
    });

    cable.cut();
    await until(() => !isRunning(pid), { within: 20_000, what: 'the program is killed' });
    expect(await heldOn('deaf')).toBeDefined();
    expect(await code).toBe(1);
  });

  it('stops the program when its claim is taken away', async () => {
    await apply('Lease', 'taken', {});
    const script = `trap '' TERM; echo $$ > $DIR/stubborn; while :; do sleep 0.05; done`;
    const { code, stderr } = koncli(
      ['lease', 'run', 'taken', '--grace', '500ms', '--', 'sh', '-c', script],
      await admin(),
    );
    const pid = Number(await appears('stubborn'));
    const [held] = await requestsOn('taken');
    await cluster.kubectl(['delete', 'kreq', held?.metadata.name ?? '', '-n', namespace]);
    expect(await code).toBe(1);
    expect(await stderr).toContain('its claim was deleted');
    expect(() => process.kill(pid, 0)).toThrow();
  });

  it.each([
    { what: 'while there is room', lease: 'free', taken: false },
    { what: 'while somebody else holds', lease: 'busy', taken: true },
  ])(
    'leaves no claim behind, whenever it is told to end: $what',
    async ({ lease, taken }) => {
      await apply('Lease', lease, {});
      if (taken) await apply('LeaseRequest', `${lease}-somebody`, { lease, holder: 'somebody' });
      const config = await admin();
      const ended = new Map<number | string, number>();
      // each call that it makes is a line: around the first, the claim is made, watched, granted
      for (const calls of [1, 2, 3]) {
        for (const later of [0, 6, 30]) {
          const { child, code } = koncli(['lease', 'run', lease, '--log-level', 'debug', '--', 'sleep', '30'], config);
          await linesOf(child, calls);
          await pause(later);
          child.kill('SIGTERM');
          const how = await code;
          ended.set(how, (ended.get(how) ?? 0) + 1);
        }
      }
      // killed before it could know, or told
      expect([...ended.keys()].filter((how) => how !== 143 && how !== 'SIGTERM')).toEqual([]);
      expect(ended.get(143)).toBeGreaterThanOrEqual(6);
      await until(async () => (await requestsOn(lease)).every(({ spec }) => spec.holder === 'somebody'), {
        within: 2_000,
        what: 'only the claim of somebody else is left',
      });
    },
    120_000,
  );
});

describe('koncli hold', () => {
  it('is ready once it holds, and lets go when it is told to end', async () => {
    await apply('Lease', 'leader', {});
    const check = async () => koncli(['lease', 'hold', 'leader', '--check'], await admin()).code;
    expect(await check()).toBe(1);
    const { child, code } = koncli(['lease', 'hold', 'leader'], await admin());
    await until(async () => (await check()) === 0, { within: 20_000, what: 'it is ready' });
    expect(await heldOn('leader')).toBeDefined();

    child.kill('SIGTERM');
    expect(await code).toBe(0);
    expect(await requestsOn('leader')).toEqual([]);
    expect(await check()).toBe(1);
  });

  it('fails when it has lost it', async () => {
    await apply('Lease', 'lost', {});
    const { code, stderr } = koncli(['lease', 'hold', 'lost'], await admin());
    await until(async () => (await heldOn('lost')) !== undefined, { within: 20_000, what: 'it is held' });
    await pause(200);
    const [held] = await requestsOn('lost');
    await cluster.kubectl(['delete', 'kreq', held?.metadata.name ?? '', '-n', namespace]);
    expect(await code).toBe(1);
    expect(await stderr).toContain('lease "lost" was lost');
  });
});
