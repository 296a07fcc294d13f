import { type Clock, wait } from '../src/api/clock.ts';
import type { KubeObject } from '../src/api/metadata.ts';
import type { ClaimFacts } from '../src/core/claim.ts';
import type { ClaimPatch, Decision } from '../src/core/decision.ts';
import type { SubjectReference } from '../src/core/gate-conditions.ts';
import type { Sight } from '../src/core/gate-subjects.ts';
import type { Moment } from '../src/core/moment.ts';
import type { GoneBy } from '../src/core/watermark.ts';
import { aborted } from '../src/kube/aborted.ts';
import { keyOf } from '../src/kube/cache.ts';
import { KubeError } from '../src/kube/errors.ts';
import type { KindCache } from '../src/kube/kind-cache.ts';
import { type WorkQueue, type WorkQueueNumbers, type WorkTimes, workQueue } from '../src/kube/work-queue.ts';
import { carryOut, isPostponed } from './executor.ts';
import { freshness } from './freshness.ts';
import { gathersUntil, grantsOf, type Intent, RecentGrants } from './grouping.ts';
import { looksBackIn, type Pace, settlesAt } from './pace.ts';
import type { Rules } from './rules.ts';
import type { Subjects } from './subjects.ts';
import { unwritableClaims } from './unwritable.ts';
import { type AnyObject, type ObjectApi, type Written, writer } from './writer.ts';

export interface ControllerOptions {
  readonly rules: Rules;
  readonly resources: Source;
  readonly claims: Source | undefined;
  readonly factsOf: (resource: AnyObject | undefined, claim: KubeObject) => ClaimFacts;
  readonly subjects: Pick<Subjects, 'look' | 'sightOf' | 'onChange'>;
  readonly sinceOf: (resource: AnyObject) => Moment;
  readonly clock: Clock;
  readonly random: () => number;
  readonly watcher: ControllerWatcher;
}

/** Objects of one kind: as they are known, and where they are written. */
export interface Source {
  readonly cache: KindCache<AnyObject>;
  readonly api: (namespace: string) => ObjectApi;
}

/** Told what a controller does: for metrics, events and logs. */
export interface ControllerWatcher {
  onDecided(key: string, decision: Decision<object>, milliseconds: number): void;
  onTold(key: string, claim: AnyObject | undefined, patch: ClaimPatch): void;
  onSwapped(result: Written | 'failed'): void;
  onDone(times: WorkTimes): void;
  onError(key: string, error: unknown): void;
}

/** Decides for every resource of one kind, whenever something happened to it. */
export interface Controller {
  /** Something happened to what this resource depends on. */
  wake(key: string): void;
  /** Acts until `soft` aborts, then ends what it has begun; `hard` cuts that off too. */
  act(soft: AbortSignal, hard: AbortSignal): Promise<void>;
  numbers(): WorkQueueNumbers | undefined;
}

/** Resources decided on at once. */
const AT_ONCE = 64;

/** A rule that asks to be asked at once is asked after so many milliseconds: it must not spin. */
const SOONEST = 10;

/** A server that asks to be left alone for longer is asked again after this. */
const LONGEST_PAUSE = 30_000;

