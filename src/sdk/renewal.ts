import { wait } from '../api/clock.ts';
import { fullJitter } from '../kube/backoff.ts';
import { isConflict, isNotFound } from '../kube/errors.ts';
import { NO_RETRY } from '../kube/retry.ts';
import type { ClaimRequest } from './claim.ts';
import { nextTime } from './hold-time.ts';
import { type Claim, claimsIn } from './holdable.ts';
import { inTime } from './in-time.ts';
import type { Session } from './session.ts';

/** What a renewal needs to know of its hold, and tells it. */
export interface Renewable {
  readonly session: Session;
  readonly request: ClaimRequest;
  readonly ttl: number;
  /** As new as it is known. */
  claim(): Claim;
  /** When to give up, on the monotonic clock. */
  until(): number;
  seen(claim: Claim): void;
  gone(cause: unknown): void;
  /** What stands in its way, for whoever is told in the end. */
  troubled(error: unknown): void;
  /** Throws when there is nothing left to renew. */
  check(): void;
  readonly signal: AbortSignal;
}

/** Renews through conflicts, refusals and broken connections. Answers with when the renewal that counts was sent. */
export async function renewal(hold: Renewable): Promise<number> {
  const { session, request, ttl, signal } = hold;
  const { clock, random } = session;
  const claims = claimsIn(session, request.type, request.namespace);
  const backoff = fullJitter({ base: 100, longest: Math.min(2_000, ttl / 10) }, random);
  // short enough to try again several times: what hangs when a connection is cut never comes back
  const patience = Math.min(LONGEST_CALL, Math.max(SHORTEST_CALL, ttl / 10));
  const limit = () => ({
    clock,
    signal,
    milliseconds: Math.max(1, Math.min(patience, hold.until() - clock.monotonic())),
  });

  /** Whether there is news: then trying again at once may do. */
  const reread = async (): Promise<boolean> => {
    const before = hold.claim();
    await inTime(limit(), (signal) => claims.get(request.name, { signal, retry: NO_RETRY })).then(
      (fresh) => hold.seen(fresh),
      (error: unknown) => isNotFound(error) && hold.gone(error),
    );
    return hold.claim() !== before;
  };

  for (;;) {
    hold.check();
    const sentAt = clock.monotonic();
    const claim = hold.claim();
    try {
      const renewed = await inTime(limit(), (signal) => {
        const { resourceVersion } = claim.metadata;
        const spec = { renewTime: nextTime(claim, clock.now()) };
        return claims.mergePatch(request.name, { spec }, { resourceVersion, retry: NO_RETRY, signal });
      });
      hold.seen(renewed);
      hold.check();
      return sentAt;
    } catch (error) {
      hold.troubled(error);
      hold.check();
      if (isNotFound(error)) hold.gone(error);
      // somebody wrote in between: the operator, or a try of ours whose answer was lost
      if (isConflict(error) && (await reread())) continue;
      hold.check();
      if (clock.monotonic() >= hold.until()) throw error;
    }
    await wait(clock, Math.min(backoff.next(), hold.until() - clock.monotonic()), signal).catch(() => {});
  }
}

const SHORTEST_CALL = 500;
const LONGEST_CALL = 10_000;
