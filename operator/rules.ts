import type { Kind } from '../src/api/kind.ts';
import type { KubeObject } from '../src/api/metadata.ts';
import type { ClaimFacts } from '../src/core/claim.ts';
import type { Decision } from '../src/core/decision.ts';
import type { SubjectReference } from '../src/core/gate-conditions.ts';
import type { Sight } from '../src/core/gate-subjects.ts';
import type { Moment } from '../src/core/moment.ts';
import type { GoneBy } from '../src/core/watermark.ts';
import type { AnyObject } from './writer.ts';

/** What has been gathered about one resource. */
export interface Gathered<Resource, Claim> {
  readonly resource: Resource;
  /** All claims on it. */
  readonly claims: readonly Claim[];
  readonly facts: (claim: Claim) => ClaimFacts;
  readonly goneBy: GoneBy;
  /** When the resource was first seen in the generation that its status has. */
  readonly since: Moment;
  /** Every claim made up to then, on the monotonic clock, is known. */
  readonly completeUntil: number;
  /** What is known of an object that the resource looks at. */
  readonly sightOf: (subject: SubjectReference) => Sight;
  readonly now: Moment;
}

/** One kind of resource: which claims are on it, and who decides. Everything else is the same for all. */
export interface Rules {
  readonly kind: Kind;
  readonly claims: ClaimRules | undefined;
  readonly subjects: SubjectRules | undefined;
  readonly decide: (gathered: Gathered<AnyObject, KubeObject>) => Decision<object>;
}

export interface ClaimRules {
  readonly kind: Kind;
  /** The key of the resource a claim is on. */
  readonly on: (claim: KubeObject) => string;
  /** Who decides on claims whose resource does not exist. */
  readonly decideOrphans?: (orphans: Orphans<KubeObject>) => Decision<never>;
}

/** What a resource looks at, of kinds that may not be ours. */
export interface SubjectRules {
  readonly of: (resource: AnyObject) => readonly SubjectReference[];
  readonly mayLookAt: (resource: AnyObject, object: KubeObject) => boolean;
}

/** Claims that name a resource which is not there. */
export type Orphans<Claim> = Pick<Gathered<never, Claim>, 'claims' | 'facts' | 'now'>;

interface TypedRules<Resource, Claim, View, Status extends object> {
  readonly kind: Kind;
  readonly claims?: {
    readonly kind: Kind;
    readonly on: (claim: Claim) => string;
    /** May take claims of other kinds too. */
    readonly decideOrphans?: (orphans: never) => Decision<never>;
  };
  readonly subjects?: {
    readonly of: (resource: Resource) => readonly SubjectReference[];
    readonly mayLookAt: (resource: Resource, object: KubeObject) => boolean;
  };
  readonly gather: (gathered: Gathered<Resource, Claim>) => View;
  readonly decide: (view: View) => Decision<Status>;
}

/** The typed form, for the machinery that treats all kinds alike. */
export function rules<Resource extends KubeObject, Claim extends KubeObject, View, Status extends object>(
  typed: TypedRules<Resource, Claim, View, Status>,
): Rules {
  return {
    kind: typed.kind,
    claims: typed.claims as unknown as ClaimRules | undefined,
    subjects: typed.subjects as unknown as SubjectRules | undefined,
    decide: (gathered) => typed.decide(typed.gather(gathered as unknown as Gathered<Resource, Claim>)),
  };
}
