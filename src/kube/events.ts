import type { Clock } from '../api/clock.ts';
import type { KubeObject, NewObjectMeta } from '../api/metadata.ts';
import type { ResourceType } from './resource-type.ts';
import { NO_RETRY, type RetryPolicy } from './retry.ts';

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
  /** Which program tells, such as `sync.konductor.io/operator`. */
  readonly component: string;
  readonly identity: string;
  readonly onResult: (result: 'written' | 'suppressed' | 'failed') => void;
}

export interface News {
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly message: string;
}

/** News for people. They are few, and nothing waits for them. */
export interface Events {
  /** Tells it of an object. Of each subject only so much: a thousand grants of one semaphore are no thousand events. */
  tell(subject: string, about: KubeObject, news: News): void;
  stop(): void;
}

/** So many for one subject at once, then one in so many milliseconds. */
const BURST = 10;
const EVERY = 1_000;
/** So many writes are under way at once; more are dropped, since an event that comes late is of no use. */
const AT_ONCE = 8;
/** Buckets of subjects that have been quiet are dropped when there are this many. */
const REMEMBERED = 1_000;
/** Leaves room for what makes the name of an event unique. */
const LONGEST_NAME = 240;

export function events({ create, clock, random, component, identity, onResult }: EventsOptions): Events {
  const buckets = new Map<string, { readonly tokens: number; readonly at: number }>();
  let writing = 0;
  let open = true;

  const mayTell = (subject: string): boolean => {
    const at = clock.monotonic();
    const bucket = buckets.get(subject) ?? { tokens: BURST, at };
    const tokens = Math.min(BURST, bucket.tokens + (at - bucket.at) / EVERY);
    if (tokens < 1) return false;
    if (buckets.size >= REMEMBERED) {
      for (const [key, { at: last }] of buckets) if (at - last > BURST * EVERY) buckets.delete(key);
    }
    buckets.set(subject, { tokens: tokens - 1, at });
    return true;
  };

  return {
    tell(subject, about, news) {
      if (!open) return;
      if (writing >= AT_ONCE || !mayTell(subject)) return onResult('suppressed');
      const { namespace = '' } = about.metadata;
      const event = eventOf(about, news, { at: clock.now(), component, identity, suffix: suffixOf(random) });
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

interface Telling {
  readonly at: number;
  readonly component: string;
  readonly identity: string;
  readonly suffix: string;
}

function eventOf(
  { apiVersion, kind, metadata }: KubeObject,
  { type, reason, message }: News,
  { at, component, identity, suffix }: Telling,
): NewEvent {
  // an Event's times have a grain of one second
  const time = `${new Date(at).toISOString().slice(0, 19)}Z`;
  const { name, namespace = '', uid, resourceVersion } = metadata;
  return {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name: `${name.slice(0, LONGEST_NAME)}.${suffix}`, namespace },
    involvedObject: { apiVersion, kind, name, namespace, uid, resourceVersion },
    type,
    reason,
    message,
    count: 1,
    firstTimestamp: time,
    lastTimestamp: time,
    source: { component: 'konductor' },
    reportingComponent: component,
    reportingInstance: identity,
  };
}

const suffixOf = (random: () => number): string =>
  Math.floor(random() * 2 ** 48)
    .toString(16)
    .padStart(12, '0');
