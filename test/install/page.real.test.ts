import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Cluster, startCluster } from '../cluster/cluster.ts';
import { playKubelet } from '../cluster/kubelet.ts';
import { pagesOf, stepsOf } from '../support/pages.ts';
import { administrator, walk } from '../support/walk.ts';
import { playDeployment } from './deployed.ts';

let cluster: Cluster;
beforeAll(async () => {
  cluster = await startCluster();
});
afterAll(() => cluster.stop());

it.each(pagesOf(import.meta.filename))(
  'whoever does what %s says has it installed and removed by each way',
  async (page) => {
    const ending = new AbortController();
    await using kubelet = playKubelet(cluster);
    const playing = playDeployment(cluster, kubelet, ending.signal);
    try {
      await walk(stepsOf(page), await administrator(cluster));
    } finally {
      ending.abort();
      await playing;
    }
    const { body } = await cluster.request<{ readonly items: readonly unknown[] }>(
      'GET',
      '/apis/rbac.authorization.k8s.io/v1/clusterroles?labelSelector=app.kubernetes.io%2Fname%3Dkonductor',
    );
    expect(body.items).toEqual([]);
  },
  300_000,
);
