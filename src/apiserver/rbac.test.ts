import { describe, expect, it } from 'vitest';
import { type AccessRequest, type AccessRules, authorize, forbiddenMessage } from './rbac.ts';

const role = (name: string, rules: readonly object[], namespace = 'default') => ({
  metadata: { name, namespace },
  rules,
});
const clusterRole = (name: string, rules: readonly object[], labels = {}) => ({ metadata: { name, labels }, rules });
const binding = (kind: string, name: string, subject: object, namespace?: string) => ({
  metadata: { name: 'b', ...(namespace && { namespace }) },
  roleRef: { kind, name },
  subjects: [subject],
});
const none: AccessRules = { roles: [], clusterRoles: [], roleBindings: [], clusterRoleBindings: [] };
const bob = { kind: 'User', name: 'bob' };
const reads = { apiGroups: ['x.io'], resources: ['widgets'], verbs: ['get', 'list'] };

const get: AccessRequest = {
  user: 'bob',
  groups: ['devs', 'system:authenticated'],
  verb: 'get',
  group: 'x.io',
  resource: 'widgets',
  namespace: 'default',
  name: 'w',
};

const inDefault = (rule: object): AccessRules => ({
  ...none,
  roles: [role('r', [rule])],
  roleBindings: [binding('Role', 'r', bob, 'default')],
});
const everywhere = (rule: object, subject: object = bob): AccessRules => ({
  ...none,
  clusterRoles: [clusterRole('r', [rule])],
  clusterRoleBindings: [binding('ClusterRole', 'r', subject)],
});

describe('access', () => {
  const cases: Record<string, { request?: Partial<AccessRequest>; rules: AccessRules; allowed: boolean }> = {
    'is denied when no rule allows it': { rules: none, allowed: false },
    'is never denied to system:masters': { request: { groups: ['system:masters'] }, rules: none, allowed: true },
    'is allowed by a role in its namespace': { rules: inDefault(reads), allowed: true },
    'is not allowed by a role elsewhere': { request: { namespace: 'other' }, rules: inDefault(reads), allowed: false },
    'is not allowed by a role at the cluster scope': {
      request: { namespace: undefined },
      rules: inDefault(reads),
      allowed: false,
    },
    'is not allowed for another verb': { request: { verb: 'delete' }, rules: inDefault(reads), allowed: false },
    'is not allowed for another group': { request: { group: '' }, rules: inDefault(reads), allowed: false },
    'to a subresource needs its own name': {
      request: { subresource: 'status' },
      rules: inDefault(reads),
      allowed: false,
    },
    'to a subresource is allowed by name': {
      request: { subresource: 'status' },
      rules: inDefault({ ...reads, resources: ['widgets/status'] }),
      allowed: true,
    },
    'to a subresource is allowed by a pattern': {
      request: { subresource: 'status' },
      rules: inDefault({ ...reads, resources: ['*/status'] }),
      allowed: true,
    },
    'is allowed by stars': { rules: everywhere({ apiGroups: ['*'], resources: ['*'], verbs: ['*'] }), allowed: true },
    'is allowed to a named object': { rules: inDefault({ ...reads, resourceNames: ['w'] }), allowed: true },
    'is denied to an object not named': {
      request: { name: 'v' },
      rules: inDefault({ ...reads, resourceNames: ['w'] }),
      allowed: false,
    },
    'to a list is denied when only names are allowed': {
      request: { verb: 'list', name: undefined },
      rules: inDefault({ ...reads, resourceNames: ['w'] }),
      allowed: false,
    },
    'is allowed to a group': { rules: everywhere(reads, { kind: 'Group', name: 'devs' }), allowed: true },
    'is allowed to a service account': {
      request: { user: 'system:serviceaccount:ns:sa' },
      rules: everywhere(reads, { kind: 'ServiceAccount', namespace: 'ns', name: 'sa' }),
      allowed: true,
    },
    'is allowed by a cluster role bound in the namespace': {
      rules: {
        ...none,
        clusterRoles: [clusterRole('r', [reads])],
        roleBindings: [binding('ClusterRole', 'r', bob, 'default')],
      },
      allowed: true,
    },
    'is allowed by what a cluster role aggregates': {
      rules: {
        ...none,
        clusterRoles: [
          { metadata: { name: 'all' }, aggregationRule: { clusterRoleSelectors: [{ matchLabels: { to: 'all' } }] } },
          clusterRole('part', [reads], { to: 'all' }),
        ],
        clusterRoleBindings: [binding('ClusterRole', 'all', bob)],
      },
      allowed: true,
    },
    'to a path is allowed by a prefix': {
      request: { nonResourcePath: '/metrics/a' },
      rules: everywhere({ nonResourceURLs: ['/metrics/*'], verbs: ['get'] }),
      allowed: true,
    },
    'to a path is not allowed by rules on resources': {
      request: { nonResourcePath: '/metrics' },
      rules: everywhere({ apiGroups: ['*'], resources: ['*'], verbs: ['*'] }),
      allowed: false,
    },
  };
  it.each(Object.entries(cases))('%s', (_, { request, rules, allowed }) => {
    expect(authorize({ ...get, ...request }, rules)).toBe(allowed);
  });

  it('ends for cluster roles that aggregate each other', () => {
    const ring = (name: string) => ({
      metadata: { name, labels: { ring: 'yes' } },
      aggregationRule: { clusterRoleSelectors: [{ matchLabels: { ring: 'yes' } }] },
    });
    const rules = {
      ...none,
      clusterRoles: [ring('a'), ring('b')],
      clusterRoleBindings: [binding('ClusterRole', 'a', bob)],
    };
    expect(authorize(get, rules)).toBe(false);
  });
});

describe('a denial', () => {
  const sentences: [request: Partial<AccessRequest>, message: string][] = [
    [
      {},
      'widgets.x.io "w" is forbidden: User "bob" cannot get resource "widgets" in API group "x.io" in the namespace "default"',
    ],
    [
      { verb: 'list', name: undefined, namespace: undefined },
      'widgets.x.io is forbidden: User "bob" cannot list resource "widgets" in API group "x.io" at the cluster scope',
    ],
    [
      { verb: 'patch', subresource: 'status' },
      'widgets.x.io "w" is forbidden: User "bob" cannot patch resource "widgets/status" in API group "x.io" in the namespace "default"',
    ],
    [
      { verb: 'list', group: '', resource: 'nodes', name: undefined, namespace: undefined },
      'nodes is forbidden: User "bob" cannot list resource "nodes" in API group "" at the cluster scope',
    ],
    [{ nonResourcePath: '/metrics' }, 'forbidden: User "bob" cannot get path "/metrics"'],
  ];
  it.each(sentences)('of %j says so in the words of a real server', (request, message) => {
    expect(forbiddenMessage({ ...get, ...request })).toBe(message);
  });
});
