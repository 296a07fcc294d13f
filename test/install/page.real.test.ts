import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { binaries, helmBinary } from '../cluster/binaries.ts';
import { type Cluster, startCluster } from '../cluster/cluster.ts';
import { playKubelet } from '../cluster/kubelet.ts';
import { documentedBlocks } from '../support/markdown.ts';
import { SYSTEM } from './chart.ts';
import { type Deployed, runDeployed } from './deployed.ts';

const ROOT = join(import.meta.dirname, '../..');

let cluster: Cluster;
beforeAll(async () => {
  cluster = await startCluster();
});
afterAll(() => cluster.stop());

interface Pod {
  readonly metadata: { readonly name: string; readonly deletionTimestamp?: string };
  readonly spec: { readonly nodeName?: string };
}

/** Whatever Deployment of ours is there runs, as far as its Pods and one operator go. */
async function playCluster(signal: AbortSignal): Promise<void> {
  await using kubelet = playKubelet(cluster);
  let operator: Deployed | undefined;
  while (!signal.aborted) {
    const { body } = await cluster.request<{ readonly items: readonly Pod[] }>(
      'GET',
      `/api/v1/namespaces/${SYSTEM}/pods`,
    );
    const waiting = body.items.filter(({ metadata, spec }) => !spec.nodeName && !metadata.deletionTimestamp);
    for (const { metadata } of waiting) await kubelet.run(SYSTEM, metadata.name).catch(() => {});
    if (body.items.length === 0) {
      await operator?.stop();
      operator = undefined;
    } else operator ??= await runDeployed(cluster).catch(() => undefined);
    await pause(200);
  }
  await operator?.stop();
}

it('whoever does what docs/install.md says, from top to bottom, has it installed and removed by each way', async () => {
  const blocks = documentedBlocks().filter(({ at, language }) => at.startsWith('docs/install.md') && language === 'sh');
  expect(blocks.length).toBeGreaterThan(6);
  const script = blocks.map((block) => `echo '== ${block.at}' >&2\n${block.text}`).join('\n');
  const path = [dirname((await binaries()).kubectl), dirname(await helmBinary()), process.env.PATH].join(':');
  const ending = new AbortController();
  const playing = playCluster(ending.signal);
  const shell = spawn('bash', ['-euo', 'pipefail', '-c', script], {
    cwd: ROOT,
    env: { PATH: path, HOME: cluster.dir, KUBECONFIG: await cluster.kubeconfig() },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [[code], stdout, stderr] = await Promise.all([once(shell, 'exit'), text(shell.stdout), text(shell.stderr)]);
  ending.abort();
  await playing;
  expect(code, `${stdout}\n${stderr}`).toBe(0);
  const { body } = await cluster.request<{ readonly items: readonly unknown[] }>(
    'GET',
    '/apis/rbac.authorization.k8s.io/v1/clusterroles?labelSelector=app.kubernetes.io%2Fname%3Dkonductor',
  );
  expect(body.items).toEqual([]);
}, 300_000);
