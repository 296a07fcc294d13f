import type { ClusterAccess } from '../cluster/access.ts';
import { seededRandom } from '../support/seeded-random.ts';
import { permitFeed } from './permit-feed.ts';
import { API, type Habit, oneClaim } from './worker.ts';

/** Many who take and let go, each in its own way, until told to stop. */
export interface Load {
  /** Claims made so far. */
  claims(): number;
  /** Makes no more claims, and is kept once each of those made has come to its end. */
  stop(): Promise<void>;
}

/** The semaphores they queue for: one for a single holder, one for a few, one with weights. */
const SEMAPHORES = [
  { name: 'one', permits: 1, heaviest: 1 },
  { name: 'few', permits: 4, heaviest: 1 },
  { name: 'many', permits: 20, heaviest: 4 },
] as const;

const HABITS: readonly Habit[] = [...Array<Habit>(16).fill('works'), 'renews', 'dies', 'tries'];
const WORKERS = 18;
/** A claim that is not answered by then is lost. */
const PATIENCE = 60_000;

export async function startLoad(cluster: ClusterAccess, namespace: string, seed: number): Promise<Load> {
  for (const { name, permits } of SEMAPHORES) {
    const semaphore = { apiVersion: API, kind: 'Semaphore', metadata: { name }, spec: { permits } };
    const { status } = await cluster.request('POST', `/apis/${API}/namespaces/${namespace}/semaphores`, semaphore);
    if (status !== 201) throw new Error(`the semaphore ${name} was refused: ${status}`);
  }
  const feed = permitFeed(cluster, namespace);
  const random = seededRandom(seed);
  const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)] as T;
  const patience = new AbortController();
  let going = true;
  let claims = 0;

  const lane = async (index: number): Promise<void> => {
    const { name: semaphore, heaviest } = SEMAPHORES[index % SEMAPHORES.length] ?? SEMAPHORES[0];
    while (going) {
      const name = `claim-${claims++}`;
      const weight = 1 + Math.floor(random() * heaviest);
      // a single permit that the slow ones sit on would stop everybody else
      const habit = semaphore === 'one' ? pick(['works', 'works', 'works', 'tries'] as const) : pick(HABITS);
      await oneClaim(
        { cluster, namespace, feed, random, patience: patience.signal },
        { name, semaphore, weight, habit },
      );
    }
  };
  const lanes = Promise.all(Array.from({ length: WORKERS }, (_, index) => lane(index)));
  lanes.catch(() => {}); // whoever stops the load is told

  return {
    claims: () => claims,
    async stop() {
      going = false;
      const timer = setTimeout(() => patience.abort(new Error(`it took ${PATIENCE} ms`)), PATIENCE);
      await lanes.finally(() => clearTimeout(timer));
      await feed.stop();
    },
  };
}
