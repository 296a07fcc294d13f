import { Permit } from '../../src/api/permit.ts';
import { Semaphore } from '../../src/api/semaphore.ts';
import { decideOrphans } from '../../src/core/orphan.ts';
import { decideSemaphore } from '../../src/core/semaphore.ts';
import { keyFor } from '../../src/kube/cache.ts';
import { type Gathered, rules } from '../rules.ts';

export const semaphoreRules = rules({
  kind: Semaphore,
  claims: {
    kind: Permit,
    on: ({ metadata, spec }: Permit) => keyFor(spec.semaphore, spec.semaphoreNamespace ?? metadata.namespace),
    decideOrphans,
  },
  gather: ({ resource, claims, facts, goneBy, now }: Gathered<Semaphore, Permit>) => ({
    semaphore: resource,
    permits: claims,
    facts,
    goneBy,
    now,
  }),
  decide: decideSemaphore,
});
