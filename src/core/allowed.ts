import type { ObjectMeta } from '../api/metadata.ts';

/** A resource, as far as it says who may use it. */
export interface Lender {
  readonly metadata: Pick<ObjectMeta, 'namespace'>;
  readonly spec: { readonly allowedNamespaces?: readonly string[] | undefined };
}

/** Whether claims from that namespace may use the resource: its own may, others only where it says so. */
export function isAllowed({ metadata, spec }: Lender, namespace: string | undefined): boolean {
  if (namespace === metadata.namespace) return true;
  const allowed = spec.allowedNamespaces ?? [];
  return namespace !== undefined && (allowed.includes('*') || allowed.includes(namespace));
}
