import { keysOfData, podState, readyContainers, restarts } from './built-in-cells.ts';
import { type BuiltInRules, builtInRules } from './built-in-rules.ts';
import { SCHEMAS } from './built-in-schemas.ts';
import { crdRules } from './custom-resource-definition.ts';
import { coreEventRules, eventRules } from './events.ts';
import { cronJobRules, jobRules } from './jobs.ts';
import { namespaceRules } from './namespaces.ts';
import { podRules } from './pods.ts';
import { ALL_VERBS, type PrinterColumn, type ResourceType, type Verb } from './resource-type.ts';
import { type KindRules, type ServedResource, servedResource } from './served-resource.ts';
import {
  bindingRules,
  configMapRules,
  leaseRules,
  roleRules,
  secretRules,
  serviceAccountRules,
} from './small-kinds.ts';
import type { Store } from './store.ts';

interface BuiltInKind {
  readonly type: ResourceType;
  readonly rules: BuiltInRules;
  /** The resource whose objects these are another form of. */
  readonly stored?: string;
}

/** What is served besides custom resources. */
export function builtInResources(store: Store): ServedResource[] {
  // rules are pure: every server in the process shares them
  compiled ??= KINDS.map(({ type, rules }) => builtInRules(type, rules));
  const rules = compiled;
  return KINDS.map(({ type, stored }, index) => servedResource(store, type, rules[index] as KindRules, stored));
}

let compiled: readonly KindRules[] | undefined;

type Rest = Partial<Omit<ResourceType, 'group' | 'version' | 'kind' | 'plural' | 'schema'>>;

function kind(
  group: string,
  version: string,
  name:
    | keyof typeof SCHEMAS
    | 'SelfSubjectAccessReview'
    | 'SubjectAccessReview'
    | 'LocalSubjectAccessReview'
    | 'SelfSubjectReview',
  plural: string,
  rest: Rest = {},
): ResourceType {
  return {
    group,
    version,
    kind: name === 'EventsEvent' ? 'Event' : name,
    listKind: `${name === 'EventsEvent' ? 'Event' : name}List`,
    plural,
    singular: name === 'EventsEvent' ? 'event' : name.toLowerCase(),
    shortNames: [],
    categories: [],
    namespaced: true,
    schema: name in SCHEMAS ? SCHEMAS[name as keyof typeof SCHEMAS] : SCHEMAS.Review,
    status: false,
    columns: [age],
    selectableFields: [],
    verbs: ALL_VERBS,
    origin: 'built-in',
    ...rest,
  };
}

const column = (name: string, jsonPath: string, type = 'string', priority = 0): PrinterColumn => ({
  name,
  type,
  jsonPath,
  priority,
  description: name,
});
const computed = (name: string, type: string, cell: (object: object) => unknown): PrinterColumn => ({
  name,
  type,
  jsonPath: '',
  cell,
  description: name,
});
const age = column('Age', '.metadata.creationTimestamp', 'date');

const RBAC = 'rbac.authorization.k8s.io';
const AUTHORIZATION = 'authorization.k8s.io';
const CREATE_ONLY: readonly Verb[] = ['create'];

const EVENT_COLUMNS = (message: string, about: string): readonly PrinterColumn[] => [
  column('Type', '.type'),
  column('Reason', '.reason'),
  column('Object', `.${about}.name`),
  column('Message', `.${message}`),
  age,
];

