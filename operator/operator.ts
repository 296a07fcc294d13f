import type { Registry } from 'prom-client';
import { type Clock, systemClock, wait } from '../src/api/clock.ts';
import { API_VERSION } from '../src/api/group.ts';
import type { Kind } from '../src/api/kind.ts';
import type { KubeObject } from '../src/api/metadata.ts';
import { aborted } from '../src/kube/aborted.ts';
import { kubeClient } from '../src/kube/client.ts';
import { CoordinationLease } from '../src/kube/coordination-lease.ts';
import { countedTransport } from '../src/kube/counted-transport.ts';
import type { Door } from '../src/kube/door.ts';
import { type ElectionTiming, runElection } from '../src/kube/election.ts';
import { isAborted } from '../src/kube/errors.ts';
import { Event } from '../src/kube/events.ts';
import type { Log } from '../src/kube/log.ts';
import type { Transport } from '../src/kube/transport.ts';
import { type Controller, controller, type Source } from './controller.ts';
import { ALL_RULES } from './controllers/all.ts';
import { claimEvents } from './events.ts';
import { factsAbout } from './facts.ts';
import { exportGauges } from './gauges.ts';
import { operatorMetrics } from './metrics.ts';
import { ownerWatch } from './owners.ts';
import { holdsObserver, watcherOf } from './reporting.ts';
import { type SeenClaim, type SeenResource, seenClaims } from './seen.ts';
import { cachesIn, sourcesOf } from './sources.ts';
import { subjectWatch } from './subjects.ts';

/** Everything from outside, so that a simulation can run several in one process, without sockets or real time. */
export interface OperatorOptions {
  readonly transport: Transport;
  readonly log: Log;
  /** Different for every life of every operator. */
  readonly identity: string;
  /** Which of several acts; undefined: this one, whatever others do. That is safe, and a waste. */
  readonly election: ElectionPlace | undefined;
  /** Watches only these; undefined: all. */
  readonly namespaces?: readonly string[] | undefined;
  readonly clock?: Clock;
  readonly random?: () => number;
  /** Where metrics go; its own when not given. */
  readonly registry?: Registry;
  /** What works beside the controllers while this operator acts. */
  readonly doors?: readonly Door[];
}

export interface ElectionPlace {
  readonly namespace: string;
  readonly name: string;
  readonly timing?: ElectionTiming;
}

export interface Operator {
  /** Kept once everything there is has been listed. */
  readonly synced: Promise<void>;
  readonly registry: Registry;
  isSynced(): boolean;
  /** Whether this one decides now. */
  isActing(): boolean;
  /** Ends what it has begun, lets go of the leadership and of every watch and timer. */
  stop(): Promise<void>;
}

/** How long writes that are under way may take when it is stopped. */
const GRACE = 5_000;

export function startOperator(options: OperatorOptions): Operator {
  const { log, identity, election, namespaces, clock = systemClock, random = Math.random, doors = [] } = options;
  const metrics = operatorMetrics(options.registry);
  const transport = countedTransport(options.transport, metrics.registry, clock);
  const client = kubeClient(transport, {
    clock,
    random,
    userAgent: `konductor-operator/${identity}`,
    fieldManager: 'konductor',
  });
  const watching = new AbortController();
  const cutting = new AbortController();
  const stopping = new AbortController();
  let acting = false;
  let synced = false;

  const onError = (area: string) => (error: unknown) => {
    if (isAborted(error) || watching.signal.aborted) return;
    metrics.errors.inc({ area });
    log.warn({ area, error }, 'will be tried again after an error');
  };
  const now = () => ({ wall: clock.now(), elapsed: clock.monotonic() });
  const seen = seenClaims(now);
  const sources = sourcesOf({ client, namespaces, doors, clock, random, onError: onError('watch') });
  const sourceFor = ({ kind }: Kind): Source => sources.get(kind) as Source;

  const news = claimEvents({
    create: (namespace, event, how) => client.of(Event, namespace).create(event, how),
    clock,
    random,
    identity,
    onResult: (result) => metrics.events.inc({ result }),
  });
  const owners = ownerWatch({ client, clock, random, namespaces, onError: onError('owners') });
  const subjects = subjectWatch({
    client,
    cacheOf: ({ apiVersion, kind, namespace }) =>
      apiVersion === API_VERSION && (!namespaces || namespaces.includes(namespace))
        ? sources.get(kind)?.cache
        : undefined,
    clock,
    random,
    onError: onError('subjects'),
  });
  const factsOf = factsAbout(seen, owners);
  const sinceOf = (resource: KubeObject) => seen.since(resource);

  const controllers = ALL_RULES.map((rules): Controller => {
    const resources = sourceFor(rules.kind);
    const claims = rules.claims && sourceFor(rules.claims.kind);
    // first of all, so that whoever decides on a change has seen it
    resources.cache.onChange((old, object) => seen.resourceChanged(old as SeenResource, object as SeenResource));
    const observeHold = holdsObserver({ kind: rules.kind.kind, metrics, seen, clock });
    claims?.cache.onChange((old, object) => {
      if (acting) observeHold(old, object);
      seen.claimChanged(old as SeenClaim | undefined, object as SeenClaim | undefined);
      owners.claimChanged(old, object);
    });
    const kind = rules.kind.kind;
    const watcher = watcherOf({ kind, metrics, events: news, log, seen, clock });
    const one = controller({ rules, resources, claims, factsOf, sinceOf, subjects, clock, random, watcher });
    if (rules.claims) owners.onChange(rules.claims.kind.kind, (claim) => one.wake(rules.claims?.on(claim) ?? ''));
    return one;
  });

  const cacheOf = cachesIn(sources);
  const context = { client, log, clock, random, registry: metrics.registry, identity, namespaces, cacheOf };

  const act = async (signal: AbortSignal): Promise<void> => {
    await everythingSynced;
    if (signal.aborted) return;
    acting = true;
    log.info({}, 'acting');
    try {
      await Promise.all([
        ...controllers.map((one) => one.act(signal, cutting.signal)),
        ...doors.map((door) => door(context, signal)),
      ]);
    } finally {
      acting = false;
      log.info({}, 'no longer acting');
    }
  };

  // lists and watches of claims first: a resource's watermark then says what is missing
  const watches = [...sources.values()].map(({ cache }) => cache.watch(watching.signal));
  const everythingSynced = Promise.race([
    Promise.all([...sources.values()].map(({ cache }) => cache.synced)).then(() => {
      synced = true;
    }),
    aborted(stopping.signal),
  ]);
  exportGauges({ metrics, controllers, sources, rules: ALL_RULES, isActing: () => acting, clock });

  const place = election && {
    leases: client.of(CoordinationLease, election.namespace),
    name: election.name,
    ...(election.timing && { timing: election.timing }),
  };
  const elected =
    place && runElection({ ...place, identity, clock, random, onStarted: act, onError: onError('election') });
  const alone = elected ? undefined : act(stopping.signal);

  return {
    synced: everythingSynced,
    registry: metrics.registry,
    isSynced: () => synced,
    isActing: () => acting,
    async stop() {
      stopping.abort(new Error('the operator was stopped'));
      const grace = new AbortController();
      wait(clock, GRACE, grace.signal).then(
        () => cutting.abort(new Error('the operator was stopped and could wait no longer')),
        () => {},
      );
      await Promise.all([elected?.stop(), alone]);
      grace.abort();
      news.stop();
      watching.abort(new Error('the operator was stopped'));
      await Promise.all([...watches, owners.stop(), subjects.stop()]);
      log.info({}, 'stopped');
    },
  };
}
