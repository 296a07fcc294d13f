import type { Clock, Timer } from '../src/api/clock.ts';
import type { OwnerReference } from '../src/api/metadata.ts';
import type { KubeClient } from '../src/kube/client.ts';
import { NO_RETRY } from '../src/kube/retry.ts';
import { watchByName } from './watch-by-name.ts';
import { type WorkloadWatch, workloadWatch } from './workload-watch.ts';
import { placeOf, type Sighting, sightingIn } from './workloads.ts';

export interface OwnerSightsOptions {
  readonly client: KubeClient;
  readonly clock: Clock;
  readonly random: () => number;
  readonly onError: (error: unknown) => void;
  /** Also said of workloads that nobody asked for. */
  readonly onSeen: (uid: string, sighting: Sighting) => void;
  /** One that is asked for is not where all are: it must be looked for by itself. */
  readonly onMissed: (uid: string) => void;
}

/**
 * Whether owners that are no Pods still work. A few are watched by their names; of more in a namespace, all of their
 * kind are watched there: one list and one watch, however many own claims.
 */
export interface OwnerSights {
  /** What is known without asking. */
  sightingOf(owner: Placed): Sighting | undefined;
  /** Looks, and goes on looking until it is forgotten. */
  look(owner: Placed, signal: AbortSignal): Promise<void>;
  forget(owner: Placed): void;
  stop(): Promise<void>;
}

/** An owner, and where it is. */
export interface Placed {
  readonly reference: OwnerReference;
  readonly namespace: string;
}

/** The owners of one kind in one namespace. */
interface Kin {
  readonly asked: Set<string>;
  readonly named: Map<string, () => Promise<void>>;
  all: WorkloadWatch | undefined;
  lingers: Timer | undefined;
}

/** So many are watched by their names. */
const HANDFUL = 5;

/** How long all are watched on when nobody asks for one: the next step of a pipeline is about to. */
const LINGER = 60_000;

export function ownerSights(options: OwnerSightsOptions): OwnerSights {
  const { client, clock, onError, onSeen, onMissed } = options;
  const kins = new Map<string, Kin>();
  const ending = new Set<Promise<void>>();

  const end = (ended: Promise<void> | undefined): void => {
    if (!ended) return;
    ending.add(ended);
    void ended.finally(() => ending.delete(ended));
  };

  const dropNamed = (kin: Kin, uid: string): void => {
    end(kin.named.get(uid)?.());
    kin.named.delete(uid);
  };

  const watchOne = ({ reference, namespace }: Placed): (() => Promise<void>) => {
    const { uid, name } = reference;
    return watchByName({
      ...options,
      type: placeOf(reference),
      namespace,
      name,
      onSeen: (sight) => onSeen(uid, sightingIn(sight, uid)),
      onError: (error) => {
        onSeen(uid, 'untold');
        onError(error);
      },
    });
  };

  const watchAll = (kin: Kin, { reference, namespace }: Placed): WorkloadWatch =>
    workloadWatch({
      ...options,
      type: placeOf(reference),
      namespace,
      onListed: () => {
        for (const uid of [...kin.named.keys()]) dropNamed(kin, uid);
        for (const uid of kin.asked) if (!kin.all?.sightingOf(uid)) onMissed(uid);
      },
      onBlind: (why) => {
        for (const uid of kin.asked) if (!kin.named.has(uid)) onSeen(uid, why);
      },
    });

  const lookForOne = async ({ reference, namespace }: Placed, signal: AbortSignal): Promise<void> => {
    const { uid, name } = reference;
    const { items } = await client
      .of(placeOf(reference), namespace)
      .list({ fieldSelector: `metadata.name=${name}`, limit: 1, signal, retry: NO_RETRY });
    onSeen(uid, sightingIn(items[0] ?? 'missing', uid));
  };

  return {
    sightingOf: (owner) => kins.get(kinOf(owner))?.all?.sightingOf(owner.reference.uid),
    async look(owner, signal) {
      const { uid } = owner.reference;
      const kin = kins.get(kinOf(owner)) ?? { asked: new Set(), named: new Map(), all: undefined, lingers: undefined };
      kins.set(kinOf(owner), kin);
      kin.lingers?.cancel();
      kin.asked.add(uid);
      if (kin.all) {
        const sighting = kin.all.sightingOf(uid);
        if (sighting) return onSeen(uid, sighting);
        // one that is under way will tell
        return kin.all.isListed() ? lookForOne(owner, signal) : undefined;
      }
      if (kin.named.has(uid)) return;
      kin.named.set(uid, watchOne(owner));
      if (kin.named.size > HANDFUL) kin.all = watchAll(kin, owner);
    },
    forget(owner) {
      const key = kinOf(owner);
      const kin = kins.get(key);
      if (!kin?.asked.delete(owner.reference.uid)) return;
      dropNamed(kin, owner.reference.uid);
      if (kin.asked.size > 0) return;
      const leave = () => {
        kins.delete(key);
        end(kin.all?.stop());
      };
      if (kin.all) kin.lingers = clock.after(LINGER, leave);
      else leave();
    },
    async stop() {
      for (const { named, all, lingers } of kins.values()) {
        lingers?.cancel();
        for (const stop of named.values()) end(stop());
        end(all?.stop());
      }
      kins.clear();
      await Promise.all(ending);
    },
  };
}

const kinOf = ({ reference: { apiVersion, kind }, namespace }: Placed): string =>
  [apiVersion, kind, namespace].join(' ');
