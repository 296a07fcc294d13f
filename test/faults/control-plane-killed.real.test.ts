import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { type Cluster, type ComponentName, startCluster } from '../cluster/cluster.ts';
import { startOperatorProcess } from '../support/operator-process.ts';
import { expectNoBugs, trial } from './trial.ts';

const CRDS = join(import.meta.dirname, '..', '..', 'crds');
const VICTIMS: readonly ComponentName[] = ['kube-apiserver', 'etcd', 'kube-apiserver', 'etcd'];
const DOWN = 1_000;

describe('a control plane that is killed under load', () => {
  let cluster: Cluster;
  beforeAll(async () => {
    cluster = await startCluster({ crds: [CRDS] });
  });
  afterAll(() => cluster.stop());

  it('comes back to an operator that goes on where it was', { timeout: 180_000 }, async () => {
    const namespace = await cluster.namespace('outage');
    const operator = await startOperatorProcess({ kubeconfig: await cluster.kubeconfig(), namespace });
    const name = 'kill -9 of the API server and of etcd, twice each';
    await trial({ cluster, namespace, name, seed: 5, stall: 60_000 }, async ({ fault }) => {
      for (const victim of VICTIMS) {
        await pause(2_000);
        fault();
        await cluster.kill(victim);
        await pause(DOWN);
        await cluster.start(victim);
      }
      await pause(2_000);
    });
    expectNoBugs(operator);
    await operator.kill('SIGTERM');
  });
});
