import type { Clock, Timer } from '../../src/api/clock.ts';
import { needsOf, type Step } from '../step.ts';
import { claimKey, type Places, resourceKey, type Sights } from './sights.ts';

/** Who waits for what: so that news of a claim or a resource wakes those that it concerns, and no others. */
export interface Waiters {
  /** It waits, until it is forgotten or waits for something else. */
  wait(key: string, step: Step): void;
  forget(key: string): void;
  /** Of all who wait. */
  steps(): Iterable<Step>;
  /** The place in the line of whoever has that claim; undefined when it is in none. A second old at most. */
  placeOf(step: Step, claim: string): number | undefined;
  /** Wakes no more. */
  stop(): void;
}

/** Numbers move all the time under load: all who wait hear of it together, this rarely. */
const ROUND = 5_000;
const LINE_FOR = 1_000;
const NEW_LINE_AFTER = 100;

export function waiters(sights: Sights, clock: Clock, wake: (key: string) => void): Waiters {
  const waits = new Map<
    string,
    { readonly step: Step; readonly claim: string | undefined; readonly resource: string }
  >();
  const byClaim = new Map<string, string>();
  const byResource = new Map<string, Set<string>>();
  const rounds = new Map<string, Timer>();
  const lines = new Map<string, { readonly at: number; readonly places: Places }>();

  const wakeAll = (resource: string): void => {
    for (const key of byResource.get(resource) ?? []) wake(key);
  };
  sights.onClaim((claim) => {
    const key = byClaim.get(claim);
    if (key !== undefined) wake(key);
  });
  sights.onResource((resource, change) => {
    if (!byResource.has(resource)) return;
    if (change === 'turned') return wakeAll(resource);
    if (rounds.has(resource)) return;
    const round = clock.after(ROUND, () => {
      rounds.delete(resource);
      lines.delete(resource); // nobody may be told of a place from before the round, and then of none
      wakeAll(resource);
    });
    rounds.set(resource, round);
  });

  const forget = (key: string): void => {
    const wait = waits.get(key);
    if (!wait) return;
    waits.delete(key);
    if (wait.claim !== undefined && byClaim.get(wait.claim) === key) byClaim.delete(wait.claim);
    const others = byResource.get(wait.resource);
    others?.delete(key);
    if (others?.size !== 0) return;
    byResource.delete(wait.resource);
    lines.delete(wait.resource);
    rounds.get(wait.resource)?.cancel();
    rounds.delete(wait.resource);
  };

  return {
    wait(key, step) {
      const { claim: needed } = needsOf(step);
      const claim = needed && claimKey(needed.kind.kind, needed.name, needed.namespace);
      const resource = resourceKey(step.resource);
      const known = waits.get(key);
      if (known?.claim === claim && known?.resource === resource) return;
      forget(key);
      waits.set(key, { step, claim, resource });
      if (claim !== undefined) byClaim.set(claim, key);
      const others = byResource.get(resource) ?? new Set();
      byResource.set(resource, others.add(key));
    },
    forget,
    steps: () => [...waits.values()].map(({ step }) => step),
    placeOf({ resource }, claim) {
      const key = resourceKey(resource);
      const now = clock.monotonic();
      const known = lines.get(key);
      const age = known ? now - known.at : Number.POSITIVE_INFINITY;
      // who has just come is not in it yet
      if (known && age < (known.places.has(claim) ? LINE_FOR : NEW_LINE_AFTER)) return known.places.get(claim);
      const places = sights.placesIn(resource);
      lines.set(key, { at: now, places });
      return places.get(claim);
    },
    stop() {
      for (const round of rounds.values()) round.cancel();
      rounds.clear();
    },
  };
}
