import { setTimeout as pause } from 'node:timers/promises';
import { describe, it } from 'vitest';
import { sharedCluster } from '../cluster/connect.ts';
import { startOperatorProcess } from '../support/operator-process.ts';
import { expectNoBugs, trial } from './trial.ts';

const cluster = sharedCluster();
const FREEZES = 3;

describe('a leader that is frozen past its lease', () => {
  it('does no harm when it wakes up beside its successor', { timeout: 120_000 }, async () => {
    const namespace = await cluster.namespace('frozen');
    const options = { kubeconfig: await cluster.kubeconfig(), namespace, election: 'frozen' };
    let leader = await startOperatorProcess(options);
    await leader.acting;
    const name = `SIGSTOP of a leader past its lease, then SIGCONT, ${FREEZES} times`;
    await trial({ cluster, namespace, name, seed: 4, stall: 10_000 }, async ({ fault }) => {
      for (let freeze = 0; freeze < FREEZES; freeze++) {
        const standby = await startOperatorProcess(options);
        await pause(1_000);
        fault();
        leader.freeze();
        await standby.acting;
        await pause(500); // it wakes in the middle of the other's work
        leader.goOn();
        await pause(1_500);
        expectNoBugs(leader);
        await leader.kill('SIGKILL');
        leader = standby;
      }
    });
    expectNoBugs(leader);
    await leader.kill('SIGTERM');
  });
});
