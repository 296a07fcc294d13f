import { randomUUID } from 'node:crypto';
import { claimLabelsOf, claimNameOf } from '../api/claim-name.ts';
import { parseDuration } from '../api/duration.ts';
import { API_VERSION, GROUP } from '../api/group.ts';
import type { Problem } from '../api/problem.ts';
import { checkedClaim, refuse } from './checked.ts';
import { durationText } from './duration.ts';
import type { HoldLostError } from './errors.ts';
import type { Claim, Holdable, NewClaim } from './holdable.ts';
import type { Duration, SemaphoreOptions } from './options.ts';
import type { Session } from './session.ts';
import { isSameTarget, type Target, targetIn, targetOf } from './target.ts';

/** Which claims one client made: for its one watch of them all, and for nothing else. */
export const MARK = `${GROUP}/client`;

/** A grant that nobody renews within this time is taken back: whoever asked for it has died meanwhile. */
export const CONFIRM_WITHIN = '30s';

/** Who keeps a hold alive: this client, the operator while the owner lives, or nobody. */
export type Keeper = 'client' | 'owner' | 'nobody';

/** What is asked for, ready to be sent any number of times. */
export interface ClaimRequest {
  readonly type: Holdable;
  /** The semaphore or lease as it was asked for: for people. */
  readonly resource: string;
  readonly target: Target;
  /** Of the claim. */
  readonly namespace: string;
  readonly name: string;
  readonly claim: NewClaim;
  readonly keeper: Keeper;
  /** Milliseconds; undefined: for ever. */
  readonly timeout: number | undefined;
}

export async function requestOf(
  session: Session,
  type: Holdable,
  resource: string,
  options: SemaphoreOptions,
): Promise<ClaimRequest> {
  const { namespace = session.namespace, holder = session.holder, requestId = randomUUID() } = options;
  const { renewal = 'Client', detached, weight, priority, permits } = options;
  const owner = options.owner === null ? undefined : (options.owner ?? session.ownerIn(namespace));
  const doing = `ask for ${type.word} "${resource}"`;

  const problems: Problem[] = [];
  const duration = (field: 'ttl' | 'timeout', value: Duration | undefined) =>
    value === undefined ? undefined : durationText(value, field, problems);
  const [ttl, timeout] = [duration('ttl', options.ttl), duration('timeout', options.timeout)];
  if (renewal === 'Owner' && !owner) {
    problems.push({
      field: 'renewal',
      message: 'must be "Client" where there is no owner: say owner, or run in a pod',
    });
  }
  if (permits !== undefined && !(Number.isInteger(permits) && permits > 0)) {
    problems.push({ field: 'permits', message: 'must be a whole number, at least 1' });
  }
  refuse(problems, doing);

  const target = targetOf(resource, namespace);
  const elsewhere = target.namespace === namespace ? undefined : target.namespace;
  const keeper = detached ? 'nobody' : renewal === 'Owner' ? 'owner' : 'client';
  const name = claimNameOf({
    resource: target.name,
    holderUid: owner?.uid ?? holder,
    requestId: elsewhere === undefined ? requestId : `${elsewhere}/${requestId}`,
  });
  const claim = {
    apiVersion: API_VERSION,
    kind: type.claim.kind,
    metadata: {
      name,
      namespace,
      labels: { ...claimLabelsOf(type.word, target.name), [MARK]: session.mark },
      ...(owner && { ownerReferences: [owner] }),
    },
    spec: {
      [type.word]: target.name,
      ...(elsewhere !== undefined && { [`${type.word}Namespace`]: elsewhere }),
      holder,
      requestId,
      renewal,
      ...(weight !== undefined && { weight }),
      ...(priority !== undefined && { priority }),
      ...(ttl !== undefined && { ttl }),
      ...(timeout !== undefined && { timeout }),
      // one that its owner keeps goes with its owner, waiting or held
      ...(renewal === 'Client' && { confirmWithin: CONFIRM_WITHIN }),
    },
  } as unknown as NewClaim;
  await checkedClaim(type.claim, claim, doing);
  return {
    type,
    resource,
    target,
    namespace,
    name,
    claim,
    keeper,
    timeout: timeout === undefined ? undefined : parseDuration(timeout),
  };
}

export const isOver = ({ status }: Claim): boolean =>
  status?.phase === 'Denied' || status?.phase === 'Expired' || status?.phase === 'Lost';

/** For who was told of a grant too late to have it. */
export const takenBack = ({ type, resource }: ClaimRequest, why: string, options?: ErrorOptions): HoldLostError =>
  new type.Lost(
    `${type.word} "${resource}" was granted, and taken back before that was heard of (${why}): ask again`,
    options,
  );

/** What makes two claims of one name the same request; how long they wait and live may differ. */
const IDENTITY = ['holder', 'requestId', 'weight', 'priority', 'renewal'] as const;
const DEFAULTS: Readonly<Record<string, unknown>> = { weight: 1, priority: 0, renewal: 'Client' };

/** Which of them differs, if any. */
export function differenceOf({ claim, target }: ClaimRequest, found: Claim): string | undefined {
  if (!isSameTarget(targetIn(found), target)) return 'its resource';
  const [wanted, there] = [claim.spec, found.spec] as readonly Readonly<Record<string, unknown>>[];
  return IDENTITY.find((field) => (wanted?.[field] ?? DEFAULTS[field]) !== (there?.[field] ?? DEFAULTS[field]));
}
