import { jsonResponse } from './body.ts';
import type { Call } from './call.ts';
import type { ApiResponse } from './http.ts';
import { isObject, type Json, type JsonObject } from './json.ts';
import type { AccessRequest } from './rbac.ts';
import { readObject } from './read-body.ts';
import { secondsTime } from './stored-object.ts';

/** Questions about who may do what: answered, never stored. Undefined when the resource is none of them. */
export function reviewOf(
  call: Call,
  allows: (request: AccessRequest) => boolean,
  now: number,
): ApiResponse | undefined {
  const { plural, group } = call.resource.type;
  if (group === 'authentication.k8s.io' && plural === 'selfsubjectreviews') return whoAmI(call, now);
  if (group !== 'authorization.k8s.io') return undefined;
  const review = readObject(call.request, call.resource);
  const spec = isObject(review['spec']) ? review['spec'] : {};
  const { user, groups } = call.identity;
  const subject =
    plural === 'selfsubjectaccessreviews'
      ? { user, groups }
      : { user: textOf(spec['user']), groups: textsOf(spec['groups']) };
  const allowed = allows({ ...subject, ...accessOf(spec) });
  return jsonResponse(201, {
    kind: call.resource.type.kind,
    apiVersion: call.resource.apiVersion,
    metadata: {},
    spec,
    status: { allowed },
  });
}

function whoAmI({ resource, identity }: Call, now: number): ApiResponse {
  const { user, uid, groups, extra } = identity;
  return jsonResponse(201, {
    kind: resource.type.kind,
    apiVersion: resource.apiVersion,
    metadata: { creationTimestamp: secondsTime(now) },
    status: { userInfo: { username: user, ...(uid && { uid }), groups, ...(extra && { extra }) } },
  });
}

function accessOf(spec: JsonObject): Omit<AccessRequest, 'user' | 'groups'> {
  const { resourceAttributes: resource, nonResourceAttributes: path } = spec;
  if (isObject(path)) return { verb: textOf(path['verb']), nonResourcePath: textOf(path['path']) };
  const about = isObject(resource) ? resource : {};
  return {
    verb: textOf(about['verb']),
    group: textOf(about['group']),
    resource: textOf(about['resource']),
    subresource: textOf(about['subresource']) || undefined,
    namespace: textOf(about['namespace']) || undefined,
    name: textOf(about['name']) || undefined,
  };
}

const textOf = (value: Json | undefined): string => (typeof value === 'string' ? value : '');
const textsOf = (value: Json | undefined): readonly string[] => (Array.isArray(value) ? value.map(String) : []);
