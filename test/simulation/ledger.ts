import type { Write } from '../../src/apiserver/store.ts';
import {
  type AnyClaim,
  isAskedToLetGo,
  isClaim,
  isLender,
  isOpen,
  keyOf,
  type Lender,
  lifeOf,
  phaseOf,
  targetOf,
  weightOf,
} from './objects.ts';

/** What is true of one claim, whoever knows it. Times are the true ones, in milliseconds. */
export interface ClaimRecord {
  readonly uid: string;
  readonly queue: string;
  object: AnyClaim;
  /** Before the write that is looked at. */
  phaseBefore: string;
  readonly bornAt: number;
  readonly bornVersion: number;
  isGone: boolean;
  /** It was edited before its place in the queue was written down: an operator that starts later knows no better. */
  lostPlace: boolean;
  grant: GrantRecord | undefined;
}

export interface GrantRecord {
  readonly token: number;
  readonly at: number;
  /** When it was granted or last renewed. */
  alive: number;
  isRenewed: boolean;
  /** The time to live that it was granted with: an edit of the resource never shortens it. */
  readonly life: number;
  /** Since when its holder is asked to let go. */
  revokedAt: number | undefined;
  shortestGrace: number;
}

/** Everything that was ever so of one name: the resource may have been deleted and made anew. */
export interface QueueRecord {
  readonly key: string;
  resource: Lender | undefined;
  /** The version that made it. */
  madeAt: number;
  readonly claims: Map<string, ClaimRecord>;
  /** By uid: whatever the resource that is there has noted once. */
  readonly refused: Set<string>;
  highestToken: number;
}

export interface Held {
  readonly uids: ReadonlySet<string>;
  readonly weight: number;
}

export interface NewGrant {
  readonly record: ClaimRecord;
  readonly token: number;
  /** What the claim had been granted before. */
  readonly before: GrantRecord | undefined;
}

/** One write and what it made of the queue it belongs to. */
export interface Step {
  readonly write: Write;
  readonly at: number;
  readonly queue: QueueRecord;
  /** As it was before the write. */
  readonly resourceBefore: Lender | undefined;
  readonly highestBefore: number;
  readonly was: Held;
  readonly is: Held;
  /** The claim that was written, if one was. */
  readonly claim: ClaimRecord | undefined;
  readonly grants: readonly NewGrant[];
  /** Claims that a swap has refused, by uid. */
  readonly refused: ReadonlySet<string>;
  readonly owners: OwnersTruth;
}

/** Which owners are over, by uid. One that was never seen runs. */
export type OwnersTruth = ReadonlySet<string>;

export interface Ledger {
  readonly queues: ReadonlyMap<string, QueueRecord>;
  readonly finished: OwnersTruth;
  /** Takes a write down; undefined when it is about no queue. */
  take(write: Write, at: number): Step | undefined;
}

