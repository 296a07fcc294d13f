import { setTimeout as pause } from 'node:timers/promises';
import { describe, it } from 'vitest';
import { sharedCluster } from '../cluster/connect.ts';
import { startOperatorProcess } from '../support/operator-process.ts';
import { expectNoBugs, trial } from './trial.ts';

const cluster = sharedCluster();
const UNDER_LOAD = 12_000;

describe('two operators that both act', () => {
  it('grant no more than one would', { timeout: 120_000 }, async () => {
    const namespace = await cluster.namespace('both');
    const options = { kubeconfig: await cluster.kubeconfig(), namespace };
    const operators = await Promise.all([startOperatorProcess(options), startOperatorProcess(options)]);
    await trial({ cluster, namespace, name: 'two active operators, no election', seed: 3, stall: 0 }, () =>
      pause(UNDER_LOAD),
    );
    for (const operator of operators) {
      expectNoBugs(operator);
      await operator.kill('SIGTERM');
    }
  });
});
