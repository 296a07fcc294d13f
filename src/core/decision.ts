import type { ObjectMeta } from '../api/metadata.ts';

/** A change of one claim's status. It carries the claim's resourceVersion, so that it fails when the claim has moved on. */
export interface ClaimPatch {
  readonly claim: ObjectMeta;
  readonly status: Readonly<Record<string, unknown>>;
  /** What happened, in the word that conditions and events use. */
  readonly reason: string;
  readonly message: string;
}

/**
 * What must happen now, in the order in which it must: claims that lose something are told, then the resource is
 * swapped, then claims that got something are told. Whoever carries it out stops at the first refusal and decides again.
 */
export interface Decision<Status> {
  /** Claims that are told before the capacity is given back. */
  readonly revoke: readonly ClaimPatch[];
  /** The resource's next status, under its resourceVersion; undefined when it says so already. */
  readonly swap?: Swap<Status>;
  /** Claims that are told once the swap has landed. */
  readonly announce: readonly ClaimPatch[];
  /**
   * Finalizer to add before anything is granted, which ends the decision: decide again. Or to take away when everything
   * has drained, under the resource's resourceVersion.
   */
  readonly finalizer?: 'add' | 'remove';
  /** Claims whose end everybody has seen long enough: deleted, under their uid. */
  readonly collect: readonly ObjectMeta[];
  /** When to decide again if nothing happens before, on the monotonic clock. */
  readonly wakeAt?: number | undefined;
  /** Time is up, unless somebody was overlooked: list the claims consistently, then decide again. */
  readonly catchUp?: true;
}

export interface Swap<Status> {
  readonly status: Status;
  /**
   * False when only counters differ: nobody waits for it, and the next swap will carry it. An urgent one is written even
   * when it changes nothing, and nothing is announced before it has landed: its resourceVersion is the fence.
   */
  readonly urgent: boolean;
}
