import type { Clock } from '../src/api/clock.ts';
import type { KubeObject, NewObjectMeta } from '../src/api/metadata.ts';
import type { ClaimPatch } from '../src/core/decision.ts';
import type { ResourceType } from '../src/kube/resource-type.ts';
import { NO_RETRY, type RetryPolicy } from '../src/kube/retry.ts';

/** What people see in `kubectl describe`: news about an object, kept for an hour. */
export interface NewEvent {
  readonly apiVersion: 'v1';
  readonly kind: 'Event';
  readonly metadata: NewObjectMeta;
  readonly involvedObject: Readonly<Record<string, string>>;
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly message: string;
  readonly count: number;
  readonly firstTimestamp: string;
  readonly lastTimestamp: string;
  readonly source: { readonly component: string };
  readonly reportingComponent: string;
  readonly reportingInstance: string;
}

export const Event: ResourceType<KubeObject, NewEvent> = {
  group: '',
  version: 'v1',
  kind: 'Event',
  plural: 'events',
  namespaced: true,
};

export interface EventsOptions {
  readonly create: (namespace: string, event: NewEvent, how: { readonly retry: RetryPolicy }) => Promise<unknown>;
  readonly clock: Clock;
  readonly random: () => number;
  readonly identity: string;
  readonly onResult: (result: 'written' | 'suppressed' | 'failed') => void;
}

/** News for people. They are few, and nothing waits for them. */
export interface Events {
  /** Says of a claim what it was told; of each resource only so much. */
  tell(resource: string, claim: KubeObject, patch: ClaimPatch): void;
  stop(): void;
}

/** So many for one resource at once, then one in so many milliseconds: a thousand grants are no thousand events. */
const BURST = 10;
const EVERY = 1_000;
/** So many writes are under way at once; more are dropped, since an event that comes late is of no use. */
const AT_ONCE = 8;
/** Buckets of resources that have been quiet are dropped when there are this many. */
const REMEMBERED = 1_000;

/** Said so often, or so plainly on the claim, that an event would add nothing. */
const UNSAID: ReadonlySet<string> = new Set(['Renewed', 'Waiting']);
/** Leaves room for what makes the name of an event unique. */
const LONGEST_NAME = 240;

const NORMAL: ReadonlySet<string> = new Set(['Granted', 'Recorded', 'Open']);

export function events({ create, clock, random, identity, onResult }: EventsOptions): Events {
  const buckets = new Map<string, { readonly tokens: number; readonly at: number }>();
  let writing = 0;
  let open = true;

  const mayTell = (resource: string): boolean => {
    const at = clock.monotonic();
    const bucket = buckets.get(resource) ?? { tokens: BURST, at };
    const tokens = Math.min(BURST, bucket.tokens + (at - bucket.at) / EVERY);
    if (tokens < 1) return false;
    if (buckets.size >= REMEMBERED) {
      for (const [key, { at: last }] of buckets) if (at - last > BURST * EVERY) buckets.delete(key);
    }
    buckets.set(resource, { tokens: tokens - 1, at });
    return true;
  };

  return {
    tell(resource, claim, { reason, message }) {
      if (!open || UNSAID.has(reason)) return;
      if (writing >= AT_ONCE || !mayTell(resource)) return onResult('suppressed');
      const { namespace = '' } = claim.metadata;
      const event = eventOf(claim, { reason, message, at: clock.now(), identity, suffix: suffixOf(random) });
      writing++;
      create(namespace, event, { retry: NO_RETRY })
        .then(
          () => onResult('written'),
          () => onResult('failed'),
        )
        .finally(() => {
          writing--;
        });
    },
    stop() {
      open = false;
      buckets.clear();
    },
  };
}

interface News {
  readonly reason: string;
  readonly message: string;
  readonly at: number;
  readonly identity: string;
  readonly suffix: string;
}

function eventOf(
  { apiVersion, kind, metadata }: KubeObject,
  { reason, message, at, identity, suffix }: News,
): NewEvent {
  // an Event's times have a grain of one second
  const time = `${new Date(at).toISOString().slice(0, 19)}Z`;
  const { name, namespace = '', uid, resourceVersion } = metadata;
  return {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name: `${name.slice(0, LONGEST_NAME)}.${suffix}`, namespace },
    involvedObject: { apiVersion, kind, name, namespace, uid, resourceVersion },
    type: NORMAL.has(reason) ? 'Normal' : 'Warning',
    reason,
    message,
    count: 1,
    firstTimestamp: time,
    lastTimestamp: time,
    source: { component: 'konductor' },
    reportingComponent: 'sync.konductor.io/operator',
    reportingInstance: identity,
  };
}

const suffixOf = (random: () => number): string =>
  Math.floor(random() * 2 ** 48)
    .toString(16)
    .padStart(12, '0');
