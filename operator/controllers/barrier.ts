import { Arrival } from '../../src/api/arrival.ts';
import { Barrier } from '../../src/api/barrier.ts';
import { decideBarrier } from '../../src/core/barrier.ts';
import { keyFor } from '../../src/kube/cache.ts';
import { type Gathered, rules } from '../rules.ts';

export const barrierRules = rules({
  kind: Barrier,
  claims: {
    kind: Arrival,
    on: ({ metadata, spec }: Arrival) => keyFor(spec.barrier, spec.barrierNamespace ?? metadata.namespace),
  },
  gather: ({ resource, claims, facts, goneBy, since, completeUntil, now }: Gathered<Barrier, Arrival>) => ({
    barrier: resource,
    arrivals: claims,
    facts,
    goneBy,
    since,
    completeUntil,
    now,
  }),
  decide: decideBarrier,
});
