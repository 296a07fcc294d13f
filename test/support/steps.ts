import * as fc from 'fast-check';
import type { LeaseRequest } from '../../src/api/lease-request.ts';
import type { Permit } from '../../src/api/permit.ts';
import { asking, waiting } from './claims.ts';
import type { Circumstances, History } from './history.ts';
import type { AnyResource } from './promises.ts';

/** Something that happens to a resource, its claims, its operators, or time. */
export type Step =
  | { readonly do: 'create'; readonly spec: ClaimSpec; readonly owned: boolean }
  | { readonly do: 'renew' | 'edit' | 'release' | 'finish'; readonly claim: number }
  | { readonly do: 'advance' | 'jump'; readonly by: number }
  | { readonly do: 'resize'; readonly permits: number }
  | { readonly do: 'restart'; readonly operator: number }
  | { readonly do: 'remove' | 'recreate' }
  | { readonly do: 'decide'; readonly in: Circumstances };

export interface ClaimSpec {
  readonly weight: number;
  readonly priority: number;
  readonly ttl: string;
  readonly timeout: string | undefined;
  readonly confirmWithin: string | undefined;
  readonly renewal: 'Client' | 'Owner';
}

const claimSpec: fc.Arbitrary<ClaimSpec> = fc.record({
  weight: fc.integer({ min: 1, max: 3 }),
  priority: fc.constantFrom(0, 0, 0, 1, 5),
  ttl: fc.constantFrom('5s', '20s', '60s'),
  timeout: fc.constantFrom(undefined, undefined, '0s', '3s', '30s'),
  confirmWithin: fc.constantFrom(undefined, undefined, '2s'),
  renewal: fc.constantFrom('Client', 'Client', 'Owner'),
});

const claim = fc.nat(20);
const operator = fc.nat(1);
const lag = fc.constantFrom(0, 0, 1, 2, 5, 12);

const circumstances: fc.Arbitrary<Circumstances> = fc.record({
  operator,
  claimLag: lag,
  resourceLag: lag,
  writes: fc.constantFrom(Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, 0, 1, 2, 3),
});

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant('create' as const), spec: claimSpec, owned: fc.boolean() }) },
  { weight: 12, arbitrary: fc.record({ do: fc.constant('decide' as const), in: circumstances }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('renew' as const), claim }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('edit' as const), claim }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('release' as const), claim }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('finish' as const), claim }) },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant('advance' as const), by: fc.constantFrom(1, 999, 5_000, 20_001, 700_000) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('jump' as const), by: fc.integer({ min: -9e8, max: 9e8 }) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('resize' as const), permits: fc.integer({ min: 1, max: 5 }) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('restart' as const), operator }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('remove' as const, 'recreate' as const) }) },
);

export const steps = (most: number): fc.Arbitrary<Step[]> => fc.array(step, { maxLength: most, size: 'max' });

/** Lets it happen. */
export function play(
  history: History,
  make: (name: string, spec: ClaimSpec) => Permit | LeaseRequest,
  anew: AnyResource,
) {
  return (step: Step): unknown => {
    switch (step.do) {
      case 'create': {
        const uid = history.create((name) => make(name, step.spec));
        if (step.owned || step.spec.renewal === 'Owner') history.owners.set(uid, 'alive');
        return uid;
      }
      case 'advance':
        return history.advance(step.by);
      case 'jump':
        return history.jump(step.by);
      case 'resize':
        return history.edited({ permits: step.permits });
      case 'restart':
        return history.restart(step.operator);
      case 'remove':
        return history.remove();
      case 'recreate':
        return history.recreate(anew);
      case 'decide':
        return history.decide(step.in);
      default: {
        const chosen = history.claim(step.claim);
        if (!chosen) return undefined;
        if (step.do !== 'finish') return history[step.do](chosen);
        const { uid } = chosen.metadata;
        return history.owners.has(uid) && history.owners.set(uid, 'finished');
      }
    }
  };
}

export const aPermit = (name: string, spec: ClaimSpec): Permit => waiting(name).with(spec).object;

export const aRequest = (name: string, { weight: _, ...spec }: ClaimSpec): LeaseRequest =>
  asking(name).with(spec).object;
