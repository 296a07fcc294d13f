import type { ApiRequest } from './http.ts';

/** What a request is about, read from its method and path alone. */
export interface RequestInfo {
  /** As RBAC has it: `get`, `list`, `watch`, `create`, `update`, `patch`, `delete`, `deletecollection`; in lower case the method when it is about no resource. */
  readonly verb: string;
  /** Undefined for paths such as `/version` and `/apis`. */
  readonly resource: ResourcePath | undefined;
  /** Without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
}

export interface ResourcePath {
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly namespace: string | undefined;
  readonly name: string | undefined;
  readonly subresource: string | undefined;
}

const NO_QUERY = new URLSearchParams();

export function requestInfo({ method, path: url }: Pick<ApiRequest, 'method' | 'path'>): RequestInfo {
  const mark = url.indexOf('?');
  const path = mark < 0 ? url : url.slice(0, mark);
  const query = mark < 0 ? NO_QUERY : new URLSearchParams(url.slice(mark + 1));
  const segments = path.split('/');
  if (path.includes('%')) decode(segments);
  const { resource, watch } = resourcePath(segments);
  return { verb: verbOf(method, resource, watch || isTrue(query.get('watch'))), resource, path, query };
}

/** As Go reads a boolean in a query. */
export const isTrue = (value: string | null): boolean => value !== null && /^(1|t|true)?$/i.test(value);

function verbOf(method: string, resource: ResourcePath | undefined, watch: boolean): string {
  if (!resource) return method.toLowerCase();
  switch (method) {
    case 'GET':
    case 'HEAD':
      if (resource.name !== undefined) return 'get';
      return watch ? 'watch' : 'list';
    case 'POST':
      return 'create';
    case 'PUT':
      return 'update';
    case 'PATCH':
      return 'patch';
    case 'DELETE':
      return resource.name === undefined ? 'deletecollection' : 'delete';
    default:
      return method.toLowerCase();
  }
}

const NOWHERE = { resource: undefined, watch: false };

function resourcePath(segments: readonly string[]): { resource: ResourcePath | undefined; watch: boolean } {
  const core = segments[1] === 'api';
  if (!core && segments[1] !== 'apis') return NOWHERE;
  let at = core ? 3 : 4;
  const group = core ? '' : segments[2];
  const version = segments[at - 1];
  const watch = segments[at] === 'watch';
  if (watch) at++;
  const plural = segments[at];
  if (group === undefined || !version || !plural) return NOWHERE;
  // a namespace's own subresources stand where the resources in it would
  const inside = plural === 'namespaces' && segments[at + 2] && !NAMESPACE_SUBRESOURCES.has(segments[at + 2] as string);
  const [namespace, start] = inside ? [segments[at + 1], at + 2] : [undefined, at];
  return {
    watch,
    resource: {
      group,
      version,
      plural: segments[start] as string,
      namespace,
      name: segments[start + 1] || undefined,
      subresource: segments[start + 2] || undefined,
    },
  };
}

const NAMESPACE_SUBRESOURCES = new Set(['status', 'finalize']);

function decode(segments: string[]): void {
  segments.forEach((segment, index) => {
    try {
      segments[index] = decodeURIComponent(segment);
    } catch {
      // what is no encoding is taken as it stands: no such name exists
    }
  });
}