export function controller(options: ControllerOptions): Controller {
  const { rules, resources, claims, clock, random, watcher, factsOf, sinceOf, subjects } = options;
  const on = rules.claims?.on;
  const paces = new Map<string, Pace>();
  const grants = new RecentGrants();
  const unwritable = unwritableClaims(clock);
  const fresh = freshness({ resources, claims, looksForMissing: rules.claims?.decideOrphans !== undefined });
  let queue: WorkQueue | undefined;
  let applying: Decision<object> | undefined;

  const wake = (key: string): void => {
    if (!queue) return;
    paces.set(key, { ...paces.get(key), stirred: clock.monotonic() });
    if (applying) queue.addAfter(key, looksBackIn(applying));
    else queue.add(key);
  };

  /** The listeners of a cache are called before `apply` returns: they know an own write from news. */
  const applyOwn = (cache: KindCache<AnyObject>, decision: Decision<object>) => (object: AnyObject) => {
    applying = decision;
    try {
      cache.apply(object);
    } finally {
      applying = undefined;
    }
  };

  resources.cache.onChange((old, now) => {
    const object = now ?? old;
    if (old && old.metadata.uid !== now?.metadata.uid) fresh.forget(old);
    if (!object) return;
    const key = keyOf(object);
    if (rules.subjects) subjects.look(key, now ? rules.subjects.of(now) : []);
    wake(key);
  });
  if (rules.subjects) subjects.onChange(wake);
  claims?.cache.onChange((old, now) => {
    const before = old && on?.(old);
    const after = now && on?.(now);
    if (after !== undefined) wake(after);
    if (before !== undefined && before !== after) wake(before);
    if (old && old.metadata.uid !== now?.metadata.uid) unwritable.forget(old.metadata.uid);
  });

  const work = async (key: string, soft: AbortSignal, hard: AbortSignal): Promise<void> => {
    const { resource, claims: known } = await fresh.find(key, soft);
    const now: Moment = { wall: clock.now(), elapsed: clock.monotonic() };
    const decision = decide(resource, known, now);
    if (!decision) return forget(key);
    const gathers = resource && gathersUntil({ ...streamOf(key, resource), decision, now: now.elapsed });
    if (gathers !== undefined) {
      // whoever comes until then is in the same swap, and is not decided on before
      await wait(clock, gathers - now.elapsed, soft);
      return queue?.add(key);
    }
    watcher.onDecided(key, decision, clock.monotonic() - now.elapsed);

    const { settled } = plan(key, decision, now);
    const told = claims ?? resources;
    const writing = { clock, soft, hard };
    const carriedOut = await carryOut(
      resource,
      decision,
      {
        resources: writer({
          ...resources,
          ...writing,
          applyOwn: (object) => {
            fresh.trust(object);
            applyOwn(resources.cache, decision)(object);
          },
        }),
        claims: unwritable.noting(writer({ ...told, ...writing, applyOwn: applyOwn(told.cache, decision) })),
        onTold: (patch) => watcher.onTold(key, claims?.cache.get(patch.claim.name, patch.claim.namespace), patch),
        onSwapped: (result) => {
          watcher.onSwapped(result);
          if (result === 'written' && resource)
            grants.note(key, grantsOf(resource, decision).length, clock.monotonic());
        },
        signal: soft,
      },
      { settled },
    );
    if (decision.catchUp) await claims?.cache.refresh(soft);
    if (carriedOut === 'again' || decision.catchUp) queue?.add(key);
    // at once, and only now: after a failure the queue says when
    else if (decision.wakeAt !== undefined && !isLater(decision.wakeAt, now)) queue?.addAfter(key, SOONEST);
  };

  const forget = (key: string): void => {
    paces.delete(key);
    grants.forget(key);
  };

  const streamOf = (key: string, resource: AnyObject) => {
    const claimIn = ({ claim, namespace }: Intent) => claims?.cache.get(claim, namespace);
    const firstSeen = (intent: Intent): number => {
      const claim = claimIn(intent);
      return claim ? factsOf(resource, claim).seen.first.elapsed : Number.NEGATIVE_INFINITY;
    };
    const exists = (intent: Intent) => claimIn(intent)?.metadata.uid === intent.uid;
    return { resource, recent: grants.of(key), exists, firstSeen };
  };

  const decide = (
    resource: AnyObject | undefined,
    known: readonly AnyObject[],
    now: Moment,
  ): Decision<object> | undefined => {
    const facts = (claim: KubeObject): ClaimFacts => ({
      ...factsOf(resource, claim),
      unwritableUntil: unwritable.until(claim.metadata.uid),
    });
    if (!resource) return known.length > 0 ? rules.claims?.decideOrphans?.({ claims: known, facts, now }) : undefined;
    const completeUntil = claims?.cache.completeUntil ?? now.elapsed;
    const sightOf = (subject: SubjectReference): Sight => {
      const sight = subjects.sightOf(subject);
      const isForeign = sight.state === 'found' && !rules.subjects?.mayLookAt(resource, sight.object as KubeObject);
      return isForeign ? { state: 'forbidden' } : sight;
    };
    const goneBy: GoneBy = ({ uid, namespace }) => claims?.cache.goneBy(uid, namespace);
    return rules.decide({
      resource,
      claims: known,
      facts,
      goneBy,
      since: sinceOf(resource),
      completeUntil,
      sightOf,
      now,
    });
  };

  /** When to look again: planned before anything is carried out, so that a write that fails does not lose it. */
  const plan = (key: string, decision: Decision<object>, now: Moment): { readonly settled: boolean } => {
    const { stirred, postponed: since } = paces.get(key) ?? { stirred: now.elapsed };
    const settled = now.elapsed >= settlesAt({ stirred, postponed: since });
    const postponed = isPostponed(decision, settled) ? (since ?? now.elapsed) : undefined;
    paces.set(key, { stirred, postponed });
    if (postponed !== undefined) queue?.addAfter(key, settlesAt({ stirred, postponed }) - now.elapsed);
    if (isLater(decision.wakeAt, now)) queue?.addAfter(key, decision.wakeAt - now.elapsed);
    return { settled };
  };

  return {
    wake,
    async act(soft, hard) {
      const acting = workQueue({
        work: async (key) => {
          try {
            await work(key, soft, hard);
          } catch (error) {
            await leaveAlone(error, clock, soft);
            throw error;
          }
        },
        concurrency: AT_ONCE,
        clock,
        random,
        onError: (key, error) => soft.aborted || watcher.onError(key, error),
        onDone: (_, times) => watcher.onDone(times),
      });
      queue = acting;
      for (const resource of resources.cache.all()) wake(keyOf(resource));
      for (const claim of claims?.cache.all() ?? []) if (on) wake(on(claim));
      await aborted(soft);
      queue = undefined;
      await acting.stop();
      paces.clear();
    },
    numbers: () => queue?.numbers(),
  };
}

const isLater = (time: number | undefined, now: Moment): time is number => time !== undefined && time > now.elapsed;

/** As long as the server asked for, if it did. */
async function leaveAlone(error: unknown, clock: Clock, signal: AbortSignal): Promise<void> {
  const asked = error instanceof KubeError ? (error.retryAfterMs ?? 0) : 0;
  if (asked > 0) await wait(clock, Math.min(asked, LONGEST_PAUSE), signal).catch(() => {});
}
