/** What Kubernetes itself keeps about an object. Times are RFC 3339 strings, as they are on the wire. */
export interface ObjectMeta {
  readonly name: string;
  readonly namespace?: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly generation?: number;
  readonly creationTimestamp: string;
  readonly deletionTimestamp?: string;
  readonly generateName?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly ownerReferences?: readonly OwnerReference[];
  readonly finalizers?: readonly string[];
}

/** The parts of metadata a client writes when it creates an object; it gives a name or a prefix for one. */
export type NewObjectMeta = Partial<
  Pick<ObjectMeta, 'namespace' | 'labels' | 'annotations' | 'ownerReferences' | 'finalizers'>
> &
  ({ readonly name: string } | { readonly generateName: string });

export interface OwnerReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  readonly controller?: boolean;
  readonly blockOwnerDeletion?: boolean;
}

/** Any object of the Kubernetes API, whoever defined it. */
export interface KubeObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ObjectMeta;
}
