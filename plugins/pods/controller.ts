import { Counter, Gauge, type Registry } from 'prom-client';
import { aborted } from '../../src/kube/aborted.ts';
import type { Door } from '../../src/kube/door.ts';
import { isAborted, isConflict, isNotFound } from '../../src/kube/errors.ts';
import { Event, events } from '../../src/kube/events.ts';
import { watched } from '../../src/kube/watched.ts';
import { workQueue } from '../../src/kube/work-queue.ts';
import { stepMetrics } from '../metrics.ts';
import { replyTo } from '../runner.ts';
import type { Step } from '../step.ts';
import { waitingStepOf } from './decide.ts';
import { departedPods } from './departed.ts';
import { needsOf } from './needs.ts';
import { GATED_SELECTOR, isGated, POD, type Pod, slim } from './pod.ts';
import { podWriter } from './pod-writer.ts';
import { podSettler } from './settle.ts';
import { sightsOf } from './sights.ts';

/** Pods that are worked on at once. */
const AT_ONCE = 32;

export const POD_METRICS = { waiting: 'konductor_pods_waiting', admitted: 'konductor_pods_admitted_total' } as const;

/** Lets Pods that wait unscheduled go when they have what they ask for. */
export const podsDoor: Door = async (context, signal) => {
  const { client, log, clock, random, registry, namespaces } = context;
  const onError = (error: unknown) => {
    // whoever wrote in between, the watch brings what it was
    if (!isAborted(error) && !isConflict(error) && !signal.aborted)
      log.warn({ area: 'pods', error }, 'will be tried again after an error');
  };
  const admissions = admissionsIn(registry);

  const pods = watched<Pod, 'uid' | 'waits-for'>({
    ...{ client, namespaces, clock, random, onError, signal, type: POD, keep: slim, labelSelector: GATED_SELECTOR },
    indexes: { uid: ({ metadata }) => [metadata.uid], 'waits-for': waitsFor },
  });
  pods.onChange((old, now) => {
    const pod = now ?? old;
    if (pod) queue.add(keyOf(pod));
    // gone faster than the garbage collector takes what it owns: others wait for that
    if (old && old.metadata.uid !== now?.metadata.uid) departed.add(old);
  });
  const sights = sightsOf({
    cacheOf: context.cacheOf,
    onClaim: (uid) => {
      for (const pod of pods.by('uid', uid)) queue.add(keyOf(pod));
    },
    onResource: (resource) => {
      for (const pod of pods.by('waits-for', waitKey(resource))) queue.add(keyOf(pod));
    },
  });
  const news = events({
    ...{ clock, random, identity: context.identity, component: 'sync.konductor.io/pods', onResult: () => {} },
    create: (namespace, event, how) => client.of(Event, namespace).create(event, how),
  });
  const writer = podWriter({ client, clock, news });

  let isReady = false;
  new Gauge({
    name: POD_METRICS.waiting,
    help: 'Pods that wait unscheduled.',
    registers: [registry],
    collect() {
      this.set(pods.all().filter(isGated).length);
    },
  });

  const viewOf = (step: Step) => sights.of(step, clock.now());
  const metrics = stepMetrics({
    ...{ registry, clock, door: 'pods' },
    waiting: () => pods.all().flatMap((pod) => waitingStepOf({ pod, viewOf }) ?? []),
  });
  const settle = podSettler({
    ...{ client, clock, writer },
    known: viewOf,
    onAdmitted: (pod) => {
      pods.apply(pod);
      admissions.inc();
    },
    onEnded: (pod, outcome) => {
      for (const step of needsOf(pod).needs?.steps ?? []) metrics.ended(step, outcome);
    },
  });

  const queue = workQueue({
    ...{ clock, random, concurrency: AT_ONCE, onError: (_, error) => onError(error) },
    work: async (key, stop) => {
      if (!isReady) return;
      const [namespace = '', name = ''] = key.split('/');
      const pod = pods.get(name, namespace);
      if (!pod) return queue.forget(key);
      try {
        const again = await settle(pod, stop);
        if (again !== undefined) queue.addAfter(key, Math.max(0, again));
      } catch (error) {
        if (isNotFound(error) && error.details.name === name) return;
        const reply = replyTo(error);
        if (reply.is !== 'failed') throw error;
        // the server does not take what is asked for: people are to know, and may mend it
        await writer.say(pod, { status: 'False', reason: 'Refused', message: reply.message, warns: false }, stop);
        queue.addAfter(key, REFUSED_PAUSE);
      }
    },
  });

  const departed = departedPods({ client, clock, random, sights, onError });

  await Promise.race([pods.synced, aborted(signal)]);
  isReady = true;
  for (const pod of pods.all()) queue.add(keyOf(pod));
  log.info({ pods: pods.size }, 'looking after Pods that wait');
  await aborted(signal);
  sights.stop();
  news.stop();
  await Promise.all([queue.stop(), departed.stop(), pods.ended]);
  registry.removeSingleMetric(POD_METRICS.waiting);
  metrics.close();
};

/** It counts on when this program leads again. */
const admissionsIn = (registry: Registry): Counter =>
  (registry.getSingleMetric(POD_METRICS.admitted) as Counter | undefined) ??
  new Counter({ name: POD_METRICS.admitted, help: 'Pods let go to the scheduler.', registers: [registry] });

/** How long until what the API server has refused is asked for again. */
const REFUSED_PAUSE = 60_000;

const keyOf = ({ metadata: { namespace = '', name } }: Pod): string => `${namespace}/${name}`;

const waitKey = ({ kind, metadata: { namespace = '', name } }: Pick<Pod, 'kind' | 'metadata'>): string =>
  `${kind}/${namespace}/${name}`;

/** The gates and barriers that a Pod may be waiting for. */
function waitsFor(pod: Pod): string[] {
  if (!isGated(pod)) return [];
  return (needsOf(pod).needs?.steps ?? [])
    .filter(({ resource: { kind } }) => kind === 'Gate' || kind === 'Barrier')
    .map(({ resource: { kind, namespace, name } }) => `${kind}/${namespace}/${name}`);
}
