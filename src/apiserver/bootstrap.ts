const API_VERSION = 'rbac.authorization.k8s.io/v1';

/** The roles that a cluster has from the start, so far as somebody here may lean on them. */
export const BOOTSTRAP_ROLES: readonly {
  readonly resource: 'clusterroles' | 'clusterrolebindings';
  readonly object: object;
}[] = [
  role('cluster-admin', [
    { apiGroups: ['*'], resources: ['*'], verbs: ['*'] },
    { nonResourceURLs: ['*'], verbs: ['*'] },
  ]),
  role('system:discovery', [
    {
      nonResourceURLs: [
        '/api',
        '/api/*',
        '/apis',
        '/apis/*',
        '/healthz',
        '/livez',
        '/openapi',
        '/openapi/*',
        '/readyz',
        '/version',
        '/version/',
      ],
      verbs: ['get'],
    },
  ]),
  role('system:public-info-viewer', [
    { nonResourceURLs: ['/healthz', '/livez', '/readyz', '/version', '/version/'], verbs: ['get'] },
  ]),
  role('system:basic-user', [
    {
      apiGroups: ['authorization.k8s.io'],
      resources: ['selfsubjectaccessreviews', 'selfsubjectrulesreviews'],
      verbs: ['create'],
    },
    { apiGroups: ['authentication.k8s.io'], resources: ['selfsubjectreviews'], verbs: ['create'] },
  ]),
  aggregate('admin'),
  aggregate('edit'),
  aggregate('view'),
  binding('cluster-admin', ['system:masters']),
  binding('system:discovery', ['system:authenticated']),
  binding('system:basic-user', ['system:authenticated']),
  binding('system:public-info-viewer', ['system:authenticated', 'system:unauthenticated']),
];

function role(name: string, rules: readonly object[]) {
  return {
    resource: 'clusterroles',
    object: { apiVersion: API_VERSION, kind: 'ClusterRole', metadata: { name }, rules },
  } as const;
}

/** A role that others add to by a label. */
function aggregate(name: string) {
  const selector = { matchLabels: { [`rbac.authorization.k8s.io/aggregate-to-${name}`]: 'true' } };
  const object = {
    apiVersion: API_VERSION,
    kind: 'ClusterRole',
    metadata: { name },
    aggregationRule: { clusterRoleSelectors: [selector] },
    rules: [],
  };
  return { resource: 'clusterroles', object } as const;
}

function binding(name: string, groups: readonly string[]) {
  const object = {
    apiVersion: API_VERSION,
    kind: 'ClusterRoleBinding',
    metadata: { name },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name },
    subjects: groups.map((group) => ({ apiGroup: 'rbac.authorization.k8s.io', kind: 'Group', name: group })),
  };
  return { resource: 'clusterrolebindings', object } as const;
}
