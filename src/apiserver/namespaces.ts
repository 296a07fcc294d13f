import type { BuiltInRules } from './built-in-rules.ts';
import { isObject } from './json.ts';
import { labelName } from './metadata.ts';
import type { ServedResource } from './served-resource.ts';
import { forbidden, notFound } from './status-error.ts';
import type { Collection } from './store.ts';
import type { StoredObject } from './stored-object.ts';

const NAMESPACES = { group: '', plural: 'namespaces' } as const;
const FINALIZER = 'kubernetes';
const PERMANENT = new Set(['default', 'kube-system', 'kube-public']);

export const BUILT_IN_NAMESPACES = ['default', 'kube-system', 'kube-public', 'kube-node-lease'] as const;

export const namespaceRules: BuiltInRules = {
  nameRule: labelName,
  deletionAnswer: 'object',
  subresources: { finalize: 'spec' },
  prepare: (namespace, old) =>
    old ? named(namespace) : { ...named(namespace), spec: { finalizers: [FINALIZER] }, status: { phase: 'Active' } },
  undeletable: ({ metadata }) => (PERMANENT.has(metadata.name) ? 'this namespace may not be deleted' : undefined),
  beginDeletion: (namespace) => ({ ...namespace, status: { ...objectIn(namespace, 'status'), phase: 'Terminating' } }),
  holdsDeletion: (namespace) => holds(namespace),
};

const objectIn = (object: StoredObject, key: string) => (isObject(object[key]) ? object[key] : {});

const holds = (namespace: StoredObject): boolean => {
  const { finalizers } = objectIn(namespace, 'spec');
  return Array.isArray(finalizers) && finalizers.length > 0;
};

/** Every namespace can be selected by its name. */
const named = (namespace: StoredObject): StoredObject => {
  const { metadata } = namespace;
  const labels = { ...metadata.labels, 'kubernetes.io/metadata.name': metadata.name };
  return { ...namespace, metadata: { ...metadata, labels } };
};

/** The namespace with nothing left to hold it. */
export const finalized = (namespace: StoredObject): StoredObject => {
  const { finalizers: _, ...spec } = objectIn(namespace, 'spec');
  return { ...namespace, spec };
};

/** New objects go only where a namespace is, and stays. */
export const namespaceAdmission =
  (namespaces: Collection) =>
  ({ type }: ServedResource, namespace: string, name: string): void => {
    const found = namespaces.get(namespace);
    if (!found) throw notFound(NAMESPACES, namespace);
    if (found.metadata.deletionTimestamp === undefined) return;
    const why = `unable to create new content in namespace ${namespace} because it is being terminated`;
    throw forbidden(type, name, why, [
      {
        reason: 'NamespaceTerminating',
        message: `namespace ${namespace} is being terminated`,
        field: 'metadata.namespace',
      },
    ]);
  };
