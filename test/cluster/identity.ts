import { randomUUID } from 'node:crypto';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Tokens } from './files.ts';
import type { Http } from './http.ts';

/** Somebody other than the administrator. */
export type Identity =
  | { readonly user: string; readonly groups?: readonly string[] }
  | { readonly serviceAccount: string; readonly namespace: string };

/**
 * Writes a kubeconfig and gives its path. A service account gets a real token of its own. A named user is
 * impersonated by a token that can do nothing else: Node cannot sign client certificates, and the server reads
 * static tokens only when it starts.
 */
export async function writeKubeconfig(server: KubeconfigServer, identity?: Identity): Promise<string> {
  const folder = join(server.dir, 'kubeconfig');
  const path = join(folder, `${randomUUID()}.json`); // several workers write here at once
  await mkdir(folder, { recursive: true });
  const content = kubeconfig(server, await credentialsOf(server, identity));
  await writeFile(`${path}.part`, JSON.stringify(content, null, 2));
  await rename(`${path}.part`, path);
  return path;
}

export interface KubeconfigServer {
  readonly url: string;
  readonly ca: string;
  readonly dir: string;
  readonly tokens: Tokens;
  readonly http: Http;
}

interface Credentials {
  readonly token: string;
  readonly as?: string;
  readonly 'as-groups'?: readonly string[];
}

const ONE_DAY_S = 86_400; // longer than any suite

async function credentialsOf({ tokens, http }: KubeconfigServer, identity?: Identity): Promise<Credentials> {
  if (!identity) return { token: tokens.admin };
  if ('user' in identity) {
    return { token: tokens.impersonator, as: identity.user, 'as-groups': identity.groups ?? [] };
  }
  const { serviceAccount, namespace } = identity;
  const { status, body } = await http.request<{ status: { token: string } }>(
    'POST',
    `/api/v1/namespaces/${namespace}/serviceaccounts/${serviceAccount}/token`,
    { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: { expirationSeconds: ONE_DAY_S } },
  );
  if (status === 201) return { token: body.status.token };
  throw new Error(`no token for service account ${namespace}/${serviceAccount}: ${JSON.stringify(body)}`);
}

/** In JSON, which every reader of YAML reads. */
function kubeconfig({ url, ca }: KubeconfigServer, user: Credentials) {
  return {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      { name: 'test', cluster: { server: url, 'certificate-authority-data': Buffer.from(ca).toString('base64') } },
    ],
    users: [{ name: 'test', user }],
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'test' } }],
    'current-context': 'test',
  };
}
