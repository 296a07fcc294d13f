import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, it } from 'vitest';
import { sharedCluster } from '../cluster/connect.ts';
import { faultProxy } from '../support/fault-proxy.ts';
import { startOperatorProcess } from '../support/operator-process.ts';

import { expectNoBugs, trial } from './trial.ts';

const cluster = sharedCluster();
const CUT = 30_000;

/** The administrator's kubeconfig, by way of a proxy. */
async function kubeconfigBy(proxy: string, namespace: string): Promise<string> {
  const path = join(cluster.dir, `kubeconfig-${namespace}.json`);
  const direct = await readFile(await cluster.kubeconfig(), 'utf8');
  await writeFile(path, direct.replace(cluster.url, proxy));
  return path;
}

/** Its writes go through, and it hears of nothing: the most dangerous of all operators. */
describe('an operator whose watches say nothing for 30 s and then break', () => {
  it('grants nothing wrong beside one that sees', { timeout: 120_000 }, async () => {
    const namespace = await cluster.namespace('cut');
    await using proxy = await faultProxy(cluster);
    const deaf = await startOperatorProcess({ kubeconfig: await kubeconfigBy(proxy.url, namespace), namespace });
    const hearing = await startOperatorProcess({ kubeconfig: await cluster.kubeconfig(), namespace });
    const name = 'watches of one of two active operators silent for 30 s, then reset';
    await trial({ cluster, namespace, name, seed: 6, stall: 5_000 }, async ({ fault }) => {
      await pause(2_000);
      fault();
      proxy.freezeWatches();
      await pause(CUT);
      fault();
      proxy.resetWatches();
      await pause(3_000);
    });
    for (const operator of [deaf, hearing]) {
      expectNoBugs(operator);
      await operator.kill('SIGTERM');
    }
  });
});

describe('an operator alone whose watches say nothing for a while and then break', () => {
  it('takes nothing away that was renewed meanwhile, and goes on', { timeout: 120_000 }, async () => {
    const namespace = await cluster.namespace('deaf');
    await using proxy = await faultProxy(cluster);
    const deaf = await startOperatorProcess({ kubeconfig: await kubeconfigBy(proxy.url, namespace), namespace });
    const name = 'watches of the only operator silent for 5 s, then reset';
    await trial({ cluster, namespace, name, seed: 7, stall: 10_000 }, async ({ fault }) => {
      await pause(2_000);
      proxy.freezeWatches();
      await pause(5_000);
      fault();
      proxy.resetWatches();
      await pause(2_000);
    });
    expectNoBugs(deaf);
    await deaf.kill('SIGTERM');
  });
});
