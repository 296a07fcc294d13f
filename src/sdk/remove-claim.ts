import { wait } from '../api/clock.ts';
import { fullJitter } from '../kube/backoff.ts';
import { isConflict, isNotFound, KubeError, mayHaveHappened, TransportError, unlessNotFound } from '../kube/errors.ts';
import { NO_RETRY } from '../kube/retry.ts';
import { type ClaimRequest, differenceOf } from './claim.ts';
import { claimsIn, type Holdable } from './holdable.ts';
import { inTime } from './in-time.ts';
import type { Making } from './make-claim.ts';
import type { Session } from './session.ts';

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
  const limit = { clock, milliseconds: ANSWER_WITHIN };
  /** Another has its name, or none: what cannot be read may still be it. */
  const isGone = (): Promise<boolean> =>
    inTime(limit, (signal) => claims.get(name, { signal, retry: NO_RETRY })).then(
      (found) => found.metadata.uid !== uid,
      isNotFound,
    );
  for (;;) {
    try {
      await inTime(limit, (signal) => claims.delete(name, { uid, signal, retry: NO_RETRY }));
      return;
    } catch (error) {
      if (isNotFound(error)) return;
      // mostly about the uid; somebody may also have written in between
      if (isConflict(error) && (await isGone())) return;
      if (!mayPass(error) || clock.monotonic() >= until) throw error;
    }
    await wait(clock, backoff.next());
  }
}

/** Takes the request back, however far it got. Nobody is kept by an API server that does not answer. */
export async function withdraw(session: Session, request: ClaimRequest, { made, stop }: Making): Promise<void> {
  const { type, namespace, name } = request;
  const limit = { clock: session.clock, milliseconds: ANSWER_WITHIN };
  const claim = await inTime(limit, () => made).then(
    (known) => known.claim,
    async (error: unknown) => {
      stop();
      if (!mayHaveHappened(error)) return undefined;
      const claims = claimsIn(session, type, namespace);
      const found = await inTime(limit, (signal) => claims.get(name, { signal }).catch(unlessNotFound));
      return found && differenceOf(request, found) === undefined ? found : undefined;
    },
  );
  if (claim) await removeClaim(session, type, { namespace, name, uid: claim.metadata.uid });
}

const REMOVE_WITHIN = 15_000;
const ANSWER_WITHIN = 5_000;

/** Whether trying again may help. */
const mayPass = (error: unknown): boolean => {
  if (error instanceof KubeError) return error.code === 429 || error.code >= 500 || isConflict(error);
  return error instanceof TransportError && error.failure !== 'tls' && error.failure !== 'aborted';
};
