import { randomUUID } from 'node:crypto';
import { claimLabelsOf, claimNameOf } from '../api/claim-name.ts';
import { wait } from '../api/clock.ts';
import { parseDuration } from '../api/duration.ts';
import { API_VERSION, GROUP } from '../api/group.ts';
import type { LeaseRequest } from '../api/lease-request.ts';
import type { Permit } from '../api/permit.ts';
import type { Problem } from '../api/problem.ts';
import { termsOf as termsOfRequest } from '../core/lease.ts';
import { termsOf as termsOfPermit } from '../core/semaphore.ts';
import { fullJitter } from '../kube/backoff.ts';
import { isAlreadyExists, isConflict, isNotFound, KubeError, mayHaveHappened, TransportError } from '../kube/errors.ts';
import { NO_RETRY } from '../kube/retry.ts';
import { checkedClaim, refuse } from './checked.ts';
import { durationText } from './duration.ts';
import { ConflictError } from './errors.ts';
import { type Claim, claimsIn, contestedIn, type Holdable, type NewClaim } from './holdable.ts';
import { inTime } from './in-time.ts';
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

export interface Made {
  readonly claim: Claim;
  /** It was there before, so nothing is known of when it was granted. */
  readonly adopted: boolean;
  /** How long it lives at most without a renewal, in milliseconds, where its grant may not say so. */
  readonly ttl?: number | undefined;
}

/** Creates the claim, or finds that it was created before: by an earlier try, or by an earlier life of its holder. */
export async function makeClaim(session: Session, request: ClaimRequest): Promise<Made> {
  const claims = claimsIn(session, request.type, request.namespace);
  const { name } = request;
  for (let attempt = 1; ; attempt++) {
    try {
      return { claim: await claims.create(request.claim), adopted: false };
    } catch (error) {
      if (!isAlreadyExists(error) || attempt > ATTEMPTS) throw error;
      const found = await claims.get(name).catch(unlessNotFound);
      if (!found) continue;
      requireSame(request, found);
      // the first try of this very call, whose answer was lost: whatever it says is the answer
      const isTold = mayHaveHappened(error) && found.metadata.labels?.[MARK] === session.mark;
      if (isTold || !isOver(found)) return { claim: found, adopted: true, ttl: await ttlOf(session, request, found) };
      // left over from an earlier time: asking again means wanting it again
      await claims.delete(name, { uid: found.metadata.uid }).catch(unlessNotFound);
    }
  }
}

/** Renewals have moved the end that it tells: only its resource says how long it lives from each. */
async function ttlOf(session: Session, { type, target }: ClaimRequest, claim: Claim): Promise<number | undefined> {
  if (claim.spec.renewTime === undefined) return undefined;
  try {
    const resource = await contestedIn(session, type, target.namespace).get(target.name);
    return resource.kind === 'Lease'
      ? termsOfRequest(claim as LeaseRequest, resource).ttl
      : termsOfPermit(claim as Permit, resource).ttl;
  } catch {
    return CAREFUL_TTL;
  }
}

/** Where nobody may say how long a hold lives: hardly any lives shorter. */
const CAREFUL_TTL = 10_000;

export const isOver = ({ status }: Claim): boolean =>
  status?.phase === 'Denied' || status?.phase === 'Expired' || status?.phase === 'Lost';

/** Deletes that claim and no other of its name, again and again for a while. Kept once it is gone. */
export async function removeClaim(
  session: Session,
  type: Holdable,
  { namespace, name, uid }: { readonly namespace: string; readonly name: string; readonly uid: string },
): Promise<void> {
  const { clock, random } = session;
  const claims = claimsIn(session, type, namespace);
  const backoff = fullJitter({ base: 100, longest: 2_000 }, random);
  const until = clock.monotonic() + REMOVE_WITHIN;
  for (;;) {
    try {
      await inTime({ clock, milliseconds: ANSWER_WITHIN }, (signal) =>
        claims.delete(name, { uid, signal, retry: NO_RETRY }),
      );
      return;
    } catch (error) {
      // a conflict is about the uid: another of its name
      if (isNotFound(error) || isConflict(error)) return;
      if (!mayPass(error) || clock.monotonic() >= until) throw error;
    }
    await wait(clock, backoff.next());
  }
}

/** Takes the request back, however far it got. */
export async function withdraw(session: Session, request: ClaimRequest, making: Promise<Made>): Promise<void> {
  const { type, namespace, name } = request;
  const made = await making.catch(async (error: unknown): Promise<Made | undefined> => {
    if (!mayHaveHappened(error)) return undefined;
    const found = await claimsIn(session, type, namespace).get(name).catch(unlessNotFound);
    return found && isSame(request, found) ? { claim: found, adopted: true } : undefined;
  });
  if (made) await removeClaim(session, type, { namespace, name, uid: made.claim.metadata.uid });
}

const ATTEMPTS = 5;
const REMOVE_WITHIN = 15_000;
const ANSWER_WITHIN = 5_000;

/** Whether trying again may help. */
const mayPass = (error: unknown): boolean => {
  if (error instanceof KubeError) return error.code === 429 || error.code >= 500;
  return error instanceof TransportError && error.failure !== 'tls' && error.failure !== 'aborted';
};

const unlessNotFound = (error: unknown): undefined => {
  if (!isNotFound(error)) throw error;
};

/** What makes two claims of one name the same request; how long they wait and live may differ. */
const IDENTITY = ['holder', 'requestId', 'weight', 'priority', 'renewal'] as const;
const DEFAULTS: Readonly<Record<string, unknown>> = { weight: 1, priority: 0, renewal: 'Client' };

function differenceOf({ claim, target }: ClaimRequest, found: Claim): string | undefined {
  if (!isSameTarget(targetIn(found), target)) return 'its resource';
  const [wanted, there] = [claim.spec, found.spec] as readonly Readonly<Record<string, unknown>>[];
  return IDENTITY.find((field) => (wanted?.[field] ?? DEFAULTS[field]) !== (there?.[field] ?? DEFAULTS[field]));
}

const isSame = (request: ClaimRequest, found: Claim): boolean => differenceOf(request, found) === undefined;

function requireSame(request: ClaimRequest, found: Claim): void {
  const difference = differenceOf(request, found);
  if (difference !== undefined) {
    throw new ConflictError(
      `claim "${request.name}" exists and asks for something else (${difference} differs): use another requestId`,
    );
  }
  if (found.metadata.deletionTimestamp !== undefined) {
    throw new ConflictError(`claim "${request.name}" is being deleted: ask again when it is gone`);
  }
}
