import type { Clock } from '../src/api/clock.ts';
import type { KubeObject, OwnerReference } from '../src/api/metadata.ts';
import { parseTime } from '../src/api/time.ts';
import type { Owner } from '../src/core/claim.ts';
import type { Moment } from '../src/core/moment.ts';
import type { KubeClient } from '../src/kube/client.ts';
import { isForbidden } from '../src/kube/errors.ts';
import { NO_RETRY } from '../src/kube/retry.ts';
import { workQueue } from '../src/kube/work-queue.ts';
import { type FinishedPods, finishedPods } from './finished-pods.ts';
import { ownerSights, type Placed } from './owner-sights.ts';
import { placeOf, type Sighting, sightingIn, stateOfAll, workloadOwners } from './workloads.ts';
import { type AnyObject, isAbsent } from './writer.ts';

export interface OwnersOptions {
  readonly client: KubeClient;
  readonly namespaces: readonly string[] | undefined;
  readonly clock: Clock;
  readonly random: () => number;
  readonly onError: (error: unknown) => void;
}

/**
 * Who owns the claims, and whether they still work. Whoever just made a claim ran then: its owner is not looked at for a
 * second, and never if the claim is gone by then. Watched narrowly: never every Pod of a cluster.
 */
export interface Owners {
  claimChanged(old: AnyObject | undefined, claim: AnyObject | undefined): void;
  stateOf(claim: KubeObject): Owner;
  /** When the owners of a claim were last known to be alive, if they are not any more. */
  aliveUntil(claim: KubeObject): Moment | undefined;
  /** Told of each claim of that kind whose owners' state may be another now. */
  onChange(kind: string, listener: (claim: KubeObject) => void): void;
  /** Owners that claims refer to. */
  readonly size: number;
  stop(): Promise<void>;
}

/** An owner, and the claims that refer to it. */
interface Tracked {
  readonly reference: OwnerReference;
  readonly namespace: string;
  readonly claims: Map<string, KubeObject>;
  /** `presumed`: held to be alive, until a first look fails. Nothing that it keeps ends in between. */
  state: 'presumed' | Exclude<Owner, 'none'>;
  aliveUntil: Moment | undefined;
}

/** How long the owner of a claim that was just made is not looked at: what it loses is noticed this much later. */
const LOOK_AFTER = 1_000;

/** A claim that is older was there before this operator: its owner may have finished since. Clocks differ a little. */
const YOUNG = 5_000;

/** Owners that are asked for by themselves at once, and how long until one that could not be read is asked for again. */
const AT_ONCE = 4;
const LONGEST = 300_000;
const BASE = 1_000;

const OVER: ReadonlySet<unknown> = new Set(['Denied', 'Expired', 'Lost']);

