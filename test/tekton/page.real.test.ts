import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Semaphore } from '../../src/api/semaphore.ts';
import { type Kubelet, playKubelet } from '../cluster/kubelet.ts';
import { type Deployed, runDeployed } from '../install/deployed.ts';
import { pagesOf, stepsOf } from '../support/pages.ts';
import { administrator, type Reader, walk } from '../support/walk.ts';
import { conditionOf, groundIn, isFree } from './ground.ts';
import { podHand } from './pods.ts';
import { startTektonCluster, type TektonCluster } from './start-tekton.ts';

/** As docs/install.md has it; the definitions are there already. */
const INSTALLED =
  'helm install konductor operator/chart --namespace konductor-system --create-namespace --set crds.enabled=false';

let tekton: TektonCluster;
let kubelet: Kubelet;
let operator: Deployed | undefined;
let reader: Reader;
beforeAll(async () => {
  tekton = await startTektonCluster();
  kubelet = playKubelet(tekton.cluster);
  reader = await administrator(tekton.cluster);
}, 600_000);
afterAll(async () => {
  await operator?.stop();
  await kubelet?.stop();
  await tekton?.stop();
});

it.each(pagesOf(import.meta.filename))('whoever does what %s says has it', { timeout: 240_000 }, async (page) => {
  const steps = stepsOf(page);
  const opened = steps.findLastIndex(({ text }) => text.startsWith('helm ')) + 1;
  expect(opened).toBeGreaterThan(0);
  await walk(steps.slice(0, opened), { ...reader, given: INSTALLED });
  operator = await runDeployed(tekton.cluster);
  await walk(steps.slice(opened), reader);
  // and what it has begun comes to its end
  const on = groundIn(tekton.cluster, 'default');
  await podHand(tekton.cluster, kubelet, 'default').finish('deploy-1-deploy', 'deploy-2-deploy', 'release-1-release');
  for (const run of ['deploy-1', 'deploy-2', 'release-1'])
    expect(conditionOf(await on.done('pipelineruns', run))?.status, run).toBe('True');
  for (const name of ['staging', 'main-branch']) await on.seen<Semaphore>('semaphores', name, isFree);
  // the rights that the chart gave it are enough
  expect(operator.complaints.filter((line) => line.includes('forbidden'))).toEqual([]);
});
