import { Lease } from '../../src/api/lease.ts';
import { LeaseRequest } from '../../src/api/lease-request.ts';
import { decideLease } from '../../src/core/lease.ts';
import { decideOrphans } from '../../src/core/orphan.ts';
import { keyFor } from '../../src/kube/cache.ts';
import { type Gathered, rules } from '../rules.ts';

export const leaseRules = rules({
  kind: Lease,
  claims: {
    kind: LeaseRequest,
    on: ({ metadata, spec }: LeaseRequest) => keyFor(spec.lease, spec.leaseNamespace ?? metadata.namespace),
    decideOrphans,
  },
  gather: ({ resource, claims, facts, goneBy, now }: Gathered<Lease, LeaseRequest>) => ({
    lease: resource,
    requests: claims,
    facts,
    goneBy,
    now,
  }),
  decide: decideLease,
});
