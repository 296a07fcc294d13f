import { type Identities, type Identity, ImpersonationError, identify, impersonation } from './identity.ts';
import { type AccessRequest, authorize, forbiddenMessage } from './rbac.ts';
import type { RequestInfo } from './request-info.ts';
import { badRequest, StatusError, unauthorized } from './status-error.ts';
import type { Store } from './store.ts';

export type Authorization = 'AlwaysAllow' | 'RBAC';

/** Who everybody is where nobody has to say. */
export const ADMIN: Identity = { user: 'system:admin', groups: ['system:masters', 'system:authenticated'] };
const ANONYMOUS: Identity = { user: 'system:anonymous', groups: ['system:unauthenticated'] };

type Headers = Readonly<Record<string, string>>;

/** Who may do what. */
export class Access {
  readonly #store: Store;
  readonly #identities: Identities | undefined;
  readonly #authorization: Authorization;

  constructor(store: Store, identities: Identities | undefined, authorization: Authorization) {
    this.#store = store;
    this.#identities = identities;
    this.#authorization = authorization;
  }

  /** Whose request it is; throws a 401 for a token that nobody has. */
  identityOf(headers: Headers): Identity {
    const caller = this.#caller(headers);
    if (!hasImpersonation(headers)) return caller;
    try {
      const asked = impersonation(headers, caller);
      if (!asked) return caller;
      for (const need of asked.needs) if (!this.allows(need)) throw refusal(need);
      return asked.as;
    } catch (error) {
      throw error instanceof ImpersonationError ? badRequest(error.message) : error;
    }
  }

  allows(request: AccessRequest): boolean {
    if (this.#authorization === 'AlwaysAllow') return true;
    return authorize(request, {
      roles: this.#all('roles'),
      clusterRoles: this.#all('clusterroles'),
      roleBindings: this.#all('rolebindings'),
      clusterRoleBindings: this.#all('clusterrolebindings'),
    });
  }

  /** Throws a 403 when the request is not allowed. */
  check(identity: Identity, info: RequestInfo): void {
    if (this.#authorization === 'AlwaysAllow') return;
    const request = accessOf(identity, info);
    if (!this.allows(request)) throw refusal(request);
  }

  #caller(headers: Headers): Identity {
    if (!this.#identities) return ADMIN;
    if (headers['authorization'] === undefined) return ANONYMOUS;
    const identity = identify(headers, this.#identities);
    if (!identity) throw unauthorized();
    return identity;
  }

  #all(plural: string): readonly unknown[] {
    return this.#store.collection(`${plural}.rbac.authorization.k8s.io`).list();
  }
}

function hasImpersonation(headers: Headers): boolean {
  for (const name in headers) if (name.startsWith('impersonate-')) return true;
  return false;
}

function accessOf({ user, groups }: Identity, { verb, resource, path, query }: RequestInfo): AccessRequest {
  if (!resource) return { user, groups, verb, nonResourcePath: path };
  const { group, plural, subresource, name, namespace } = resource;
  return {
    user,
    groups,
    verb,
    group,
    resource: plural,
    subresource,
    // a list of the one object with a name is a question about that object
    name: name ?? /^metadata\.name==?([^,!=]+)$/.exec(query.get('fieldSelector') ?? '')?.[1],
    namespace: plural === 'namespaces' ? name : namespace,
  };
}

const refusal = (request: AccessRequest): StatusError => {
  const { name, group, resource } = request;
  return new StatusError(403, 'Forbidden', forbiddenMessage(request), {
    ...(name && { name }),
    ...(group && { group }),
    ...(resource && { kind: resource }),
  });
};
