import { wait } from '../api/clock.ts';
import { isNewer } from '../api/resource-version.ts';
import { parseTime } from '../api/time.ts';
import { aborted } from '../kube/aborted.ts';
import { type ChildSignal, childSignal } from '../kube/child-signal.ts';
import { holding } from '../kube/hold.ts';
import { type ClaimRequest, isOver } from './claim.ts';
import { listenToClaim } from './claim-ear.ts';
import { Deadline } from './deadline.ts';
import { ClosedError, type HoldLostError } from './errors.ts';
import { Hold, type HoldLife } from './hold.ts';
import { firstSpan, type Grant } from './hold-time.ts';
import { type Claim, conditionOf } from './holdable.ts';
import type { RevocationRequest } from './options.ts';
import { removeClaim } from './remove-claim.ts';
import { renewal } from './renewal.ts';
import { revocationTeller } from './revocation.ts';
import { sayFailure } from './say-failure.ts';
import type { Session } from './session.ts';

export interface KeepOptions {
  readonly session: Session;
  readonly request: ClaimRequest;
  readonly claim: Claim;
  readonly grant: Grant;
  /** Milliseconds. */
  readonly ttl: number;
  /** On the monotonic clock: it was not granted before. */
  readonly since: number;
  readonly onRevocation: ((request: RevocationRequest) => void) | undefined;
  /** It is over, for whatever reason. */
  readonly onEnd: () => void;
}

/** Renews in the background, and tells when the hold is lost: heard of, or no longer sure. */
export function keep(options: KeepOptions): Hold {
  const { request, claim, grant } = options;
  const { type, namespace, name } = request;
  const facts = {
    kind: type.kind,
    name: request.resource,
    namespace,
    claim: name,
    holder: claim.spec.holder,
    token: grant.token,
    acquiredAt: new Date(parseTime(grant.acquiredAt)),
  };
  const keeper = new Keeper(options);
  keeper.start();
  return new Hold(facts, keeper);
}

class Keeper implements HoldLife {
  readonly #options: KeepOptions;
  readonly #lost = new AbortController();
  readonly #ended = new AbortController();
  /** Nobody renews any more: it has ended, or the client was closed, and then its time runs on. */
  readonly #idle: ChildSignal;
  /** Endless where it is not this client that keeps the hold. */
  readonly #deadline: Deadline;
  readonly #tellRevocation: (claim: Claim) => void;
  #claim: Claim;
  #over: HoldLostError | undefined;
  #isReleased = false;
  #releasing: Promise<void> | undefined;
  #renewing: Promise<void> | undefined;
  #trouble: unknown;
  #stopListening = (): void => {};

  constructor(options: KeepOptions) {
    const { session, claim, ttl, since, onRevocation } = options;
    this.#options = options;
    this.#idle = childSignal(session.closing);
    this.#claim = claim;
    this.#deadline = new Deadline(session.clock, since, this.#spanOf(firstSpan(claim, ttl)));
    this.#tellRevocation = revocationTeller(onRevocation);
  }

