import type { StructuralSchema } from '../api/structural.ts';

/** One kind in one version, as it is served: all that the parts of the server need to know of it. */
export interface ResourceType {
  /** Empty for the core group. */
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly listKind: string;
  readonly plural: string;
  readonly singular: string;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  readonly namespaced: boolean;
  /** The whole object's; undefined when anything goes. */
  readonly schema: StructuralSchema | undefined;
  /** Whether `/status` is a resource of its own. */
  readonly status: boolean;
  readonly scale?: false;
  readonly columns: readonly PrinterColumn[];
  /** JSON paths beyond `metadata.name` and `metadata.namespace` that a field selector may name: `spec.semaphore`. */
  readonly selectableFields: readonly string[];
  readonly verbs: readonly Verb[];
  /** Where the kind comes from: a CustomResourceDefinition is held to other rules than what is built in. */
  readonly origin: 'built-in' | 'custom';
}

export interface PrinterColumn {
  readonly name: string;
  readonly type: string;
  readonly jsonPath: string;
  /** For what no path leads to. */
  readonly cell?: (object: object) => unknown;
  readonly format?: string;
  readonly description?: string;
  /** 0, or not set: always shown. Higher: with `-o wide` only. */
  readonly priority?: number;
}

export const ALL_VERBS = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'] as const;

export type Verb = (typeof ALL_VERBS)[number];

/** `sync.konductor.io/v1`, and `v1` for the core group. */
export const apiVersionOf = ({ group, version }: Pick<ResourceType, 'group' | 'version'>): string =>
  group ? `${group}/${version}` : version;

/** `semaphores.sync.konductor.io`, and `pods` for the core group: how a Status message names a resource. */
export const qualifiedName = ({ group, plural }: Pick<ResourceType, 'group' | 'plural'>): string =>
  group ? `${plural}.${group}` : plural;

/** `Semaphore.sync.konductor.io`, and `Pod` for the core group. */
export const qualifiedKind = ({ group, kind }: Pick<ResourceType, 'group' | 'kind'>): string =>
  group ? `${kind}.${group}` : kind;
