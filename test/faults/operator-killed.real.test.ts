import { setTimeout as pause } from 'node:timers/promises';
import { describe, it } from 'vitest';
import { sharedCluster } from '../cluster/connect.ts';
import { startOperatorProcess } from '../support/operator-process.ts';
import { seededRandom } from '../support/seeded-random.ts';
import { expectNoBugs, trial } from './trial.ts';

const cluster = sharedCluster();
const KILLS = 20;
const FAILOVERS = 3;

describe('an operator that is killed under load', () => {
  it(`loses, forgets and over-grants nothing in ${KILLS} deaths`, { timeout: 180_000 }, async () => {
    const namespace = await cluster.namespace('killed');
    const options = { kubeconfig: await cluster.kubeconfig(), namespace };
    const random = seededRandom(1);
    let operator = await startOperatorProcess(options);
    await trial({ cluster, namespace, name: `kill -9, ${KILLS} times`, seed: 1, stall: 10_000 }, async ({ fault }) => {
      for (let kill = 0; kill < KILLS; kill++) {
        await pause(100 + random() * 900); // at any moment of its work
        fault();
        await operator.kill('SIGKILL');
        operator = await startOperatorProcess(options);
      }
    });
    expectNoBugs(operator);
    await operator.kill('SIGTERM');
  });

  it('is followed by the one that stands by', { timeout: 120_000 }, async () => {
    const namespace = await cluster.namespace('followed');
    const options = { kubeconfig: await cluster.kubeconfig(), namespace, election: 'followed' };
    let leader = await startOperatorProcess(options);
    await leader.acting;
    let standby = await startOperatorProcess(options);
    const name = `kill -9 of a leader with another standing by, ${FAILOVERS} times`;
    await trial({ cluster, namespace, name, seed: 2, stall: 10_000 }, async ({ fault }) => {
      for (let kill = 0; kill < FAILOVERS; kill++) {
        await pause(1_500);
        fault();
        await leader.kill('SIGKILL');
        await standby.acting;
        leader = standby;
        standby = await startOperatorProcess(options);
      }
    });
    for (const operator of [leader, standby]) {
      expectNoBugs(operator);
      await operator.kill('SIGTERM');
    }
  });
});
