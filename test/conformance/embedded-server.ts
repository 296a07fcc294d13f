import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createApiServer } from '../../src/apiserver/server.ts';
import { IMPERSONATOR } from '../cluster/files.ts';
import { http } from '../cluster/http.ts';
import { type Identity, writeKubeconfig } from '../cluster/identity.ts';
import { type OpenServer, openServer } from './server.ts';

export interface EmbeddedServerOptions {
  /** Path of kubectl, for who has one. */
  readonly kubectl?: () => Promise<string>;
}

/** Ours, in this process, reached over HTTPS: kubectl sends no token over plain HTTP. */
export async function embeddedServer(options: EmbeddedServerOptions = {}): Promise<OpenServer> {
  const tokens = { admin: randomUUID(), impersonator: randomUUID() };
  const server = createApiServer({
    authorization: 'RBAC',
    identities: new Map([
      [tokens.admin, { user: 'konductor-test:admin', groups: ['system:masters'] }],
      [tokens.impersonator, { user: IMPERSONATOR, groups: [] }],
    ]),
  });
  const { url, ca = '' } = await server.listen({ tls: 'self-signed' });
  const dir = await mkdtemp(join(tmpdir(), 'konductor-embedded-'));
  const admin = http({ url, ca, token: tokens.admin });
  await allowImpersonation(admin.request);

  const open = await openServer({
    name: 'embedded',
    kubeconfig: (identity?: Identity) => writeKubeconfig({ url, ca, dir, tokens, http: admin }, identity),
    dir,
    kubectl: options.kubectl ?? (() => Promise.reject(new Error('these suites do without kubectl'))),
    compact: async () => server.compact(),
  });
  return {
    ...open,
    async close() {
      await open.close();
      await server.close();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

async function allowImpersonation(request: ReturnType<typeof http>['request']): Promise<void> {
  const apiGroup = 'rbac.authorization.k8s.io';
  const metadata = { name: IMPERSONATOR };
  const rules = [{ apiGroups: [''], resources: ['users', 'groups', 'serviceaccounts'], verbs: ['impersonate'] }];
  const subjects = [{ kind: 'User', apiGroup, name: IMPERSONATOR }];
  const roleRef = { apiGroup, kind: 'ClusterRole', name: IMPERSONATOR };
  await request('POST', `/apis/${apiGroup}/v1/clusterroles`, { metadata, rules });
  await request('POST', `/apis/${apiGroup}/v1/clusterrolebindings`, { metadata, roleRef, subjects });
}
