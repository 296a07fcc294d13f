import type { KubeObject } from '../src/api/metadata.ts';
import type { KubeClient } from '../src/kube/client.ts';
import type { ResourceType } from '../src/kube/resource-type.ts';
import { NO_RETRY } from '../src/kube/retry.ts';

interface ResourceList {
  readonly resources?: readonly { readonly name: string; readonly kind: string; readonly namespaced: boolean }[];
}

/** Where a kind is served, by asking the server; undefined when it is not. */
export async function discover(
  client: KubeClient,
  apiVersion: string,
  kind: string,
  signal: AbortSignal,
): Promise<ResourceType<KubeObject> | undefined> {
  const [group, version] = apiVersion.includes('/') ? (apiVersion.split('/') as [string, string]) : ['', apiVersion];
  const path = group ? `/apis/${group}/${version}` : `/api/${version}`;
  const response = await client.call({ method: 'GET', path, signal, retry: NO_RETRY });
  const { resources = [] } = JSON.parse(await response.body.text()) as ResourceList;
  // a subresource has the kind of what it is of, or another, and a name with a slash
  const found = resources.find((resource) => resource.kind === kind && !resource.name.includes('/'));
  return found && { group, version, kind, plural: found.name, namespaced: found.namespaced };
}
