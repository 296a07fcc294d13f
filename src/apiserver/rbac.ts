import { isObject } from './json.ts';

/** What somebody wants to do: to a resource, or, when there is a nonResourcePath, to a path of the server itself. */
export interface AccessRequest {
  readonly user: string;
  readonly groups: readonly string[];
  /** get, list, create, impersonate, …; for a path the HTTP method in lower case. */
  readonly verb: string;
  readonly group?: string | undefined;
  readonly resource?: string | undefined;
  readonly subresource?: string | undefined;
  readonly namespace?: string | undefined;
  readonly name?: string | undefined;
  readonly nonResourcePath?: string | undefined;
}

/** The objects that say who may do what, as they are stored. */
export interface AccessRules {
  readonly roles: Iterable<unknown>;
  readonly clusterRoles: Iterable<unknown>;
  readonly roleBindings: Iterable<unknown>;
  readonly clusterRoleBindings: Iterable<unknown>;
}

/** May they? Everything is forbidden that no rule allows. */
export function authorize(request: AccessRequest, rules: AccessRules): boolean {
  if (request.groups.includes(MASTERS)) return true;
  const clusterRoles = [...rules.clusterRoles];
  for (const binding of rules.clusterRoleBindings) {
    if (binds(binding, request) && allows(clusterRoleRules(clusterRoles, roleName(binding)), request)) return true;
  }
  // a Role speaks of one namespace, and of nothing outside of namespaces
  if (!request.namespace || request.nonResourcePath !== undefined) return false;
  const roles = [...rules.roles];
  for (const binding of rules.roleBindings) {
    if (at(binding, 'metadata', 'namespace') !== request.namespace || !binds(binding, request)) continue;
    const bound =
      at(binding, 'roleRef', 'kind') === 'ClusterRole'
        ? clusterRoleRules(clusterRoles, roleName(binding))
        : roleRules(roles, roleName(binding), request.namespace);
    if (allows(bound, request)) return true;
  }
  return false;
}

/** The sentence that goes with a 403. */
export function forbiddenMessage(request: AccessRequest): string {
  const { user, verb, group = '', resource = '', subresource, namespace, name, nonResourcePath } = request;
  if (nonResourcePath !== undefined)
    return `forbidden: User ${JSON.stringify(user)} cannot ${verb} path ${JSON.stringify(nonResourcePath)}`;
  const qualified = group ? `${resource}.${group}` : resource;
  const subject = name ? `${qualified} ${JSON.stringify(name)}` : qualified;
  const target = subresource ? `${resource}/${subresource}` : resource;
  const where = namespace ? `in the namespace ${JSON.stringify(namespace)}` : 'at the cluster scope';
  const denied = `User ${JSON.stringify(user)} cannot ${verb} resource ${JSON.stringify(target)} in API group ${JSON.stringify(group)}`;
  return `${subject} is forbidden: ${denied} ${where}`;
}

/** The group that no rule can hold back. */
const MASTERS = 'system:masters';

type PolicyRule = Readonly<Record<string, unknown>>;

function at(value: unknown, ...path: readonly string[]): unknown {
  return path.reduce<unknown>((holder, key) => (isObject(holder) ? holder[key] : undefined), value);
}

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
const roleName = (binding: unknown): unknown => at(binding, 'roleRef', 'name');

function binds(binding: unknown, request: AccessRequest): boolean {
  return listOf(at(binding, 'subjects')).some((subject) => isSubject(subject, binding, request));
}

function isSubject(subject: unknown, binding: unknown, { user, groups }: AccessRequest): boolean {
  const name = String(at(subject, 'name'));
  switch (at(subject, 'kind')) {
    case 'User':
      return name === user;
    case 'Group':
      return groups.includes(name);
    case 'ServiceAccount':
      return (
        user === `system:serviceaccount:${at(subject, 'namespace') ?? at(binding, 'metadata', 'namespace')}:${name}`
      );
    default:
      return false;
  }
}

const rulesOf = (role: unknown): readonly PolicyRule[] => listOf(at(role, 'rules')).filter(isObject);

function roleRules(roles: readonly unknown[], name: unknown, namespace: string): readonly PolicyRule[] {
  const role = roles.find(
    (one) => at(one, 'metadata', 'name') === name && at(one, 'metadata', 'namespace') === namespace,
  );
  return rulesOf(role);
}

/** Of a ClusterRole that aggregates, the rules of those it selects; each once, since they may select each other. */
function clusterRoleRules(
  clusterRoles: readonly unknown[],
  name: unknown,
  seen: ReadonlySet<unknown> = new Set(),
): readonly PolicyRule[] {
  const role = clusterRoles.find((one) => at(one, 'metadata', 'name') === name);
  const selectors = at(role, 'aggregationRule', 'clusterRoleSelectors');
  if (role === undefined || !Array.isArray(selectors)) return rulesOf(role);
  const visited = new Set(seen).add(name);
  const selected = clusterRoles.filter((one) =>
    selectors.some((selector) => selects(selector, at(one, 'metadata', 'labels'))),
  );
  const names = selected.map((one) => at(one, 'metadata', 'name')).filter((one) => !visited.has(one));
  return [...rulesOf(role), ...names.flatMap((one) => clusterRoleRules(clusterRoles, one, visited))];
}

function selects(selector: unknown, labels: unknown): boolean {
  const wanted = at(selector, 'matchLabels');
  const equal = isObject(wanted) ? Object.entries(wanted) : [];
  return (
    equal.every(([key, value]) => at(labels, key) === value) &&
    listOf(at(selector, 'matchExpressions')).every((expression) => holds(expression, labels))
  );
}

function holds(expression: unknown, labels: unknown): boolean {
  const label = at(labels, String(at(expression, 'key')));
  const values = listOf(at(expression, 'values'));
  switch (at(expression, 'operator')) {
    case 'In':
      return label !== undefined && values.includes(label);
    case 'NotIn':
      return label === undefined || !values.includes(label);
    case 'Exists':
      return label !== undefined;
    default:
      return label === undefined;
  }
}

function allows(rules: readonly PolicyRule[], request: AccessRequest): boolean {
  return rules.some((rule) =>
    request.nonResourcePath === undefined ? allowsResource(rule, request) : allowsPath(rule, request),
  );
}

function allowsResource(
  rule: PolicyRule,
  { verb, group = '', resource = '', subresource, name }: AccessRequest,
): boolean {
  const wanted = subresource ? [`${resource}/${subresource}`, `*/${subresource}`] : [resource];
  const names = listOf(rule['resourceNames']);
  return (
    includes(rule['verbs'], verb) &&
    includes(rule['apiGroups'], group) &&
    includes(rule['resources'], ...wanted) &&
    (names.length === 0 || (name !== undefined && name !== '' && names.includes(name)))
  );
}

function allowsPath(rule: PolicyRule, { verb, nonResourcePath = '' }: AccessRequest): boolean {
  const matches = (pattern: unknown) =>
    pattern === nonResourcePath ||
    (typeof pattern === 'string' && pattern.endsWith('*') && nonResourcePath.startsWith(pattern.slice(0, -1)));
  return includes(rule['verbs'], verb) && listOf(rule['nonResourceURLs']).some(matches);
}

const includes = (allowed: unknown, ...wanted: readonly string[]): boolean =>
  listOf(allowed).some((one) => one === '*' || wanted.includes(one as string));
