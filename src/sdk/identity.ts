import { readFile } from 'node:fs/promises';
import { isIPv6 } from 'node:net';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { OwnerReference } from '../api/metadata.ts';
import type { Environment } from '../kube/connection.ts';

/** The pod around this program. */
export interface PodIdentity {
  readonly namespace: string;
  readonly name: string;
  readonly reference: OwnerReference;
}

/** Who holds, unless somebody says who. */
export const holderName = (
  { KONDUCTOR_HOLDER, POD_NAME }: Readonly<Record<string, string | undefined>>,
  pod: PodIdentity | undefined,
): string => KONDUCTOR_HOLDER || POD_NAME || pod?.name || hostname();

/**
 * Found in the token that Kubernetes mounts. Undefined where the server is another cluster's: it has no such pod, and
 * would collect at once whatever says that it belongs to one.
 */
export async function podAround(
  { variables, serviceAccount }: Environment,
  server: string,
): Promise<PodIdentity | undefined> {
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port = '443' } = variables;
  if (!host || new URL(`https://${isIPv6(host) ? `[${host}]` : host}:${port}`).origin !== new URL(server).origin) {
    return undefined;
  }
  const token = await readFile(join(serviceAccount, 'token'), 'utf8').catch(() => '');
  const { namespace, pod } = boundTo(token);
  if (!namespace || !pod?.name || !pod.uid) return undefined;
  const { name, uid } = pod;
  return { namespace, name, reference: { apiVersion: 'v1', kind: 'Pod', name, uid } };
}

interface Bound {
  readonly namespace?: string;
  readonly pod?: { readonly name?: string; readonly uid?: string };
}

/** What the token says it is bound to. The server checks it; here it is only read. */
function boundTo(token: string): Bound {
  try {
    const payload = Buffer.from(token.split('.')[1] ?? '', 'base64url').toString();
    return (JSON.parse(payload) as { readonly 'kubernetes.io'?: Bound })['kubernetes.io'] ?? {};
  } catch {
    return {};
  }
}
