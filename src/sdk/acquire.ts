import { holding } from '../kube/hold.ts';
import { type ClaimRequest, requestOf, takenBack } from './claim.ts';
import { claimKey } from './claim-ear.ts';
import { ensureSemaphore } from './ensure-semaphore.ts';
import {
  AbortedError,
  AlreadyHeldError,
  HoldLostError,
  type KonductorError,
  TimeoutError,
  UnavailableError,
} from './errors.ts';
import { type Granted, type GrantOptions, GrantWait } from './grant-wait.ts';
import type { Hold } from './hold.ts';
import { timeToLive } from './hold-time.ts';
import type { Holdable } from './holdable.ts';
import { keep } from './keep.ts';
import { type Made, type Making, makeClaim } from './make-claim.ts';
import type { SemaphoreOptions } from './options.ts';
import { withdraw } from './remove-claim.ts';
import type { Session } from './session.ts';
import { grantOf, traced } from './telemetry.ts';

/** Waits for the grant as long as the time-out says. */
export const acquire = (session: Session, type: Holdable, name: string, options: SemaphoreOptions): Promise<Hold> =>
  asked(session, type, name, options, () => ask(session, type, name, options, TimeoutError));

/** Takes what is free now, or throws that it is held. */
export const tryAcquire = (session: Session, type: Holdable, name: string, options: SemaphoreOptions): Promise<Hold> =>
  asked(session, type, name, options, () => ask(session, type, name, { ...options, timeout: 0 }, type.Held));

function asked(
  session: Session,
  { kind }: Holdable,
  name: string,
  { namespace = session.namespace, holder = session.holder }: SemaphoreOptions,
  acquiring: () => Promise<Hold>,
): Promise<Hold> {
  return session.track(holding(traced('acquire', { kind, name, namespace, holder }, acquiring, grantOf)));
}

/** Works while it holds. A hold that was lost meanwhile is thrown: the work may not have been alone. */
export async function withHold<T>(take: () => Promise<Hold>, work: (hold: Hold) => Promise<T> | T): Promise<T> {
  const hold = await take();
  let answer: T;
  try {
    answer = await work(hold);
    if (hold.signal.aborted) throw hold.signal.reason;
  } catch (error) {
    // what the work says comes first; not released, the hold ends by its time
    await hold.release().catch(() => {});
    throw error;
  }
  await hold.release().catch((error: unknown) => {
    // no reason to have the work done again
    if (!(error instanceof UnavailableError)) throw error;
  });
  return answer;
}

async function ask(
  session: Session,
  type: Holdable,
  name: string,
  options: SemaphoreOptions,
  OutOfTime: GrantOptions['OutOfTime'],
): Promise<Hold> {
  const { signal, onWaiting, onRevocation, permits } = options;
  if (signal?.aborted) throw aborted(type, name, signal);
  const request = await requestOf(session, type, name, options);
  const key = claimKey(type, request.namespace, request.name);
  if (session.claims.has(key)) {
    throw new AlreadyHeldError(
      `this client has asked for ${type.word} "${name}" already under that requestId (claim "${request.name}"): use that hold, or another requestId`,
    );
  }
  session.claims.set(key, undefined);
  const forget = () => session.claims.delete(key);

  // a try would be refused before the semaphore is there
  if (permits !== undefined && request.timeout === 0) {
    await ensureSemaphore(session, request.target, permits).catch((error: unknown) => {
      forget();
      throw error;
    });
  }
  const sentAt = session.clock.monotonic();
  // not ended by the signal: what may have been created must be known, to be taken back
  const making = makeClaim(session, request);
  let hold: Hold | undefined;
  const hand = async (granted: Granted, made: Made): Promise<Hold> => {
    const ttl = timeToLive(granted.grant, granted.claim);
    const sureFor = Math.min(SURE_FOR, ttl / 3);
    const isSure = !made.adopted && session.clock.monotonic() - sentAt <= sureFor;
    const since = isSure ? sentAt : session.clock.monotonic();
    hold = keep({ session, request, ...granted, ttl, since, onRevocation, onEnd: forget });
    // nothing but an answer of now says that a grant of back then still stands; what nobody will renew is confirmed here
    if (isConfirmed(request) && !(isSure && request.keeper === 'client')) {
      await hold.renew().catch((cause: unknown) => {
        throw cause instanceof HoldLostError ? takenBack(request, 'it could not be confirmed', { cause }) : cause;
      });
    }
    if (signal?.aborted) throw aborted(type, name, signal);
    hold.assertHeld();
    session.claims.set(key, hold);
    return hold;
  };

  try {
    const wait = new GrantWait({ session, request, OutOfTime, signal, onWaiting, permits });
    return await wait.run(making.made, hand);
  } catch (error) {
    throw await givenUp(session, request, making, hold, error).finally(forget);
  }
}

/** The error, once the claim is gone; it says so if that could not be made sure of. */
async function givenUp(
  session: Session,
  request: ClaimRequest,
  making: Making,
  hold: Hold | undefined,
  error: unknown,
): Promise<unknown> {
  try {
    if (hold) await hold.release();
    else await withdraw(session, request, making);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    if (error instanceof Error)
      error.message += `; its claim "${request.name}" could not be deleted (${why}) and ${isConfirmed(request) ? 'ends by itself soon after it is granted' : 'ends with its owner'}`;
  }
  return error;
}

/** Whether the operator wants a sign of life after the grant: else the claim's owner is one. */
const isConfirmed = ({ claim }: ClaimRequest): boolean => claim.spec.confirmWithin !== undefined;

/** A grant this soon after its request was sent is counted from there; one that came later is confirmed first. */
const SURE_FOR = 10_000;

const aborted = ({ word }: Holdable, name: string, { reason: cause }: AbortSignal): KonductorError =>
  new AbortedError(`stopped waiting for ${word} "${name}": the caller aborted`, { cause });
