import { setTimeout as pause } from 'node:timers/promises';
import type { Permit } from '../../src/api/permit.ts';
import type { ClusterAccess } from '../cluster/access.ts';
import type { PermitFeed } from './permit-feed.ts';

/** How a claim's life goes, if nothing happens to it. */
export type Habit =
  /** Takes, works a little, lets go. */
  | 'works'
  /** Works for longer than its time to live, and renews. */
  | 'renews'
  /** Takes and is never heard of again. */
  | 'dies'
  /** Waits a moment only. */
  | 'tries';

export interface Worker {
  readonly cluster: ClusterAccess;
  readonly namespace: string;
  readonly feed: PermitFeed;
  readonly random: () => number;
  /** Ends whatever still waits for an answer. */
  readonly patience: AbortSignal;
}

export const API = 'sync.konductor.io/v1';

/** One claim from its creation to its end. Rejects when it gets no answer. */
export async function oneClaim(worker: Worker, { name, semaphore, weight, habit }: Claim): Promise<void> {
  const { cluster, namespace, feed, random, patience } = worker;
  const path = `/apis/${API}/namespaces/${namespace}/permits`;
  const { ttl, timeout } = TERMS[habit];
  const permit = {
    apiVersion: API,
    kind: 'Permit',
    metadata: { name },
    spec: { semaphore, holder: name, weight, ttl, ...(timeout && { timeout }) },
  };
  const send = (method: string, at: string, body: unknown) => insist(cluster, { method, path: at, body }, patience);

  await send('POST', path, permit);
  const told = await feed.when(name, isAnswered, patience);
  if (phaseOf(told) === 'Granted') {
    if (habit === 'works') await pause(random() * 60);
    if (habit === 'dies') await feed.when(name, isOver, patience);
    if (habit === 'renews') {
      for (let round = 0; round < 5; round++) {
        await pause(500);
        // the time is taken before it is sent: so a holder counts
        await send('PATCH', `${path}/${name}`, { spec: { renewTime: new Date().toISOString() } });
      }
    }
  }
  await send('DELETE', `${path}/${name}`, { preconditions: { uid: told.metadata.uid } });
}

export interface Claim {
  readonly name: string;
  readonly semaphore: string;
  readonly weight: number;
  readonly habit: Habit;
}

const TERMS: Readonly<Record<Habit, { readonly ttl: string; readonly timeout?: string }>> = {
  works: { ttl: '3s' },
  renews: { ttl: '2s' },
  dies: { ttl: '1s' },
  tries: { ttl: '3s', timeout: '300ms' },
};

const phaseOf = ({ status }: Permit): string => status?.phase ?? 'Pending';
const isAnswered = (permit: Permit): boolean => phaseOf(permit) !== 'Pending';
const isOver = (permit: Permit): boolean => !['Pending', 'Granted'].includes(phaseOf(permit));

interface Call {
  readonly method: string;
  readonly path: string;
  readonly body: unknown;
}

const AGAIN = 100;
/** It is there already, or gone already: an earlier try did it, and only its answer was lost. */
const DONE_BEFORE = [404, 409];

/** Sends until a server has answered that it is so: outages are waited out. */
async function insist({ request }: ClusterAccess, { method, path, body }: Call, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const status = await request(method, path, body).then(
      (answer) => answer.status,
      () => 0,
    );
    if ((status >= 200 && status < 300) || DONE_BEFORE.includes(status)) return;
    if (status >= 400 && status < 500 && status !== 429) throw new Error(`${method} ${path} was answered ${status}`);
    await pause(AGAIN);
  }
  signal.throwIfAborted();
}
