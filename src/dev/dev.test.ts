import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Semaphore } from '../api/semaphore.ts';
import { kubeClient } from '../kube/client.ts';
import { connect } from '../kube/connection.ts';
import { httpTransport } from '../kube/http-transport.ts';
import { startDev } from './dev.ts';

describe('the embedded server', () => {
  let dir: string;
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'konductor-dev-'));
  });
  afterEach(() => rm(dir, { recursive: true, force: true }));

  it('leaves the kubeconfig of another that runs alone, and takes the place of one that was killed', async () => {
    const kubeconfig = join(dir, 'kubeconfig');
    const first = await startDev({ kubeconfig });
    const written = readFileSync(kubeconfig, 'utf8');
    const second = await startDev({ kubeconfig });
    expect(second.kubeconfig).toBe(`${kubeconfig}-${process.pid}`);
    await second.stop();
    expect(existsSync(second.kubeconfig)).toBe(false);
    expect(readFileSync(kubeconfig, 'utf8')).toBe(written);
    await first.stop();
    writeFileSync(kubeconfig, written);
    await using third = await startDev({ kubeconfig });
    expect(third.kubeconfig).toBe(kubeconfig);
  });

  it('never writes over the kubeconfig of a cluster', async () => {
    const kubeconfig = join(dir, 'config');
    writeFileSync(kubeconfig, 'apiVersion: v1\nkind: Config\ncurrent-context: production\n');
    await expect(startDev({ kubeconfig })).rejects.toThrow(/config is not ours to write.*--kubeconfig/);
    expect(readFileSync(kubeconfig, 'utf8')).toContain('production');
  });

  it('is reached by the kubeconfig it writes, which nobody else may read and which goes with it', async () => {
    const kubeconfig = join(dir, 'new', 'kubeconfig');
    const dev = await startDev({ kubeconfig });
    expect(statSync(kubeconfig).mode & 0o777).toBe(0o600);

    const transport = httpTransport(await connect({ kubeconfig }));
    const semaphores = kubeClient(transport).of(Semaphore, 'default');
    const made = await semaphores.create({
      apiVersion: 'sync.konductor.io/v1',
      kind: 'Semaphore',
      metadata: { name: 'db' },
      spec: { permits: 2 },
    });
    expect(made.spec.ttl).toBe('10m');

    await transport.close();
    await dev.stop();
    expect(existsSync(kubeconfig)).toBe(false);
  });
});
