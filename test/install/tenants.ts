import type { ClusterAccess } from '../cluster/access.ts';
import { http } from '../cluster/http.ts';

/** Somebody with a token of its own: what the API server makes of it is what happens. */
export interface Tenant {
  readonly name: string;
  readonly uid: string;
  readonly namespace: string;
  readonly token: string;
  /** An owner reference to its Pod. */
  readonly owner: { readonly apiVersion: 'v1'; readonly kind: 'Pod'; readonly name: string; readonly uid: string };
  /** Status, and the server's words. */
  call(method: string, path: string, body?: object): Promise<readonly [status: number, message: string]>;
}

const must = async <T>(cluster: ClusterAccess, method: string, path: string, body: object): Promise<T> => {
  const answer = await cluster.request<T>(method, path, body);
  if (answer.status !== 201) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
  return answer.body;
};

/** A service account that may hold, and a Pod of it; the token is bound to the Pod as a kubelet binds it. */
export async function podTenant(
  cluster: ClusterAccess,
  namespace: string,
  name: string,
  account = name,
): Promise<Tenant> {
  const core = `/api/v1/namespaces/${namespace}`;
  await accountThatHolds(cluster, namespace, account);
  const pod = await must<{ readonly metadata: { readonly uid: string } }>(cluster, 'POST', `${core}/pods`, {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name },
    spec: { serviceAccountName: account, containers: [{ name: 'work', image: 'busybox' }] },
  });
  const { uid } = pod.metadata;
  const boundObjectRef = { apiVersion: 'v1', kind: 'Pod', name, uid };
  return tenant(cluster, {
    namespace,
    name,
    uid,
    token: await tokenOf(cluster, namespace, account, { boundObjectRef }),
  });
}

/** The same account, from outside of any Pod. */
export async function accountTenant(cluster: ClusterAccess, namespace: string, name: string): Promise<Tenant> {
  await accountThatHolds(cluster, namespace, name);
  return tenant(cluster, { namespace, name, uid: '', token: await tokenOf(cluster, namespace, name, {}) });
}

async function accountThatHolds(cluster: ClusterAccess, namespace: string, name: string): Promise<void> {
  const account = { kind: 'ServiceAccount', name, namespace };
  const body = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name } };
  const { status } = await cluster.request('POST', `/api/v1/namespaces/${namespace}/serviceaccounts`, body);
  if (status === 409) return;
  await must(cluster, 'POST', `/apis/rbac.authorization.k8s.io/v1/namespaces/${namespace}/rolebindings`, {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'RoleBinding',
    metadata: { name: `${name}-holds` },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'konductor-holder' },
    subjects: [account],
  });
}

async function tokenOf(cluster: ClusterAccess, namespace: string, account: string, bound: object): Promise<string> {
  const path = `/api/v1/namespaces/${namespace}/serviceaccounts/${account}/token`;
  const request = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest' };
  const spec = { expirationSeconds: 3_600, ...bound };
  const { status } = await must<{ readonly status: { readonly token: string } }>(cluster, 'POST', path, {
    ...request,
    spec,
  });
  return status.token;
}

function tenant(cluster: ClusterAccess, who: Pick<Tenant, 'name' | 'uid' | 'namespace' | 'token'>): Tenant {
  const { request } = http({ url: cluster.url, ca: cluster.ca, token: who.token });
  return {
    ...who,
    owner: { apiVersion: 'v1', kind: 'Pod', name: who.name, uid: who.uid },
    async call(method, path, body) {
      const answer = await request<{ readonly message?: string }>(method, path, body);
      return [answer.status, answer.body.message ?? ''];
    },
  };
}
