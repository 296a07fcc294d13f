import { type Clock, wait } from '../src/api/clock.ts';
import type { KubeObject } from '../src/api/metadata.ts';
import type { ClaimFacts } from '../src/core/claim.ts';
import type { ClaimPatch, Decision } from '../src/core/decision.ts';
import type { SubjectReference } from '../src/core/gate-conditions.ts';
import type { Sight } from '../src/core/gate-subjects.ts';
import type { Moment } from '../src/core/moment.ts';
import { keyOf } from '../src/kube/cache.ts';
import { KubeError } from '../src/kube/errors.ts';
import { NO_RETRY } from '../src/kube/retry.ts';
import { type WorkQueue, type WorkQueueNumbers, type WorkTimes, workQueue } from '../src/kube/work-queue.ts';
import { aborted } from './aborted.ts';
import { carryOut, isPostponed } from './executor.ts';
import type { KindCache } from './kind-cache.ts';
import { looksBackIn, type Pace, settlesAt } from './pace.ts';
import type { Rules } from './rules.ts';
import type { Subjects } from './subjects.ts';
import { TrustedVersions } from './trusted-versions.ts';
import { type AnyObject, isAbsent, type ObjectApi, type Written, writer } from './writer.ts';

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

/** A server that asks to be left alone for longer is asked again after this. */
const LONGEST_PAUSE = 30_000;

export function controller(options: ControllerOptions): Controller {
  const { rules, resources, claims, clock, random, watcher, factsOf, sinceOf, subjects } = options;
  const on = rules.claims?.on;
  const paces = new Map<string, Pace>();
  const trust = new TrustedVersions();
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
    cache.apply(object);
    applying = undefined;
  };

  resources.cache.onChange((old, now) => {
    const object = now ?? old;
    if (old && old.metadata.uid !== now?.metadata.uid) trust.forget(old);
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
  });

  const work = async (key: string, soft: AbortSignal, hard: AbortSignal): Promise<void> => {
    const found = find(resources.cache, key) ?? (await confirmMissing(key, soft));
    const resource = found && (await trusted(key, found, soft));
    const now: Moment = { wall: clock.now(), elapsed: clock.monotonic() };
    const decision = decide(key, resource, now);
    if (!decision) return void paces.delete(key);
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
            // it came right after the version that was decided on: nobody else's swap lies between
            trust.add(object);
            applyOwn(resources.cache, decision)(object);
          },
        }),
        claims: writer({ ...told, ...writing, applyOwn: applyOwn(told.cache, decision) }),
        onTold: (patch) => watcher.onTold(key, claims?.cache.get(patch.claim.name, patch.claim.namespace), patch),
        onSwapped: (result) => watcher.onSwapped(result),
        signal: soft,
      },
      { settled },
    );
    if (decision.catchUp) await claims?.cache.refresh(soft);
    if (carriedOut === 'again' || decision.catchUp) queue?.add(key);
  };

  const decide = (key: string, resource: AnyObject | undefined, now: Moment): Decision<object> | undefined => {
    const known = claims?.cache.on(key) ?? [];
    const facts = (claim: KubeObject) => factsOf(resource, claim);
    if (!resource) return known.length > 0 ? rules.claims?.decideOrphans?.({ claims: known, facts, now }) : undefined;
    const completeUntil = claims?.cache.completeUntil ?? now.elapsed;
    const sightOf = (subject: SubjectReference): Sight => {
      const sight = subjects.sightOf(subject);
      const isForeign = sight.state === 'found' && !rules.subjects?.mayLookAt(resource, sight.object as KubeObject);
      return isForeign ? { state: 'forbidden' } : sight;
    };
    return rules.decide({ resource, claims: known, facts, since: sinceOf(resource), completeUntil, sightOf, now });
  };

  /** When to look again: planned before anything is carried out, so that a write that fails does not lose it. */
  const plan = (key: string, decision: Decision<object>, now: Moment): { readonly settled: boolean } => {
    const { stirred, postponed: since } = paces.get(key) ?? { stirred: now.elapsed };
    const settled = now.elapsed >= settlesAt({ stirred, postponed: since });
    const postponed = isPostponed(decision, settled) ? (since ?? now.elapsed) : undefined;
    paces.set(key, { stirred, postponed });
    if (postponed !== undefined) queue?.addAfter(key, settlesAt({ stirred, postponed }) - now.elapsed);
    if (decision.wakeAt !== undefined) queue?.addAfter(key, decision.wakeAt - now.elapsed);
    return { settled };
  };

  /**
   * The resource, once the claims are known at least as far as its last swap had seen them. Without this: operators A
   * and B see claims a and b wait for one permit; A swaps a in, tells it and, seeing it told, drops the intent; B, whose
   * claims are older, finds no intent and no hold, and swaps b in. Own swaps were decided on what is in the cache.
   */
  const trusted = async (key: string, found: AnyObject, signal: AbortSignal): Promise<AnyObject | undefined> => {
    for (let resource: AnyObject | undefined = found; resource; resource = find(resources.cache, key)) {
      const watermark = resource.status?.['watermark'];
      if (!claims || trust.has(resource)) return resource;
      if (typeof watermark !== 'string' || !claims.cache.isBehind(watermark)) {
        trust.add(resource);
        return resource;
      }
      await claims.cache.reach(watermark, signal);
    }
    return undefined;
  };

  /** Claims may be heard of before their resource: it is looked for before any of them is told that it is missing. */
  const confirmMissing = async (key: string, signal: AbortSignal): Promise<AnyObject | undefined> => {
    if (!rules.claims?.decideOrphans || claims?.cache.on(key).length === 0) return undefined;
    const { namespace, name } = placeIn(key);
    try {
      resources.cache.apply(await resources.api(namespace).get(name, { signal, retry: NO_RETRY }));
      return find(resources.cache, key);
    } catch (error) {
      if (isAbsent(error, name)) return undefined;
      throw error;
    }
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

const find = (cache: KindCache<AnyObject>, key: string): AnyObject | undefined => {
  const { namespace, name } = placeIn(key);
  return cache.get(name, namespace);
};

function placeIn(key: string): { readonly namespace: string; readonly name: string } {
  const [namespace = '', name = ''] = key.split('/');
  return { namespace, name };
}

/** As long as the server asked for, if it did. */
async function leaveAlone(error: unknown, clock: Clock, signal: AbortSignal): Promise<void> {
  const asked = error instanceof KubeError ? (error.retryAfterMs ?? 0) : 0;
  if (asked > 0) await wait(clock, Math.min(asked, LONGEST_PAUSE), signal).catch(() => {});
}
