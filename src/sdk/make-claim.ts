import { isAlreadyExists, mayHaveHappened, unlessNotFound } from '../kube/errors.ts';
import { type ClaimRequest, differenceOf, isOver, MARK } from './claim.ts';
import { ConflictError } from './errors.ts';
import { type Claim, claimsIn } from './holdable.ts';
import type { Session } from './session.ts';

export interface Made {
  readonly claim: Claim;
  /** It was there before, so nothing is known of when it was granted. */
  readonly adopted: boolean;
}

/** A claim that is being made. */
export interface Making {
  readonly made: Promise<Made>;
  /** Waits for no answer any more; the claim may come into being all the same. */
  stop(): void;
}

export function makeClaim(session: Session, request: ClaimRequest): Making {
  const asking = new AbortController();
  return { made: createOrAdopt(session, request, asking.signal), stop: () => asking.abort() };
}

/** Creates the claim, or finds that it was created before: by an earlier try, or by an earlier life of its holder. */
async function createOrAdopt(session: Session, request: ClaimRequest, signal: AbortSignal): Promise<Made> {
  const claims = claimsIn(session, request.type, request.namespace);
  const { name } = request;
  for (let attempt = 1; ; attempt++) {
    try {
      return { claim: await claims.create(request.claim, { signal }), adopted: false };
    } catch (error) {
      if (!isAlreadyExists(error) || attempt > ATTEMPTS) throw error;
      const found = await claims.get(name, { signal }).catch(unlessNotFound);
      if (!found) continue;
      requireSame(request, found);
      // the first try of this very call, whose answer was lost: whatever it says is the answer
      const isTold = mayHaveHappened(error) && found.metadata.labels?.[MARK] === session.mark;
      if (isTold || !isOver(found)) return { claim: found, adopted: true };
      // left over from an earlier time: asking again means wanting it again
      await claims.delete(name, { uid: found.metadata.uid, signal }).catch(unlessNotFound);
    }
  }
}

const ATTEMPTS = 5;

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
