import type { Decision } from '../src/core/decision.ts';
import type { AnyObject } from './writer.ts';

/** So many grants within this time are a stream: its next grants share a swap. */
export const STREAM = { grants: 6, within: 100 } as const;

/** Nobody's grant waits longer than this for others to share its swap: from when its claim was first seen. */
export const LONGEST_GATHER = 60;

/** A grant as a resource records it. */
export interface Intent {
  readonly uid: string;
  readonly token: number;
  readonly claim: string;
  readonly namespace: string;
}

/** What is known of a resource when it is asked whether its next swap may wait. */
export interface Stream {
  readonly resource: AnyObject;
  readonly decision: Decision<object>;
  /** When each of the latest grants was swapped: monotonic. */
  readonly recent: readonly number[];
  /** Whether there is still such a claim. */
  readonly exists: (intent: Intent) => boolean;
  /** When it was first seen: monotonic. */
  readonly firstSeen: (intent: Intent) => number;
  readonly now: number;
}

/**
 * Until when the decision may wait for others to share its swap; undefined when it may not. One client that takes and
 * gives back as fast as it can is no stream: whom the last swap granted is gone by then. And who has been in the queue
 * has waited enough: what is passed on is passed on at once.
 */
export function gathersUntil({ resource, decision, recent, exists, firstSeen, now }: Stream): number | undefined {
  const granted = grantsOf(resource, decision);
  if (granted.length === 0 || decision.revoke.length > 0) return undefined;
  if (recent.filter((time) => now - time < STREAM.within).length < STREAM.grants) return undefined;
  if (!intentsOf(resource.status).some(exists)) return undefined;
  // a hold that ends meanwhile is not told late for it
  const until = Math.min(...granted.map(firstSeen)) + LONGEST_GATHER;
  const next = decision.wakeAt ?? Number.POSITIVE_INFINITY;
  return Math.min(until, next) > now ? Math.min(until, next) : undefined;
}

/** The grants that a decision's swap adds to those that are recorded. */
export function grantsOf({ status }: AnyObject, { swap }: Decision<object>): readonly Intent[] {
  const before = new Set(intentsOf(status).map(({ uid, token }) => `${uid} ${token}`));
  return intentsOf(swap?.status).filter(({ uid, token }) => !before.has(`${uid} ${token}`));
}

const intentsOf = (status: object | undefined): readonly Intent[] =>
  (status as { readonly intents?: readonly Intent[] } | undefined)?.intents ?? [];

/** When the latest grants of each resource were swapped. */
export class RecentGrants {
  readonly #times = new Map<string, readonly number[]>();

  of(key: string): readonly number[] {
    return this.#times.get(key) ?? [];
  }

  note(key: string, grants: number, now: number): void {
    if (grants === 0) return;
    const times = [...this.of(key), ...Array.from({ length: Math.min(grants, STREAM.grants) }, () => now)];
    this.#times.set(key, times.slice(-STREAM.grants));
  }

  forget(key: string): void {
    this.#times.delete(key);
  }
}