  start(): void {
    const { session, request, claim } = this.#options;
    if (request.keeper === 'nobody') return;
    void holding(aborted(this.#idle.signal));
    this.#stopListening = listenToClaim(session, request.type, claim, {
      seen: (object) => this.#see(object),
      gone: () => this.#lose('its claim was deleted'),
      // renewals tell as well, only later
      deaf: () => {},
    });
    // it may have been over before it was listened to
    if (this.#over) this.#stopListening();
    if (request.keeper === 'owner') return;
    void this.#renewOn();
    void this.#watchTheClock();
  }

  get signal(): AbortSignal {
    return this.#lost.signal;
  }

  expiresAt(): Date {
    const { grant } = this.#options;
    return new Date(parseTime(this.#claim.status?.expiresAt ?? grant.expiresAt ?? grant.acquiredAt));
  }

  remaining(): number {
    return this.over() ? 0 : this.#deadline.left;
  }

  over(): HoldLostError | undefined {
    if (!this.#isReleased && this.#deadline.left <= 0) this.#loseLate();
    return this.#over ?? (this.#isReleased ? this.#released() : undefined);
  }

  async renew(): Promise<void> {
    this.#check();
    await this.#options.session.track(this.#renew());
  }

  release(): Promise<void> {
    this.#isReleased = true;
    this.#releasing ??= this.#options.session.track(this.#letGo());
    return this.#releasing;
  }

  async #letGo(): Promise<void> {
    const { session, request, claim } = this.#options;
    const { type, namespace, name } = request;
    this.#end();
    try {
      await removeClaim(session, type, { namespace, name, uid: claim.metadata.uid });
    } catch (error) {
      this.#releasing = undefined;
      const doing = `release ${this.#what()} (claim "${name}"), which ends by its time if that fails again`;
      if (!session.closing.aborted) throw sayFailure(error, { doing });
      throw new ClosedError(`could not ${doing}: the client was closed before`, { cause: error });
    }
  }

  #see(claim: Claim): void {
    if (this.#over || this.#isReleased) return;
    if (claim.metadata.uid !== this.#claim.metadata.uid) {
      this.#lose('its claim was deleted, and another has its name');
      return;
    }
    if (!isNewer(claim.metadata.resourceVersion, this.#claim.metadata.resourceVersion)) return;
    this.#claim = claim;
    if (isOver(claim)) this.#lose(conditionOf(claim, 'Granted')?.message ?? `it is ${claim.status?.phase}`);
    else this.#tellRevocation(claim);
  }

  #lose(why: string, cause?: unknown): void {
    if (this.#over || this.#isReleased) return;
    const { request, grant } = this.#options;
    const toDo = `stop the work; somebody may hold it with a token above ${grant.token}`;
    this.#over = new request.type.Lost(`${this.#what()} was lost (${why}): ${toDo}`, { cause });
    this.#end();
    this.#lost.abort(this.#over);
  }

  #loseLate(): void {
    this.#lose('it could not be renewed in time', this.#trouble);
  }

  #end(): void {
    this.#ended.abort();
    this.#idle.abort(undefined);
    this.#idle.release();
    this.#stopListening();
    this.#options.onEnd();
  }

  #spanOf(ttl: number): number {
    return this.#options.request.keeper === 'client' ? ttl : Number.POSITIVE_INFINITY;
  }

  /** Throws when there is nothing to renew, or nobody to do it. */
  #check(): void {
    const over = this.over();
    if (over) throw over;
    if (this.#idle.signal.aborted) throw this.#options.session.closing.reason;
  }

  /** Whoever asks for a renewal while one is under way has that one. */
  #renew(): Promise<void> {
    this.#renewing ??= this.#renewNow().finally(() => {
      this.#renewing = undefined;
    });
    return this.#renewing;
  }

  async #renewNow(): Promise<void> {
    const { session, request, ttl } = this.#options;
    const giveUpAt = session.clock.monotonic() + ttl;
    try {
      const sentAt = await renewal({
        session,
        request,
        ttl,
        claim: () => this.#claim,
        until: () => Math.min(giveUpAt, this.#deadline.at),
        seen: (claim) => this.#see(claim),
        gone: (cause) => this.#lose('its claim was deleted', cause),
        check: () => this.#check(),
        signal: this.#idle.signal,
        troubled: (error) => {
          this.#trouble = error;
        },
      });
      this.#deadline.moved(sentAt, this.#spanOf(ttl));
      this.#trouble = undefined;
    } catch (error) {
      throw sayFailure(error, { doing: `renew ${this.#what()}` });
    }
  }

  async #renewOn(): Promise<void> {
    const { clock, random } = this.#options.session;
    const { signal } = this.#idle;
    while (!signal.aborted) {
      // woken by the signal, it has nothing to renew
      await wait(clock, this.#deadline.untilRenewal(random), signal).catch(() => {});
      if (!signal.aborted) await this.#renew().catch(() => {});
    }
  }

  async #watchTheClock(): Promise<void> {
    if (await this.#deadline.passes(this.#ended.signal)) this.#loseLate();
  }

  #released(): HoldLostError {
    return new this.#options.request.type.Lost(`${this.#what()} was released: acquire it again`);
  }

  #what(): string {
    const { type, resource } = this.#options.request;
    return `${type.word} "${resource}"`;
  }
}
