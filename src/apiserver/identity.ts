import type { AccessRequest } from './rbac.ts';

/** Somebody: who they are, and what they belong to. */
export interface Identity {
  readonly user: string;
  readonly uid?: string;
  readonly groups: readonly string[];
  readonly extra?: Readonly<Record<string, readonly string[]>>;
}

export type Identities = ReadonlyMap<string, Identity>;

/** Names in lower case. */
type Headers = Readonly<Record<string, string>>;

/** Whose request this is, by its bearer token; undefined when that is nobody known: answer 401. */
export function identify(headers: Headers, identities: Identities): Identity | undefined {
  const token = /^bearer +(\S+) *$/i.exec(headers['authorization'] ?? '')?.[1];
  const known = token === undefined ? undefined : identities.get(token);
  return known && authenticated(known);
}

/** What a request asks to be instead, and which permissions that takes. */
export interface Impersonation {
  readonly as: Identity;
  readonly needs: readonly AccessRequest[];
}

/**
 * Whom the Impersonate headers name; undefined when there are none. The caller must be allowed every one of the
 * needs, and the first that is not makes the 403.
 */
export function impersonation(headers: Headers, caller: Identity): Impersonation | undefined {
  const user = headers['impersonate-user'] ?? '';
  const uid = headers['impersonate-uid'] ?? '';
  const groups = splitHeader(headers['impersonate-group']);
  const extra = extraOf(headers);
  const hasExtra = Object.keys(extra).length > 0;
  if (user === '') {
    if (groups.length > 0 || hasExtra || uid !== '') throw new ImpersonationError(groups, uid);
    return undefined;
  }
  const account = serviceAccount(user);
  const as = {
    user,
    ...(uid !== '' && { uid }),
    groups: groups.length === 0 && account ? accountGroups(account.namespace) : groups,
    ...(hasExtra && { extra }),
  };
  return { as: authenticated(as), needs: needsOf(caller, as, account, groups) };
}

/** Groups, a uid or extras for a user who is not named. */
export class ImpersonationError extends Error {
  readonly status = 400;

  constructor(groups: readonly string[], uid: string) {
    const names =
      groups.length > 0 ? `[]string{${groups.map((group) => JSON.stringify(group)).join(', ')}}` : '[]string(nil)';
    const requested = `&user.DefaultInfo{Name:"", UID:${JSON.stringify(uid)}, Groups:${names}, Extra:map[string][]string(nil)}`;
    super(`requested ${requested} without impersonating a user name`);
    this.name = 'ImpersonationError';
  }
}

const ANONYMOUS = 'system:anonymous';
const AUTHENTICATED = 'system:authenticated';
const UNAUTHENTICATED = 'system:unauthenticated';

function authenticated(identity: Identity): Identity {
  const { user, groups } = identity;
  const belongs = user === ANONYMOUS ? UNAUTHENTICATED : AUTHENTICATED;
  return groups.includes(belongs) ? identity : { ...identity, groups: [...groups, belongs] };
}

/** Node joins a header that comes more than once with a comma. */
const splitHeader = (value = ''): readonly string[] =>
  value
    .split(',')
    .map((one) => one.trim())
    .filter((one) => one !== '');

const EXTRA_PREFIX = 'impersonate-extra-';

function extraOf(headers: Headers): Readonly<Record<string, readonly string[]>> {
  return Object.fromEntries(
    Object.entries(headers)
      .filter(([name]) => name.startsWith(EXTRA_PREFIX))
      .map(([name, value]) => [decodeKey(name.slice(EXTRA_PREFIX.length)), splitHeader(value)]),
  );
}

function decodeKey(key: string): string {
  try {
    return decodeURIComponent(key);
  } catch {
    return key;
  }
}

interface ServiceAccount {
  readonly namespace: string;
  readonly name: string;
}

function serviceAccount(user: string): ServiceAccount | undefined {
  const [, namespace, name] = /^system:serviceaccount:([^:]+):([^:]+)$/.exec(user) ?? [];
  return namespace && name ? { namespace, name } : undefined;
}

const accountGroups = (namespace: string): readonly string[] => [
  'system:serviceaccounts',
  `system:serviceaccounts:${namespace}`,
];

function needsOf(
  caller: Identity,
  as: Identity,
  account: ServiceAccount | undefined,
  groups: readonly string[],
): readonly AccessRequest[] {
  const { user, groups: callerGroups } = authenticated(caller);
  const need = (what: Omit<AccessRequest, 'user' | 'groups' | 'verb'>): AccessRequest => ({
    user,
    groups: callerGroups,
    verb: 'impersonate',
    ...what,
  });
  const authentication = 'authentication.k8s.io';
  return [
    account ? need({ resource: 'serviceaccounts', ...account }) : need({ resource: 'users', name: as.user }),
    ...groups.map((name) => need({ resource: 'groups', name })),
    ...Object.entries(as.extra ?? {}).flatMap(([key, values]) =>
      values.map((name) => need({ group: authentication, resource: 'userextras', subresource: key, name })),
    ),
    ...(as.uid === undefined ? [] : [need({ group: authentication, resource: 'uids', name: as.uid })]),
  ];
}
