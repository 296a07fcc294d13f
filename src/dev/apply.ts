import { discover } from '../../operator/discovery.ts';
import { API_VERSION } from '../api/group.ts';
import { KINDS } from '../api/kinds.ts';
import type { KubeObject } from '../api/metadata.ts';
import type { KubeClient } from '../kube/client.ts';
import { type ResourceType, resourceTypeOf } from '../kube/resource-type.ts';

/** An object as somebody writes it down. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly [field: string]: unknown };
  readonly [field: string]: unknown;
}

/** Applies them one after the other, in their order, each with the status it says. */
export async function applyObjects(
  kube: KubeClient,
  namespace: string,
  manifests: readonly (string | Manifest)[],
): Promise<void> {
  for (const manifest of manifests) {
    for (const object of typeof manifest === 'string' ? await parsed(manifest) : [manifest])
      await applyOne(kube, namespace, object);
  }
}

async function applyOne(kube: KubeClient, namespace: string, object: Manifest): Promise<void> {
  const type = await typeOf(kube, object);
  const resource = kube.of(type, type.namespaced ? (object.metadata.namespace ?? namespace) : undefined);
  const { status, ...rest } = object;
  await resource.apply(rest, { force: true });
  if (status === undefined) return;
  const { apiVersion, kind, metadata } = object;
  const named = { apiVersion, kind, metadata: { name: metadata.name }, status };
  await resource.apply(named, { force: true, subresource: 'status' });
}

async function typeOf(kube: KubeClient, { apiVersion, kind }: Manifest): Promise<ResourceType<KubeObject>> {
  const ours = apiVersion === API_VERSION ? KINDS.find((each) => each.kind === kind) : undefined;
  const type = ours ? resourceTypeOf(ours) : await discover(kube, apiVersion, kind, new AbortController().signal);
  if (type) return type as ResourceType<KubeObject>;
  throw new TypeError(`apply: this server has no ${kind} of ${apiVersion}: look for a slip of the pen in either`);
}

async function parsed(text: string): Promise<Manifest[]> {
  const { parseAllDocuments } = await import('yaml');
  return parseAllDocuments(text).flatMap((document) => {
    const [problem] = document.errors;
    if (problem) throw new TypeError(`apply: the YAML cannot be read: ${problem.message}`);
    const object = document.toJS() as Manifest | null;
    return object ? [object] : [];
  });
}
