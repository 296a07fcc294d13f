import type { Problem } from '../api/problem.ts';
import type { BuiltInRules } from './built-in-rules.ts';
import { isObject, type Json, type JsonObject, sameJson } from './json.ts';
import { type StoredObject, secondsTime } from './stored-object.ts';

/** Pods as an API server alone keeps them: nothing schedules or runs them, and a deletion is at once. */
export const podRules: BuiltInRules = {
  generation: true,
  deletionAnswer: 'object',
  defaults: (pod) => ({ ...pod, spec: { ...POD_ONLY, ...podSpecDefaults(specOf(pod)) } }),
  prepare: (pod, old, now) => (old ? pod : { ...pod, status: firstStatus(specOf(pod), now) }),
  problems: (pod, old) => [
    ...podSpecProblems(specOf(pod), 'spec'),
    ...(old ? changeProblems(specOf(pod), specOf(old)) : []),
  ],
};

/** What admission adds to a pod, and not to a template. */
const POD_ONLY = { enableServiceLinks: true, preemptionPolicy: 'PreemptLowerPriority', priority: 0 };

export const specOf = (object: JsonObject): JsonObject => (isObject(object['spec']) ? object['spec'] : {});

const listOf = (value: Json | undefined): readonly Json[] => (Array.isArray(value) ? value : []);

export function podSpecDefaults(written: JsonObject): JsonObject {
  const { schedulingGates, ...rest } = written;
  // the last gate takes the list with it
  const spec = listOf(schedulingGates).length > 0 ? written : rest;
  const containers = (list: Json | undefined) =>
    listOf(list).map((container) =>
      isObject(container) ? { ...containerDefaults(container), ...container } : container,
    );
  return {
    restartPolicy: 'Always',
    terminationGracePeriodSeconds: 30,
    dnsPolicy: 'ClusterFirst',
    securityContext: {},
    schedulerName: 'default-scheduler',
    ...spec,
    ...(spec['containers'] !== undefined && { containers: containers(spec['containers']) }),
    ...(spec['initContainers'] !== undefined && { initContainers: containers(spec['initContainers']) }),
  };
}

const containerDefaults = ({ image }: JsonObject): JsonObject => ({
  resources: {},
  terminationMessagePath: '/dev/termination-log',
  terminationMessagePolicy: 'File',
  imagePullPolicy: /:(?!latest$)[^/]+$/.test(String(image ?? '')) ? 'IfNotPresent' : 'Always',
});

export function podSpecProblems(spec: JsonObject, field: string): Problem[] {
  const problems: Problem[] = [];
  const containers = listOf(spec['containers']);
  if (containers.length === 0) problems.push({ field: `${field}.containers`, message: 'Required value' });
  for (const list of ['containers', 'initContainers'] as const) {
    listOf(spec[list]).forEach((container, index) => {
      for (const key of ['name', 'image'] as const) {
        if (isObject(container) && container[key]) continue;
        problems.push({ field: `${field}.${list}[${index}].${key}`, message: 'Required value' });
      }
    });
  }
  return problems;
}

function firstStatus(spec: JsonObject, now: number): JsonObject {
  const gated = listOf(spec['schedulingGates']).length > 0;
  return {
    phase: 'Pending',
    ...(gated && {
      conditions: [
        {
          type: 'PodScheduled',
          status: 'False',
          lastProbeTime: null,
          lastTransitionTime: secondsTime(now),
          reason: 'SchedulingGated',
          message: 'Scheduling is blocked due to non-empty scheduling gates',
        },
      ],
    }),
    qosClass: 'BestEffort',
  };
}

/** Little of a pod may change; gates are only taken away. */
function changeProblems(now: JsonObject, old: JsonObject): Problem[] {
  const gates = new Set(listOf(old['schedulingGates']).map(gateName));
  const added = listOf(now['schedulingGates']).flatMap((gate, index) => {
    const name = gateName(gate);
    if (gates.has(name)) return [];
    const message = `Forbidden: only deletion is allowed, but found new scheduling gate '${String(name)}'`;
    return [{ field: `spec.schedulingGates[${index}].name`, message }];
  });
  if (added.length > 0) return added;
  return sameJson(fixed(now, old), fixed(old, old)) ? [] : [{ field: 'spec', message: FIXED }];
}

const gateName = (gate: Json): Json | undefined => (isObject(gate) ? gate['name'] : undefined);

/** What must not change; a pod that is still held back may also be told where not to go. */
function fixed(spec: JsonObject, old: JsonObject): JsonObject {
  const {
    activeDeadlineSeconds: _,
    tolerations: __,
    schedulingGates: ___,
    terminationGracePeriodSeconds: ____,
    ...rest
  } = spec;
  const held = listOf(old['schedulingGates']).length > 0;
  const { nodeSelector: _____, affinity: ______, ...tighter } = rest;
  const withoutImages = (list: Json | undefined) =>
    listOf(list).map((container) => (isObject(container) ? { ...container, image: '' } : container));
  return {
    ...(held ? tighter : rest),
    containers: withoutImages(spec['containers']),
    initContainers: withoutImages(spec['initContainers']),
  };
}

const FIXED =
  'Forbidden: pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,' +
  '`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),' +
  '`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)';

/** A pod that a scheduler has found a node for. */
export function boundPod(pod: StoredObject, nodeName: string, now: number): StoredObject {
  const status = isObject(pod['status']) ? pod['status'] : {};
  const others = listOf(status['conditions']).filter(
    (condition) => !isObject(condition) || condition['type'] !== 'PodScheduled',
  );
  const scheduled = { type: 'PodScheduled', status: 'True', lastProbeTime: null, lastTransitionTime: secondsTime(now) };
  return { ...pod, spec: { ...specOf(pod), nodeName }, status: { ...status, conditions: [...others, scheduled] } };
}
