import type { Clock } from '../src/api/clock.ts';
import type { KubeClient } from '../src/kube/client.ts';
import { isForbidden, isNotFound } from '../src/kube/errors.ts';
import type { ListOptions, RawWatchOptions, Resource } from '../src/kube/resource.ts';
import type { ResourceType } from '../src/kube/resource-type.ts';
import { NO_RETRY } from '../src/kube/retry.ts';
import { type Change, keepWatching } from '../src/kube/watch.ts';
import { isFinished, outlineOf, type Sighting, type Workload } from './workloads.ts';

export interface WorkloadWatchOptions {
  readonly client: KubeClient;
  readonly type: ResourceType<Workload>;
  readonly namespace: string;
  readonly clock: Clock;
  readonly random: () => number;
  readonly onError: (error: unknown) => void;
  /** Said of every object there is, whoever asks. */
  readonly onSeen: (uid: string, sighting: Sighting) => void;
  /** All that there are have been said. */
  readonly onListed: () => void;
  /** Nothing can be told of any of them: they may not be read, or the server is in trouble. */
  readonly onBlind: (why: 'unseen' | 'untold') => void;
}

/** All objects of one kind in a namespace, of which nothing is kept but whether they have finished. */
export interface WorkloadWatch {
  /** Whether who is not known is not there, or so new that the watch has not told of it. */
  isListed(): boolean;
  sightingOf(uid: string): Sighting | undefined;
  stop(): Promise<void>;
}

/** Workflows can be large: a page of them is all that is ever in memory. */
const PAGE = 100;

/** As rarely as for a single object: somebody may still install the kind. */
const TIMING = { base: 1_000, most: 60_000 };

export function workloadWatch(options: WorkloadWatchOptions): WorkloadWatch {
  const { client, type, namespace, clock, random, onError, onSeen, onListed, onBlind } = options;
  const end = new AbortController();
  const known = new Map<string, Sighting>();
  let isListed = false;
  let blindness: 'unseen' | 'untold' | undefined;

  const see = (workload: Workload): void => {
    const { uid } = workload.metadata;
    const sighting = isFinished(workload) ? 'finished' : 'alive';
    known.set(uid, sighting);
    onSeen(uid, sighting);
  };
  const lose = (uid: string): void => {
    known.delete(uid);
    onSeen(uid, 'finished');
  };

  const take = (change: Change<Workload>): void => {
    switch (change.type) {
      case 'added':
      case 'modified':
        see(change.object);
        break;
      case 'deleted':
        lose(change.object.metadata.uid);
        break;
      case 'replaced': {
        const listed = new Set(change.objects.map(({ metadata }) => metadata.uid));
        for (const uid of known.keys()) if (!listed.has(uid)) lose(uid);
        change.objects.forEach(see);
        isListed = true;
        blindness = undefined;
        onListed();
      }
    }
    const wasUnseen = blindness === 'unseen';
    blindness = undefined;
    if (!wasUnseen) return;
    // the watch goes on from where it was: what was known is as good as it was
    for (const [uid, sighting] of known) onSeen(uid, sighting);
    onListed();
  };

  const fail = (error: unknown): void => {
    const isClosed = isNotFound(error) || isForbidden(error);
    blindness = isClosed ? 'unseen' : 'untold';
    onBlind(blindness);
    if (!isClosed) onError(error);
  };

  const resource = client.of(type, namespace);
  const watching = keepWatching<Workload>({
    resource: {
      listAll: (how: ListOptions) => outlines(resource, how),
      watch: (how: RawWatchOptions) => resource.watch(how),
    } as never,
    clock,
    random,
    signal: end.signal,
    timing: TIMING,
    onChange: take,
    onError: fail,
  });

  return {
    isListed: () => isListed,
    sightingOf(uid) {
      // nobody says how old it is
      if (blindness === 'unseen') return blindness;
      return known.get(uid) ?? (isListed ? undefined : blindness);
    },
    stop() {
      end.abort(new Error('nobody looks at them any more'));
      return watching;
    },
  };
}

async function outlines(resource: Resource<Workload>, how: ListOptions) {
  const items: Workload[] = [];
  let resourceVersion = '';
  for await (const page of resource.pages({ ...how, retry: NO_RETRY, limit: PAGE })) {
    for (const workload of page.items) items.push(outlineOf(workload));
    resourceVersion = page.resourceVersion;
  }
  return { items, resourceVersion };
}
