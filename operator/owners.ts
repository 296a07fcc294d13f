import type { Clock } from '../src/api/clock.ts';
import type { KubeObject, OwnerReference } from '../src/api/metadata.ts';
import type { Owner } from '../src/core/claim.ts';
import type { Moment } from '../src/core/moment.ts';
import type { KubeClient } from '../src/kube/client.ts';
import { isForbidden } from '../src/kube/errors.ts';
import { NO_RETRY } from '../src/kube/retry.ts';
import { workQueue } from '../src/kube/work-queue.ts';
import { type FinishedPods, finishedPods } from './finished-pods.ts';
import { type Sight, watchByName } from './watch-by-name.ts';
import { isFinished, placeOf, stateOfAll, type Workload, workloadOwners } from './workloads.ts';
import { type AnyObject, isAbsent } from './writer.ts';

export interface OwnersOptions {
  readonly client: KubeClient;
  readonly namespaces: readonly string[] | undefined;
  readonly clock: Clock;
  readonly random: () => number;
  readonly onError: (error: unknown) => void;
}

/** Who owns the claims, and whether they still work. Watched narrowly: never every Pod of a cluster. */
export interface Owners {
  claimChanged(old: AnyObject | undefined, claim: AnyObject | undefined): void;
  stateOf(claim: KubeObject): Owner;
  /** When the owners of a claim were last known to be alive, if they are not any more. */
  aliveUntil(claim: KubeObject): Moment | undefined;
  /** Told of each claim of that kind whose owners' state may be another now. */
  onChange(kind: string, listener: (claim: KubeObject) => void): void;
  /** Owners that are watched. */
  readonly size: number;
  stop(): Promise<void>;
}

/** An owner, and the claims that refer to it. */
interface Tracked {
  readonly reference: OwnerReference;
  readonly namespace: string;
  readonly claims: Map<string, KubeObject>;
  state: Exclude<Owner, 'none'>;
  aliveUntil: Moment | undefined;
  end: (() => Promise<void>) | undefined;
}

/** Pods that are asked for at once, and how long until one that could not be read is asked for again. */
const AT_ONCE = 4;
const LONGEST = 300_000;
const BASE = 1_000;

const OVER: ReadonlySet<unknown> = new Set(['Denied', 'Expired', 'Lost']);

export function ownerWatch(options: OwnersOptions): Owners {
  const { client, clock, random, onError } = options;
  const owners = new Map<string, Tracked>();
  const listeners = new Map<string, ((claim: KubeObject) => void)[]>();
  const ending = new Set<Promise<void>>();
  let pods: FinishedPods | undefined;
  let isOpen = true;

  const become = (uid: string, state: Tracked['state']): void => {
    const owner = owners.get(uid);
    // what has finished stays finished
    if (!owner || owner.state === state || owner.state === 'finished') return;
    if (owner.state === 'alive') owner.aliveUntil = { wall: clock.now(), elapsed: clock.monotonic() };
    owner.state = state;
    for (const claim of owner.claims.values()) for (const tell of listeners.get(claim.kind) ?? []) tell(claim);
  };

  /** A Pod that is not among the finished is alive, if there is one. */
  const checks = workQueue({
    work: async (uid, signal) => {
      const owner = owners.get(uid);
      if (owner?.state !== 'unseen' || !pods?.isSynced()) return;
      try {
        const pod = await client
          .of(placeOf(owner.reference), owner.namespace)
          .get(owner.reference.name, { signal, retry: NO_RETRY });
        become(uid, stateIn(pod, uid));
      } catch (error) {
        if (!isAbsent(error, owner.reference.name)) throw error;
        become(uid, 'finished');
      }
    },
    concurrency: AT_ONCE,
    clock,
    random,
    base: BASE,
    longest: LONGEST,
    onError: (_, error) => isForbidden(error) || onError(error),
  });

  const podWatch = (): FinishedPods =>
    finishedPods({
      ...options,
      onFinished: (uid) => become(uid, 'finished'),
      onSynced: () => {
        for (const [uid, { reference }] of owners) if (reference.kind === 'Pod') checks.add(uid);
      },
    });

  const watchOwner = (owner: Tracked): void => {
    const { reference, namespace } = owner;
    const { uid, name } = reference;
    if (reference.kind === 'Pod') {
      pods ??= podWatch();
      if (pods.has(uid)) owner.state = 'finished';
      else checks.add(uid);
      return;
    }
    const onSeen = (sight: Sight<Workload>): void => become(uid, stateIn(sight, uid));
    owner.end = watchByName({ client, type: placeOf(reference), namespace, name, clock, random, onError, onSeen });
  };

  const track = (claim: KubeObject, reference: OwnerReference): void => {
    let owner = owners.get(reference.uid);
    if (!owner) {
      const namespace = claim.metadata.namespace ?? '';
      owner = { reference, namespace, claims: new Map(), state: 'unseen', aliveUntil: undefined, end: undefined };
      owners.set(reference.uid, owner);
      watchOwner(owner);
    }
    owner.claims.set(claim.metadata.uid, claim);
  };

  const untrack = (claim: KubeObject, { uid }: OwnerReference): void => {
    const owner = owners.get(uid);
    if (!owner?.claims.delete(claim.metadata.uid) || owner.claims.size > 0) return;
    owners.delete(uid);
    checks.forget(uid);
    const ended = owner.end?.();
    if (!ended) return;
    ending.add(ended);
    void ended.finally(() => ending.delete(ended));
  };

  const known = (claim: KubeObject): readonly (Tracked | undefined)[] =>
    workloadOwners(claim).map(({ uid }) => owners.get(uid));

  return {
    claimChanged(old, claim) {
      // a list that was under way may still come in: nobody would end what is begun then
      if (!isOpen) return;
      const now = claim && !OVER.has(claim.status?.['phase']) ? workloadOwners(claim) : [];
      if (claim) for (const reference of now) track(claim, reference);
      const still = new Set(now.map(({ uid }) => uid));
      const isSame = old?.metadata.uid === claim?.metadata.uid;
      for (const reference of old ? workloadOwners(old) : []) {
        if (old && !(isSame && still.has(reference.uid))) untrack(old, reference);
      }
    },
    stateOf: (claim) => stateOfAll(known(claim).map((owner) => owner?.state ?? 'unseen')),
    aliveUntil(claim) {
      let last: Moment | undefined;
      for (const owner of known(claim)) {
        const until = owner?.aliveUntil;
        if (until && until.elapsed > (last?.elapsed ?? Number.NEGATIVE_INFINITY)) last = until;
      }
      return last;
    },
    onChange(kind, listener) {
      listeners.set(kind, [...(listeners.get(kind) ?? []), listener]);
    },
    get size() {
      return owners.size;
    },
    async stop() {
      isOpen = false;
      const ends = [...owners.values()].map(({ end }) => end?.());
      owners.clear();
      await Promise.all([...ends, ...ending, pods?.stop(), checks.stop()]);
    },
  };
}

function stateIn(sight: Sight<Workload>, uid: string): Tracked['state'] {
  if (sight === 'unserved' || sight === 'unreadable') return 'unseen';
  // another of the same name: the owner is gone, and the garbage collector is about to say so
  if (sight === 'missing' || sight.metadata.uid !== uid) return 'finished';
  return isFinished(sight) ? 'finished' : 'alive';
}
