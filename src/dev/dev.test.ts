import { existsSync, statSync } from 'node:fs';
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
