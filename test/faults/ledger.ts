import type { KubeObject } from '../../src/api/metadata.ts';
import type { Permit } from '../../src/api/permit.ts';
import type { Semaphore } from '../../src/api/semaphore.ts';
import { endedEarly, heldBy, isOpen, moveOf } from './promised.ts';

/** One write as the database has it. `object` undefined: it was deleted. */
export interface Write {
  readonly revision: number;
  /** Plural, namespace and name. */
  readonly key: string;
  readonly object: KubeObject | undefined;
}

/** What a history of writes came to, and every promise that it broke, as a sentence. */
export interface Ledger {
  readonly broken: readonly string[];
  /** When each grant was made, on the clock of whoever made it; oldest first. */
  readonly grants: readonly number[];
  readonly swaps: number;
  readonly expired: number;
  readonly denied: number;
  /** Most that was held at once, of each semaphore. */
  readonly most: ReadonlyMap<string, number>;
  /** Permits that nobody has answered or let go of by the end. */
  readonly open: readonly string[];
}

/** Reads the history from its first write to its last, and holds every state that there was to the promises. */
export function ledgerOf(history: readonly Write[]): Ledger {
  const semaphores = new Map<string, Semaphore>();
  const permits = new Map<string, Permit>();
  const highest = new Map<string, number>();
  const granted = new Map<string, Grant>();
  const most = new Map<string, number>();
  const broken: string[] = [];
  const count = { swaps: 0, Expired: 0, Denied: 0 };

  const swapped = (name: string, semaphore: Semaphore, before: Semaphore | undefined): void => {
    if (semaphore.metadata.generation === before?.metadata.generation && before) count.swaps++;
    for (const { uid, token, acquiredAt } of semaphore.status?.intents ?? []) {
      const known = granted.get(uid);
      if (known?.token === token) continue;
      if (known) broken.push(`${uid} was granted twice: tokens ${known.token} and ${token}`);
      const last = highest.get(name) ?? 0;
      if (token <= last) broken.push(`token ${token} of ${name} came after ${last}`);
      highest.set(name, Math.max(last, token));
      granted.set(uid, { token, at: Date.parse(acquiredAt) });
    }
  };

  const told = (permit: Permit, before: Permit | undefined): void => {
    const { name, uid } = permit.metadata;
    const move = moveOf(before, permit);
    if (!move) return;
    const { from, to } = move;
    if (to === 'Expired' || to === 'Denied') count[to]++;
    if (move.isBackwards) broken.push(`${name} went from ${from} to ${to}`);
    const grant = granted.get(uid);
    if (to === 'Granted' && grant?.token !== permit.status?.token) broken.push(`${name} was told a token of no swap`);
    if (to === 'Denied' && grant) broken.push(`${name} was denied what it held`);
    if (to === 'Denied' && permit.spec.timeout === undefined) broken.push(`${name} was denied though it has time`);
    const early = to === 'Expired' ? endedEarly(permit, grant?.at) : undefined;
    if (early !== undefined) broken.push(`the hold of ${name} ended ${early} ms early`);
  };

  let holders: ReadonlySet<string> = new Set();
  for (const { key, object, revision } of history) {
    const [plural, , name = ''] = key.split('/');
    if (plural === 'semaphores') {
      if (object) swapped(name, object as Semaphore, semaphores.get(key));
      put(semaphores, key, object as Semaphore | undefined);
    } else if (plural === 'permits') {
      if (object) told(object as Permit, permits.get(key));
      put(permits, key, object as Permit | undefined);
    } else continue;

    const now = new Set<string>();
    for (const [at, semaphore] of semaphores) {
      const { weight, uids } = heldBy(semaphore, [...permits.values()]);
      most.set(at, Math.max(most.get(at) ?? 0, weight));
      if (weight > semaphore.spec.permits) broken.push(`${weight} of ${semaphore.spec.permits} at ${revision}`);
      for (const uid of uids) now.add(uid);
    }
    for (const permit of permits.values()) {
      const { uid } = permit.metadata;
      if (holders.has(uid) && !now.has(uid) && isOpen(permit)) broken.push(`the hold of ${uid} was forgotten`);
    }
    holders = now;
  }

  return {
    broken,
    grants: [...granted.values()].map(({ at }) => at).toSorted((a, b) => a - b),
    swaps: count.swaps,
    expired: count.Expired,
    denied: count.Denied,
    most,
    open: [...permits.values()].filter(isOpen).map(({ metadata }) => metadata.name),
  };
}

interface Grant {
  readonly token: number;
  readonly at: number;
}

function put<T>(objects: Map<string, T>, key: string, object: T | undefined): void {
  if (object) objects.set(key, object);
  else objects.delete(key);
}
