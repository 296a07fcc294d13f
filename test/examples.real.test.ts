import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { binaries } from './cluster/binaries.ts';
import { runKubectl } from './cluster/kubectl.ts';

const ROOT = join(import.meta.dirname, '..');

describe('the examples for kubectl, on `konductor dev`', () => {
  let dir: string;
  let kubeconfig: string;
  let program: string;
  let dev: ChildProcess;

  const kubectl = async (...args: string[]) => {
    // paths in the documentation are those of a checkout
    const inPlace = args.map((arg) => (/^(crds\/|examples\/)/.test(arg) ? join(ROOT, arg) : arg));
    const { code, stdout, stderr } = await runKubectl(inPlace, { program, kubeconfig, dir });
    expect(code, `kubectl ${args.join(' ')}\n${stderr}`).toBe(0);
    return stdout;
  };

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'konductor-examples-'));
    kubeconfig = join(dir, 'kubeconfig');
    program = (await binaries()).kubectl;
    dev = spawn('node', [join(ROOT, 'src/dev/main.ts'), 'dev', '--kubeconfig', kubeconfig], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    if (dev.stdout) await once(createInterface(dev.stdout), 'line');
  });

  afterAll(async () => {
    dev.kill('SIGTERM');
    await once(dev, 'exit');
    await rm(dir, { recursive: true, force: true });
  });

  it('who comes third waits until one of the two lets go', async () => {
    await kubectl('apply', '-f', 'examples/kubectl/queue.yaml');
    await kubectl('wait', '--for=condition=Granted', 'kpermit/first', 'kpermit/second', '--timeout=10s');
    await kubectl('wait', '--for=jsonpath={.status.phase}=Pending', 'kpermit/third', '--timeout=10s');
    await kubectl('delete', 'kpermit', 'first');
    await kubectl('wait', '--for=condition=Granted', 'kpermit/third', '--timeout=10s');
  });

  it('a barrier opens with its quorum', async () => {
    await kubectl('apply', '-f', 'examples/kubectl/barrier.yaml');
    await kubectl('wait', '--for=condition=Open', 'kbar/extract-complete', '--timeout=10s');
    expect(await kubectl('get', 'kbar', 'extract-complete', '-o', 'jsonpath={.status.arrived} {.status.phase}')).toBe(
      '2 Open',
    );
  });

  it('a lease passes on when its holder lets go', async () => {
    await kubectl('apply', '-f', 'examples/kubectl/lease.yaml');
    await kubectl('wait', '--for=condition=Granted', 'kreq/db-migration-blue', '--timeout=10s');
    await kubectl('delete', 'kreq', 'db-migration-blue');
    await kubectl('wait', '--for=condition=Granted', 'kreq/db-migration-green', '--timeout=10s');
    await kubectl('wait', '--for=jsonpath={.status.holder}=green', 'klease/db-migration', '--timeout=10s');
  });

  it('a gate opens when all its conditions are met, and another by hand', async () => {
    await kubectl('apply', '-f', 'examples/kubectl/gate.yaml');
    // the queue's two permits are held: the gate waits for one of them
    await kubectl(
      'wait',
      '--for=jsonpath={.status.conditionStatuses[0].met}=true',
      'kgate/processing-gate',
      '--timeout=10s',
    );
    expect(await kubectl('get', 'kgate', 'processing-gate', '-o', 'jsonpath={.status.phase}')).toBe('Waiting');
    await kubectl('delete', 'kpermit', 'second');
    await kubectl('wait', '--for=condition=Open', 'kgate/processing-gate', '--timeout=10s');

    await kubectl('patch', 'kgate', 'go-live', '--type', 'merge', '-p', '{"spec":{"open":true}}');
    await kubectl('wait', '--for=condition=Open', 'kgate/go-live', '--timeout=10s');
  });
});
