import type { KubeObject, NewObjectMeta } from '../api/metadata.ts';
import type { ResourceType } from './resource-type.ts';

/** The Lease Kubernetes itself has, for leader election; ours is `Lease` in src/api. */
export interface CoordinationLease extends KubeObject {
  readonly spec?: CoordinationLeaseSpec;
}

export interface CoordinationLeaseSpec {
  readonly holderIdentity?: string | null;
  readonly leaseDurationSeconds?: number;
  /** MicroTime: exactly six digits of a second. */
  readonly acquireTime?: string | null;
  readonly renewTime?: string | null;
  readonly leaseTransitions?: number;
}

export interface NewCoordinationLease {
  readonly apiVersion: 'coordination.k8s.io/v1';
  readonly kind: 'Lease';
  readonly metadata: NewObjectMeta;
  readonly spec: CoordinationLeaseSpec;
}

export const CoordinationLease: ResourceType<CoordinationLease, NewCoordinationLease> = {
  group: 'coordination.k8s.io',
  version: 'v1',
  kind: 'Lease',
  plural: 'leases',
  namespaced: true,
};