const KINDS: readonly BuiltInKind[] = [
  {
    type: kind('', 'v1', 'Namespace', 'namespaces', {
      shortNames: ['ns'],
      namespaced: false,
      status: true,
      selectableFields: ['status.phase'],
      columns: [column('Status', '.status.phase'), age],
      verbs: ALL_VERBS.filter((verb) => verb !== 'deletecollection'),
    }),
    rules: namespaceRules,
  },
  {
    type: kind('', 'v1', 'Pod', 'pods', {
      shortNames: ['po'],
      categories: ['all'],
      status: true,
      selectableFields: [
        'spec.nodeName',
        'spec.restartPolicy',
        'spec.schedulerName',
        'spec.serviceAccountName',
        'status.phase',
        'status.podIP',
        'status.nominatedNodeName',
      ],
      columns: [
        computed('Ready', 'string', readyContainers),
        computed('Status', 'string', podState),
        computed('Restarts', 'string', restarts),
        age,
        column('IP', '.status.podIP', 'string', 1),
        column('Node', '.spec.nodeName', 'string', 1),
      ],
    }),
    rules: podRules,
  },
  {
    type: kind('batch', 'v1', 'Job', 'jobs', {
      categories: ['all'],
      status: true,
      selectableFields: ['status.successful'],
      columns: [
        column('Status', '.status.conditions[?(@.status=="True")].type'),
        column('Completions', '.spec.completions', 'integer'),
        column('Succeeded', '.status.succeeded', 'integer'),
        age,
      ],
    }),
    rules: jobRules,
  },
  {
    type: kind('batch', 'v1', 'CronJob', 'cronjobs', {
      shortNames: ['cj'],
      categories: ['all'],
      status: true,
      columns: [column('Schedule', '.spec.schedule'), column('Suspend', '.spec.suspend', 'boolean'), age],
    }),
    rules: cronJobRules,
  },
  {
    type: kind('', 'v1', 'ConfigMap', 'configmaps', {
      shortNames: ['cm'],
      columns: [computed('Data', 'integer', keysOfData), age],
    }),
    rules: configMapRules,
  },
  {
    type: kind('', 'v1', 'Secret', 'secrets', {
      selectableFields: ['type'],
      columns: [column('Type', '.type'), computed('Data', 'integer', keysOfData), age],
    }),
    rules: secretRules,
  },
  { type: kind('', 'v1', 'ServiceAccount', 'serviceaccounts', { shortNames: ['sa'] }), rules: serviceAccountRules },
  {
    type: kind('', 'v1', 'Event', 'events', {
      shortNames: ['ev'],
      columns: EVENT_COLUMNS('message', 'involvedObject'),
      selectableFields: [
        ...['kind', 'namespace', 'name', 'uid', 'apiVersion', 'resourceVersion', 'fieldPath'].map(
          (key) => `involvedObject.${key}`,
        ),
        'reason',
        'reportingComponent',
        'source',
        'type',
      ],
    }),
    rules: coreEventRules,
  },
  {
    type: kind('events.k8s.io', 'v1', 'EventsEvent', 'events', {
      shortNames: ['ev'],
      columns: EVENT_COLUMNS('note', 'regarding'),
      selectableFields: [
        ...['kind', 'namespace', 'name', 'uid', 'apiVersion', 'resourceVersion', 'fieldPath'].map(
          (key) => `regarding.${key}`,
        ),
        'reason',
        'reportingController',
        'type',
      ],
    }),
    rules: eventRules,
    stored: 'events',
  },
  {
    type: kind('coordination.k8s.io', 'v1', 'Lease', 'leases', {
      columns: [column('Holder', '.spec.holderIdentity'), age],
    }),
    rules: leaseRules,
  },
  { type: kind(RBAC, 'v1', 'Role', 'roles'), rules: roleRules },
  { type: kind(RBAC, 'v1', 'ClusterRole', 'clusterroles', { namespaced: false }), rules: roleRules },
  {
    type: kind(RBAC, 'v1', 'RoleBinding', 'rolebindings', { columns: [column('Role', '.roleRef.name'), age] }),
    rules: bindingRules,
  },
  {
    type: kind(RBAC, 'v1', 'ClusterRoleBinding', 'clusterrolebindings', {
      namespaced: false,
      columns: [column('Role', '.roleRef.name'), age],
    }),
    rules: bindingRules,
  },
  {
    type: kind('apiextensions.k8s.io', 'v1', 'CustomResourceDefinition', 'customresourcedefinitions', {
      shortNames: ['crd', 'crds'],
      categories: ['api-extensions'],
      namespaced: false,
      status: true,
      columns: [column('Created At', '.metadata.creationTimestamp')],
    }),
    rules: crdRules,
  },
  ...(
    [
      [AUTHORIZATION, 'SelfSubjectAccessReview', 'selfsubjectaccessreviews', false],
      [AUTHORIZATION, 'SubjectAccessReview', 'subjectaccessreviews', false],
      [AUTHORIZATION, 'LocalSubjectAccessReview', 'localsubjectaccessreviews', true],
      ['authentication.k8s.io', 'SelfSubjectReview', 'selfsubjectreviews', false],
    ] as const
  ).map(([group, name, plural, namespaced]) => ({
    type: kind(group, 'v1', name, plural, { namespaced, verbs: CREATE_ONLY }),
    rules: {},
  })),
];
