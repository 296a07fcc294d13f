import { ALL_VERBS, type ResourceType } from './resource-type.ts';

export interface DiscoveryAnswer {
  readonly contentType: string;
  readonly body: object;
}

/**
 * The answer to a GET of /api, /apis, /apis/{group} and {group}/{version}: what is served. The first two tell all
 * at once to a client that asks so. Undefined for any other path, and for a group or version that is not served.
 */
export function discovery(
  path: string,
  accept: string | undefined,
  types: readonly ResourceType[],
): DiscoveryAnswer | undefined {
  const [root, ...rest] = path.replace(/^\/|\/$/g, '').split('/');
  if ((root === 'api' || root === 'apis') && rest.length === 0 && accept?.split(',').some(asksForAggregate)) {
    return {
      contentType: AGGREGATE,
      body: aggregated(types.filter(({ group }) => (group === '') === (root === 'api'))),
    };
  }
  const body = plain(root, rest, types);
  return body && { contentType: 'application/json', body };
}

function plain(
  root: string | undefined,
  [first, second, ...more]: readonly string[],
  types: readonly ResourceType[],
): object | undefined {
  if (more.length > 0) return undefined;
  if (root === 'api') {
    if (first === undefined) return API_VERSIONS;
    return second === undefined ? resourceList(types, '', first) : undefined;
  }
  if (root !== 'apis') return undefined;
  if (first === undefined) {
    return { kind: 'APIGroupList', apiVersion: 'v1', groups: groupsOf(types).map((group) => groupOf(types, group)) };
  }
  if (second !== undefined) return resourceList(types, first, second);
  return groupsOf(types).includes(first) ? { kind: 'APIGroup', apiVersion: 'v1', ...groupOf(types, first) } : undefined;
}

const AGGREGATE = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';

function asksForAggregate(range: string): boolean {
  const parts = new Set(range.split(';').map((part) => part.trim()));
  return AGGREGATE.split(';').every((part) => parts.has(part));
}

const API_VERSIONS = {
  kind: 'APIVersions',
  versions: ['v1'],
  serverAddressByClientCIDRs: [],
};

/** What is built in comes first, then the groups of custom resources by name. */
function groupsOf(types: readonly ResourceType[]): readonly string[] {
  const builtIn = types.filter(({ origin }) => origin === 'built-in').map(({ group }) => group);
  const custom = types.filter(({ origin }) => origin === 'custom').map(({ group }) => group);
  return [...new Set([...builtIn, ...custom.sort()])].filter((group) => group !== '');
}

function groupOf(types: readonly ResourceType[], name: string): object {
  const versions = versionsOf(types, name).map((version) => ({ groupVersion: `${name}/${version}`, version }));
  return { name, versions, preferredVersion: versions[0] };
}

function versionsOf(types: readonly ResourceType[], group: string): readonly string[] {
  const versions = new Set(types.filter((type) => type.group === group).map(({ version }) => version));
  return [...versions].sort(byPreference);
}

/** v2 before v1 before v1beta2 before v1alpha1 before any other name. */
function byPreference(a: string, b: string): number {
  const [left, right] = [rank(a), rank(b)];
  for (let index = 0; index < left.length; index++) {
    const by = (right[index] as number) - (left[index] as number);
    if (by !== 0) return by;
  }
  return a < b ? -1 : 1;
}

function rank(version: string): readonly number[] {
  const [, major, stage, minor] = /^v(\d+)(?:(alpha|beta)(\d+))?$/.exec(version) ?? [];
  if (major === undefined) return [0, 0, 0];
  return [stage === undefined ? 3 : stage === 'beta' ? 2 : 1, Number(major), Number(minor ?? 0)];
}

const byPlural = (a: ResourceType, b: ResourceType): number => (a.plural < b.plural ? -1 : 1);
const STATUS_VERBS = ['get', 'patch', 'update'];

/** A real server lists the verbs of custom resources in an order of its own. */
function verbsOf({ verbs, origin }: ResourceType): readonly string[] {
  const order = origin === 'custom' ? CUSTOM_ORDER : ALL_VERBS;
  return order.filter((verb) => verbs.includes(verb));
}

const CUSTOM_ORDER = ['delete', 'deletecollection', 'get', 'list', 'patch', 'create', 'update', 'watch'] as const;

function resourceList(types: readonly ResourceType[], group: string, version: string): object | undefined {
  const served = types.filter((type) => type.group === group && type.version === version).sort(byPlural);
  if (served.length === 0) return undefined;
  const isCustom = served.every(({ origin }) => origin === 'custom');
  return {
    kind: 'APIResourceList',
    ...(isCustom && { apiVersion: 'v1' }),
    groupVersion: group ? `${group}/${version}` : version,
    resources: served.flatMap((type) => {
      const { plural, singular, namespaced, kind, shortNames, categories, status } = type;
      const resource = {
        name: plural,
        singularName: singular,
        namespaced,
        kind,
        verbs: verbsOf(type),
        ...(shortNames.length > 0 && { shortNames }),
        ...(categories.length > 0 && { categories }),
      };
      return [
        resource,
        ...(status ? [{ name: `${plural}/status`, singularName: '', namespaced, kind, verbs: STATUS_VERBS }] : []),
      ];
    }),
  };
}

function aggregated(types: readonly ResourceType[]): object {
  const groups = types.some(({ group }) => group === '') ? [''] : groupsOf(types);
  return {
    kind: 'APIGroupDiscoveryList',
    apiVersion: 'apidiscovery.k8s.io/v2',
    metadata: {},
    items: groups.map((group) => ({
      metadata: group ? { name: group } : {},
      versions: versionsOf(types, group).map((version) => ({
        version,
        resources: types
          .filter((type) => type.group === group && type.version === version)
          .sort(byPlural)
          .map(aggregatedResource),
        freshness: 'Current',
      })),
    })),
  };
}

function aggregatedResource(type: ResourceType): object {
  const { plural, singular, kind, group, version, namespaced, shortNames, categories, status } = type;
  const responseKind = { group, version, kind };
  return {
    resource: plural,
    responseKind,
    scope: namespaced ? 'Namespaced' : 'Cluster',
    singularResource: singular,
    verbs: verbsOf(type),
    ...(shortNames.length > 0 && { shortNames }),
    ...(categories.length > 0 && { categories }),
    ...(status && { subresources: [{ subresource: 'status', responseKind, verbs: STATUS_VERBS }] }),
  };
}
