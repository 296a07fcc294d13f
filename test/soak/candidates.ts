import { wait } from '../../src/api/clock.ts';
import { CoordinationLease } from '../../src/kube/coordination-lease.ts';
import { type Election, runElection } from '../../src/kube/election.ts';
import { type Ground, NAMESPACE } from './ground.ts';

/** Milliseconds; short, so that many terms fit in. */
const TIMING = { leaseDuration: 2_000, renewDeadline: 1_500, retryPeriod: 200 };

/** Candidates for one place who resign, or are stopped, and come back; never may two believe to be in it. */
export async function candidates(ground: Ground, count: number): Promise<void> {
  const running = new Map<string, Election>();
  await Promise.all(Array.from({ length: count }, (_, index) => candidate(ground, running, `candidate-${index}`)));
}

async function candidate(ground: Ground, running: Map<string, Election>, who: string): Promise<void> {
  const { chance, clock, signal, problems, count } = ground;
  const { client, close } = await ground.connect(who);
  for (let life = 0; !signal.aborted; life++) {
    const identity = `${who}-${life}`;
    const election = runElection({
      leases: client.of(CoordinationLease, NAMESPACE),
      name: 'soak',
      identity,
      onStarted(term) {
        count('terms');
        for (const [other, { isLeader }] of running) {
          if (other !== identity && isLeader()) problems.push(`${identity} became leader while ${other} was`);
        }
        return wait(clock, chance.between(200, 4_000), term).catch(() => {});
      },
      onError: () => count('trouble of elections'),
      clock,
      random: chance.random,
      timing: TIMING,
    });
    running.set(identity, election);
    await wait(clock, chance.between(1_000, 6_000), signal).catch(() => {});
    await election.stop();
    running.delete(identity);
  }
  await close();
}
