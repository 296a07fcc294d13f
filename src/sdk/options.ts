import type { Clock } from '../api/clock.ts';
import type { Kind, NewObjectOf } from '../api/kind.ts';
import type { OwnerReference } from '../api/metadata.ts';
import type { KubeClient } from '../kube/client.ts';
import type { ConnectOptions } from '../kube/connection.ts';

/** Go's way (`"5m"`, `"1h30m"`), or a number of seconds. */
export type Duration = string | number;

/** Nothing at all works where kubectl works, and in a pod. */
export interface ClientOptions extends ConnectOptions {
  /** Who holds, for people to read. Not set: `KONDUCTOR_HOLDER`, `POD_NAME`, the pod's name in a pod, the host's name. */
  readonly holder?: string;
  /** What the claims go with. Not set: in a pod, the Pod. */
  readonly owner?: OwnerReference | null;
  /** An API client that is there already: then nothing is connected. */
  readonly kube?: KubeClient;
  readonly clock?: Clock;
  readonly random?: () => number;
}

/** Where a resource is; not set: in the client's namespace. */
export interface Place {
  readonly namespace?: string | undefined;
}

export interface WaitOptions extends Place {
  /** How long to wait; not set: as long as it takes. */
  readonly timeout?: Duration | undefined;
  /** Ends the wait. */
  readonly signal?: AbortSignal | undefined;
  /** News while it waits. */
  readonly onWaiting?: ((progress: WaitingProgress) => void) | undefined;
}

export interface HoldOptions extends WaitOptions {
  /** How long the hold lives without a renewal. Not set: as the resource says. */
  readonly ttl?: Duration | undefined;
  readonly holder?: string | undefined;
  /** Higher goes first, and may take a lease from a lower one. */
  readonly priority?: number | undefined;
  /** Asking again with the same one adopts the same claim, with its place. Not set: each call is a request of its own. */
  readonly requestId?: string | undefined;
  /** What the claim goes with; null: nothing. */
  readonly owner?: OwnerReference | null | undefined;
  /** `Owner`: the operator keeps the hold while its owner lives, and nothing is renewed here. */
  readonly renewal?: 'Client' | 'Owner' | undefined;
  /** The hold outlives this program: it ends by its `ttl`, with its owner, or by a release by name. */
  readonly detached?: true | undefined;
  /** Somebody of higher priority asks for the lease: let go soon, or it is taken when the grace is over. */
  readonly onRevocation?: ((request: RevocationRequest) => void) | undefined;
}

export interface SemaphoreOptions extends HoldOptions {
  /** How many permits this claim takes, all or none; 1 when not set. */
  readonly weight?: number | undefined;
  /** The limit the semaphore is created with when it does not exist; it never changes one that does. */
  readonly permits?: number | undefined;
}

export type LeaseOptions = HoldOptions;

export interface WaitingProgress {
  /** Place in the queue, the next one being 1; not set while it is not known. */
  readonly position?: number | undefined;
  /** How many wait; not set while it is not known. */
  readonly waiting?: number | undefined;
  /** Why, for people. */
  readonly message: string;
  /** Since when. */
  readonly since: Date;
}

export interface RevocationRequest {
  /** Who asks, and until when the hold is left alone. */
  readonly message: string;
  readonly since: Date;
}

/** Which claims: that one, or every one of that holder. Not set: those of the client's holder. */
export interface ClaimSelection extends Place {
  readonly claim?: string | undefined;
  readonly holder?: string | undefined;
}

export interface ArriveOptions extends Place {
  /** The same holder counts once. */
  readonly holder?: string | undefined;
  /** Of a cyclic barrier; not set: the one that is waiting. */
  readonly generation?: number | undefined;
}

/** What to wait for at a barrier. */
export interface BarrierWaitOptions extends WaitOptions {
  /** Of a cyclic barrier; not set: the current one. */
  readonly generation?: number | undefined;
}

export interface ListOptions extends Place {
  readonly allNamespaces?: true | undefined;
  readonly labelSelector?: string | undefined;
}

export interface CreateOptions extends Place {
  readonly labels?: Readonly<Record<string, string>> | undefined;
}

/** A spec as a program writes it: durations may be seconds. */
export type SpecOf<K extends Kind> = WithDurations<NewObjectOf<K>['spec']>;

/** Null takes a field away. */
export type SpecPatchOf<K extends Kind> = {
  readonly [Field in keyof SpecOf<K>]?: SpecOf<K>[Field] | null;
};

type WithDurations<Spec> = {
  readonly [Field in keyof Spec]: Field extends DurationField
    ? Duration | Extract<Spec[Field], undefined>
    : Spec[Field];
};

export const DURATION_FIELDS = ['ttl', 'maxTTL', 'timeout', 'gracePeriod'] as const;
type DurationField = (typeof DURATION_FIELDS)[number];
