import { GROUP } from '../../src/api/group.ts';
import { CLAIM_PLURALS, REPRESENT } from '../../src/api/right.ts';
import { WORKLOADS } from '../workloads.ts';

export const POLICY_NAME = 'konductor-claims';

/** What the API server knows of a caller whose token was mounted into a Pod. */
const POD_NAME = 'authentication.kubernetes.io/pod-name';
const POD_UID = 'authentication.kubernetes.io/pod-uid';

const extra = (key: string) => `request.userInfo.extra['${key}'][0]`;
const inPod = `has(request.userInfo.extra) && '${POD_UID}' in request.userInfo.extra && '${POD_NAME}' in request.userInfo.extra`;

/** References that make their object the owner of a hold; one to anything else only cleans up. */
const ownersOf = (object: string) =>
  `has(${object}.metadata.ownerReferences) ? ${object}.metadata.ownerReferences.filter(o, ${isWorkload('o')}) : []`;

const isWorkload = (reference: string) =>
  `(${WORKLOADS.map(({ kind, group }) => `${reference}.kind == '${kind}' && ${isOf(reference, group)}`).join(' || ')})`;

const isOf = (reference: string, group: string) =>
  group === '' ? `!${reference}.apiVersion.contains('/')` : `${reference}.apiVersion.startsWith('${group}/')`;

/** A Pod proves who it is by its token; whoever names another workload must be one who might end that workload. */
const mayOwn = (reference: string) =>
  WORKLOADS.filter(({ kind }) => kind !== 'Pod')
    .map(
      ({ kind, group, plural }) =>
        `${reference}.kind == '${kind}' && authorizer.group('${group}').resource('${plural}').namespace(request.namespace).name(${reference}.name).check('delete').allowed()`,
    )
    .join(' || ');

const isMe = (holder: string) => `(${holder} == variables.me || ${holder}.startsWith(variables.me + '/'))`;

const finalizersOf = (object: string) => `(has(${object}.metadata.finalizers) ? ${object}.metadata.finalizers : [])`;

const VARIABLES: Readonly<Record<string, string>> = {
  inPod,
  podUid: `variables.inPod ? ${extra(POD_UID)} : ''`,
  // a colon: no Pod has such a name
  me: `variables.inPod ? ${extra(POD_NAME)} : request.userInfo.username.contains(':') ? request.userInfo.username : 'user:' + request.userInfo.username`,
  owners: `request.operation == 'DELETE' ? [] : ${ownersOf('object')}`,
  oldOwners: `request.operation == 'CREATE' ? [] : ${ownersOf('oldObject')}`,
  oldPods: `variables.oldOwners.filter(o, o.kind == 'Pod')`,
};

interface Validation {
  readonly expression: string;
  /** CEL that says what is wrong and what to do. */
  readonly says: string;
}

const VALIDATIONS: readonly Validation[] = [
  {
    expression: `request.operation != 'CREATE' || ${isMe('object.spec.holder')}`,
    says: `'spec.holder must be "' + variables.me + '", or begin with it and a slash: claims are made in one\\'s own name'`,
  },
  {
    expression: `request.operation != 'CREATE' || variables.owners.all(o, o.kind != 'Pod' || o.uid == variables.podUid && o.name == variables.me)`,
    says: `variables.inPod ? 'metadata.ownerReferences may name no Pod but "' + variables.me + '", which makes this request' : 'metadata.ownerReferences may name no Pod: this request comes from none'`,
  },
  {
    expression: `request.operation != 'CREATE' || variables.owners.all(o, o.kind == 'Pod' || ${mayOwn('o')})`,
    says: `'metadata.ownerReferences may name a workload only to those who may delete that workload'`,
  },
  {
    expression: `request.operation != 'UPDATE' || variables.owners.map(o, o.uid) == variables.oldOwners.map(o, o.uid)`,
    says: `'metadata.ownerReferences of a claim stay what they are: delete it and make another'`,
  },
  {
    expression: `request.operation == 'CREATE' || (variables.oldPods.size() > 0 ? variables.oldPods.exists(o, o.uid == variables.podUid) : ${isMe('oldObject.spec.holder')})`,
    says: `'this claim is of "' + oldObject.spec.holder + '", and this request comes from "' + variables.me + '": only who made a claim may change or delete it'`,
  },
  {
    expression: `request.operation == 'DELETE' || ${finalizersOf('object')}.all(f, request.operation == 'UPDATE' && f in ${finalizersOf('oldObject')})`,
    says: `'metadata.finalizers must be empty: a claim goes when it is deleted'`,
  },
];

/** Ties claims to those who make them: nobody claims, renews or releases for another without the right to represent. */
export const claimPolicy = {
  apiVersion: 'admissionregistration.k8s.io/v1',
  kind: 'ValidatingAdmissionPolicy',
  metadata: { name: POLICY_NAME },
  spec: {
    failurePolicy: 'Fail',
    matchConstraints: {
      resourceRules: [
        {
          apiGroups: [GROUP],
          apiVersions: ['*'],
          operations: ['CREATE', 'UPDATE', 'DELETE'],
          resources: CLAIM_PLURALS,
        },
      ],
    },
    matchConditions: [
      {
        // the garbage collector and the end of a namespace
        name: 'not-kubernetes-itself',
        expression: `request.userInfo.username != 'system:kube-controller-manager' && !(has(request.userInfo.groups) && 'system:serviceaccounts:kube-system' in request.userInfo.groups)`,
      },
      {
        name: 'not-who-may-represent',
        expression: `!authorizer.group('${GROUP}').resource(request.resource.resource).namespace(request.namespace).check('${REPRESENT}').allowed()`,
      },
    ],
    variables: Object.entries(VARIABLES).map(([name, expression]) => ({ name, expression })),
    validations: VALIDATIONS.map(({ expression, says }) => ({
      expression,
      messageExpression: says,
      reason: 'Forbidden',
    })),
  },
};
