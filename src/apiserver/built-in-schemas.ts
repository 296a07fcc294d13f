import type { StructuralSchema } from '../api/structural.ts';

/** Short schemas of the built-in kinds: exact where we act on a field, open where we only keep it. */

export const text: StructuralSchema = { type: 'string' };
const int32: StructuralSchema = { type: 'integer', format: 'int32' };
const time: StructuralSchema = { type: 'string', format: 'date-time' };
/** A MicroTime: held to its six digits by the kind's rules. */
const microTime: StructuralSchema = { type: 'string' };
const bool: StructuralSchema = { type: 'boolean' };
const texts: StructuralSchema = { type: 'array', items: text };
const textMap: StructuralSchema = { type: 'object', additionalProperties: text };
const byteMap: StructuralSchema = { type: 'object', additionalProperties: { type: 'string', format: 'byte' } };
const open: StructuralSchema = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
const opens: StructuralSchema = { type: 'array', items: open };

const object = (description: string, properties: Readonly<Record<string, StructuralSchema>>): StructuralSchema => ({
  type: 'object',
  description,
  properties: { apiVersion: text, kind: text, metadata: { type: 'object' }, ...properties },
});

const part = (properties: Readonly<Record<string, StructuralSchema>>): StructuralSchema => ({
  type: 'object',
  properties,
});

const reference = part({
  apiVersion: text,
  fieldPath: text,
  kind: text,
  name: text,
  namespace: text,
  resourceVersion: text,
  uid: text,
});

const policyRules: StructuralSchema = {
  type: 'array',
  items: part({ apiGroups: texts, nonResourceURLs: texts, resourceNames: texts, resources: texts, verbs: texts }),
};

const podSpec: StructuralSchema = {
  ...open,
  properties: {
    containers: {
      type: 'array',
      items: { ...open, properties: { name: text, image: text } },
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['name'],
    },
    initContainers: {
      type: 'array',
      items: { ...open, properties: { name: text, image: text } },
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['name'],
    },
    nodeName: text,
    restartPolicy: text,
    schedulingGates: {
      type: 'array',
      items: part({ name: text }),
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['name'],
    },
    serviceAccountName: text,
    terminationGracePeriodSeconds: { type: 'integer', format: 'int64' },
  },
};

const statusWithConditions: StructuralSchema = {
  ...open,
  properties: {
    conditions: { ...opens, 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['type'] },
    phase: text,
  },
};

const jobSpec: StructuralSchema = {
  ...open,
  properties: {
    backoffLimit: int32,
    completions: int32,
    parallelism: int32,
    suspend: bool,
    template: { ...open, properties: { spec: podSpec } },
  },
};

const subjects: StructuralSchema = {
  type: 'array',
  items: part({ apiGroup: text, kind: text, name: text, namespace: text }),
};
const roleRef = part({ apiGroup: text, kind: text, name: text });

export const SCHEMAS = {
  Namespace: object('Namespace provides a scope for names.', {
    spec: part({ finalizers: texts }),
    status: statusWithConditions,
  }),
  ConfigMap: object('ConfigMap holds configuration data for pods to consume.', {
    binaryData: byteMap,
    data: textMap,
    immutable: bool,
  }),
  Secret: object('Secret holds secret data of a certain type.', {
    data: byteMap,
    immutable: bool,
    stringData: textMap,
    type: text,
  }),
  ServiceAccount: object('ServiceAccount is an identity for what runs in a pod.', {
    automountServiceAccountToken: bool,
    imagePullSecrets: opens,
    secrets: opens,
  }),
  Pod: object('Pod is a collection of containers that can run on a host.', {
    spec: podSpec,
    status: statusWithConditions,
  }),
  Job: object('Job represents the configuration of a single job.', {
    spec: jobSpec,
    status: {
      ...statusWithConditions,
      properties: {
        ...statusWithConditions.properties,
        active: int32,
        completionTime: time,
        failed: int32,
        startTime: time,
        succeeded: int32,
      },
    },
  }),
  CronJob: object('CronJob represents the configuration of a single cron job.', {
    spec: {
      ...open,
      properties: { schedule: text, suspend: bool, jobTemplate: { ...open, properties: { spec: jobSpec } } },
    },
    status: open,
  }),
  Event: object('Event is a report of an event somewhere in the cluster.', {
    action: text,
    count: int32,
    eventTime: microTime,
    firstTimestamp: time,
    involvedObject: reference,
    lastTimestamp: time,
    message: text,
    reason: text,
    related: reference,
    reportingComponent: text,
    reportingInstance: text,
    series: part({ count: int32, lastObservedTime: microTime }),
    source: part({ component: text, host: text }),
    type: text,
  }),
  EventsEvent: object('Event is a report of an event somewhere in the cluster.', {
    action: text,
    deprecatedCount: int32,
    deprecatedFirstTimestamp: time,
    deprecatedLastTimestamp: time,
    deprecatedSource: part({ component: text, host: text }),
    eventTime: microTime,
    note: text,
    reason: text,
    regarding: reference,
    related: reference,
    reportingController: text,
    reportingInstance: text,
    series: part({ count: int32, lastObservedTime: microTime }),
    type: text,
  }),
  Lease: object('Lease defines a lease concept.', {
    spec: part({
      acquireTime: microTime,
      holderIdentity: text,
      leaseDurationSeconds: int32,
      leaseTransitions: int32,
      preferredHolder: text,
      renewTime: microTime,
      strategy: text,
    }),
  }),
  Role: object('Role is a namespaced, logical grouping of PolicyRules.', { rules: policyRules }),
  ClusterRole: object('ClusterRole is a cluster level, logical grouping of PolicyRules.', {
    aggregationRule: open,
    rules: policyRules,
  }),
  RoleBinding: object('RoleBinding references a role, but does not contain it.', { roleRef, subjects }),
  ClusterRoleBinding: object('ClusterRoleBinding references a ClusterRole, but does not contain it.', {
    roleRef,
    subjects,
  }),
  CustomResourceDefinition: object(
    'CustomResourceDefinition represents a resource that should be exposed on the API server.',
    {
      spec: {
        ...open,
        properties: {
          group: text,
          names: part({
            categories: texts,
            kind: text,
            listKind: text,
            plural: text,
            shortNames: texts,
            singular: text,
          }),
          scope: text,
          versions: {
            type: 'array',
            items: { ...open, properties: { name: text, served: bool, storage: bool } },
            'x-kubernetes-list-type': 'atomic',
          },
        },
      },
      status: statusWithConditions,
    },
  ),
  Review: object('A question that is answered and not kept.', { spec: open, status: open }),
} as const satisfies Readonly<Record<string, StructuralSchema>>;