export function ownerWatch(options: OwnersOptions): Owners {
  const { client, clock, random, onError } = options;
  const owners = new Map<string, Tracked>();
  const listeners = new Map<string, ((claim: KubeObject) => void)[]>();
  let pods: FinishedPods | undefined;
  let arePodsInTrouble = false;
  let isOpen = true;

  const become = (uid: string, sighting: Sighting): void => {
    const owner = owners.get(uid);
    // what has finished stays finished; a server in trouble says nothing about who was seen
    if (!owner || owner.state === 'finished') return;
    if (sighting === 'untold' && owner.state !== 'presumed') return;
    const state = sighting === 'untold' ? 'unseen' : sighting;
    const before = owner.state;
    if (before === state) return;
    if (before === 'alive') owner.aliveUntil = { wall: clock.now(), elapsed: clock.monotonic() };
    owner.state = state;
    if (state === 'finished') sights.forget(owner);
    if (ruledAs(before) === ruledAs(state)) return;
    for (const claim of owner.claims.values()) for (const tell of listeners.get(claim.kind) ?? []) tell(claim);
  };

  const looks = workQueue({
    work: async (uid, signal) => {
      const owner = owners.get(uid);
      if (!owner || owner.state === 'finished') return;
      try {
        if (owner.reference.kind === 'Pod') await lookForPod(owner, signal);
        else await sights.look(owner, signal);
      } catch (error) {
        become(uid, 'untold');
        throw error;
      }
    },
    concurrency: AT_ONCE,
    clock,
    random,
    base: BASE,
    longest: LONGEST,
    onError: (_, error) => isForbidden(error) || onError(error),
  });

  const sights = ownerSights({ ...options, onSeen: become, onMissed: looks.add });

  /**
   * A Pod that is not among the finished is alive, if there is one. Whoever only waits is believed: a Pod that is
   * deleted takes its claims with it, and what was granted is looked at.
   */
  const lookForPod = async (owner: Tracked, signal: AbortSignal): Promise<void> => {
    const { reference, namespace, claims, state } = owner;
    const { uid, name } = reference;
    if (!pods) return;
    if (pods.has(uid)) return become(uid, 'finished');
    if (state === 'alive' || ![...claims.values()].some(isGranted)) return;
    // the list that is under way will bring it here again
    if (!pods.isSynced()) return arePodsInTrouble ? become(uid, 'untold') : undefined;
    try {
      const pod = await client.of(placeOf(reference), namespace).get(name, { signal, retry: NO_RETRY });
      become(uid, sightingIn(pod, uid));
    } catch (error) {
      if (!isAbsent(error, name)) throw error;
      become(uid, 'finished');
    }
  };

  const eachPod = (tell: (uid: string) => void): void => {
    for (const [uid, { reference }] of owners) if (reference.kind === 'Pod') tell(uid);
  };

  const podWatch = (): FinishedPods =>
    finishedPods({
      ...options,
      onFinished: (uid) => become(uid, 'finished'),
      onSynced: () => {
        arePodsInTrouble = false;
        eachPod(looks.add);
      },
      onError: (error) => {
        arePodsInTrouble = true;
        eachPod((uid) => become(uid, 'untold'));
        onError(error);
      },
    });

  /** Known without asking for it: from watches that are there anyway. */
  const stateAtFirst = (placed: Placed): Tracked['state'] => {
    // opened once for all, and then who finishes is known at once
    if (placed.reference.kind === 'Pod') pods ??= podWatch();
    if (pods?.has(placed.reference.uid)) return 'finished';
    const sighting = sights.sightingOf(placed);
    return sighting === 'alive' || sighting === 'finished' ? sighting : 'presumed';
  };

  const track = (old: KubeObject | undefined, claim: KubeObject, reference: OwnerReference): void => {
    const placed = { reference, namespace: claim.metadata.namespace ?? '' };
    const owner = owners.get(reference.uid) ?? {
      ...placed,
      claims: new Map(),
      state: stateAtFirst(placed),
      aliveUntil: undefined,
    };
    owners.set(reference.uid, owner);
    const isNew = !owner.claims.has(claim.metadata.uid);
    owner.claims.set(claim.metadata.uid, claim);
    const age = clock.now() - parseTime(claim.metadata.creationTimestamp);
    if (isNew && age > YOUNG) looks.add(reference.uid);
    else if (isNew || (isGranted(claim) && old && !isGranted(old))) looks.addAfter(reference.uid, LOOK_AFTER);
  };

  const untrack = (claim: KubeObject, { uid }: OwnerReference): void => {
    const owner = owners.get(uid);
    if (!owner?.claims.delete(claim.metadata.uid) || owner.claims.size > 0) return;
    owners.delete(uid);
    looks.forget(uid);
    sights.forget(owner);
  };

  const known = (claim: KubeObject): readonly (Tracked | undefined)[] =>
    workloadOwners(claim).map(({ uid }) => owners.get(uid));

  return {
    claimChanged(old, claim) {
      // a list that was under way may still come in: nobody would end what is begun then
      if (!isOpen) return;
      const now = claim && !OVER.has(claim.status?.['phase']) ? workloadOwners(claim) : [];
      if (claim) for (const reference of now) track(old, claim, reference);
      const still = new Set(now.map(({ uid }) => uid));
      const isSame = old?.metadata.uid === claim?.metadata.uid;
      for (const reference of old ? workloadOwners(old) : []) {
        if (old && !(isSame && still.has(reference.uid))) untrack(old, reference);
      }
    },
    stateOf: (claim) => stateOfAll(known(claim).map((owner) => (owner ? ruledAs(owner.state) : 'unseen'))),
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
      owners.clear();
      await looks.stop();
      await Promise.all([sights.stop(), pods?.stop()]);
    },
  };
}

/** What the rules are told. */
const ruledAs = (state: Tracked['state']): Exclude<Owner, 'none'> => (state === 'presumed' ? 'alive' : state);

const isGranted = ({ status }: AnyObject): boolean => status?.['phase'] === 'Granted';