export function ledger(): Ledger {
  const queues = new Map<string, QueueRecord>();
  const finished = new Set<string>();

  const queueOf = (key: string): QueueRecord => {
    const queue = queues.get(key) ?? {
      key,
      resource: undefined,
      madeAt: 0,
      claims: new Map(),
      refused: new Set<string>(),
      highestToken: 0,
    };
    queues.set(key, queue);
    return queue;
  };

  const takeClaim = (queue: QueueRecord, { type, object, resourceVersion }: Write, at: number): ClaimRecord => {
    const claim = object as unknown as AnyClaim;
    const { uid } = claim.metadata;
    let record = queue.claims.get(uid);
    if (!record) {
      const born = { bornAt: at, bornVersion: resourceVersion, isGone: false, lostPlace: false, grant: undefined };
      record = { uid, queue: queue.key, object: claim, phaseBefore: phaseOf(claim), ...born };
      queue.claims.set(uid, record);
      return record;
    }
    const before = record.object;
    record.phaseBefore = phaseOf(before);
    record.object = claim;
    record.isGone = type === 'DELETED';
    if (type === 'MODIFIED' && claim.status?.sequence === undefined) record.lostPlace = true;
    const { grant } = record;
    if (!grant) return record;
    if (before.spec.renewTime !== claim.spec.renewTime && isOpen(claim))
      Object.assign(grant, { alive: at, isRenewed: true });
    if (isAskedToLetGo(claim) !== isAskedToLetGo(before)) grant.revokedAt = isAskedToLetGo(claim) ? at : undefined;
    return record;
  };

  const takeLender = (queue: QueueRecord, { type, object, resourceVersion }: Write, at: number): NewGrant[] => {
    const lender = object as unknown as Lender;
    if (type === 'ADDED') queue.madeAt = resourceVersion;
    if (type === 'DELETED') queue.refused.clear();
    queue.resource = type === 'DELETED' ? undefined : lender;
    if (type === 'DELETED') return [];
    for (const { uid } of lender.status?.refusals ?? []) queue.refused.add(uid);
    const grants: NewGrant[] = [];
    for (const { uid, token } of lender.status?.intents ?? []) {
      const record = queue.claims.get(uid);
      if (!record || record.grant?.token === token) continue;
      grants.push({ record, token, before: record.grant });
      record.grant = {
        token,
        at,
        alive: at,
        isRenewed: record.object.spec.renewTime !== undefined,
        life: lifeOf(record.object, lender),
        revokedAt: undefined,
        shortestGrace: Number.POSITIVE_INFINITY,
      };
    }
    queue.highestToken = Math.max(queue.highestToken, ...grants.map(({ token }) => token));
    return grants;
  };

  return {
    queues,
    finished,
    take(write, at) {
      const object = write.object as unknown as AnyClaim | Lender;
      noteOwner(finished, write);
      const isOnClaim = isClaim(object);
      if (!isOnClaim && !isLender(object)) return undefined;
      const queue = queueOf(isOnClaim ? targetOf(object as AnyClaim) : keyOf(object));
      const was = heldIn(queue);
      const resourceBefore = queue.resource;
      const highestBefore = queue.highestToken;
      const claim = isOnClaim ? takeClaim(queue, write, at) : undefined;
      const grants = isOnClaim ? [] : takeLender(queue, write, at);
      const is = heldIn(queue);
      noteTerms(queue);
      return {
        write,
        at,
        queue,
        resourceBefore,
        highestBefore,
        was,
        is,
        claim,
        grants,
        refused: queue.refused,
        owners: finished,
      };
    },
  };
}

/** Claims that say so, and intents whose claim is there and does not say that it is over. */
export function heldIn({ resource, claims }: QueueRecord): Held {
  const swapped = new Set(resource?.status?.intents?.map(({ uid }) => uid));
  const uids = new Set<string>();
  let weight = 0;
  for (const [uid, { isGone, object }] of claims) {
    if (isGone) continue;
    const phase = phaseOf(object);
    if (phase !== 'Granted' && !((phase === 'Pending' || phase === 'Denied') && swapped.has(uid))) continue;
    uids.add(uid);
    weight += weightOf(object);
  }
  return { uids, weight };
}

function noteTerms({ resource, claims }: QueueRecord): void {
  if (!resource) return;
  for (const { grant, isGone } of claims.values()) {
    if (!grant || isGone) continue;
    if ('gracePeriod' in resource.spec) grant.shortestGrace = Math.min(grant.shortestGrace, graceOf(resource));
  }
}

const graceOf = ({ spec }: Lender): number => ('gracePeriod' in spec ? secondsIn(spec.gracePeriod) : 0);

const secondsIn = (text: string): number => Number.parseFloat(text) * 1_000;

interface Workload {
  readonly status?: {
    readonly phase?: string;
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
  };
}

function noteOwner(finished: Set<string>, { type, resource, object }: Write): void {
  if (resource !== 'pods' && resource !== 'jobs.batch') return;
  const { status } = object as unknown as Workload;
  const isOver =
    type === 'DELETED' ||
    status?.phase === 'Succeeded' ||
    status?.phase === 'Failed' ||
    status?.conditions?.some(({ type, status }) => (type === 'Complete' || type === 'Failed') && status === 'True');
  if (isOver) finished.add(object.metadata.uid);
}
