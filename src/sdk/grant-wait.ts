import { wait } from '../api/clock.ts';
import { type ClaimRequest, isOver, takenBack } from './claim.ts';
import { listenToClaim } from './claim-ear.ts';
import { listenToContested } from './contested-ear.ts';
import { ensureSemaphore } from './ensure-semaphore.ts';
import {
  AbortedError,
  ClosedError,
  DeniedError,
  type KonductorError,
  NotFoundError,
  UnavailableError,
} from './errors.ts';
import type { Grant } from './hold-time.ts';
import { type Claim, type Contested, conditionOf } from './holdable.ts';
import type { Made } from './make-claim.ts';
import type { SemaphoreOptions } from './options.ts';
import { sayFailure } from './say-failure.ts';
import type { Session } from './session.ts';
import { isAnswered, NO_OPERATOR } from './waiting.ts';
import { WaitingNews } from './waiting-news.ts';

/** A claim, and what it was given. */
export interface Granted {
  readonly claim: Claim;
  readonly grant: Grant;
}

export interface GrantOptions extends Pick<SemaphoreOptions, 'signal' | 'onWaiting' | 'permits'> {
  readonly session: Session;
  readonly request: ClaimRequest;
  /** What to throw when the time to wait is over. */
  readonly OutOfTime: new (
    message: string,
    options?: ErrorOptions,
  ) => KonductorError;
}

/** When a wait becomes one that is worth a word, and when an operator that runs would have said something. */
const WORTH_A_WORD = 1_000;
const OPERATOR_ANSWERS_WITHIN = 5_000;
/** How long a refusal waits for a look at the resource, to say why. */
const LOOK_FOR = 2_000;

/** Waits for whichever comes first: the grant, told by its resource or by the claim, a refusal, or the end of the wait. */
export class GrantWait {
  readonly #options: GrantOptions;
  readonly #what: string;
  readonly #granted = Promise.withResolvers<Granted>();
  readonly #failure = Promise.withResolvers<never>();
  readonly #sight = Promise.withResolvers<void>();
  readonly #over = new AbortController();
  readonly #news: WaitingNews;
  #claim: Claim | undefined;
  #resource: Contested | undefined;
  #creating: Promise<unknown> | undefined;
  #unanswered = false;
  #isWorthAWord = false;

  constructor(options: GrantOptions) {
    this.#options = options;
    this.#what = `${options.request.type.word} "${options.request.resource}"`;
    const { session, request, onWaiting } = options;
    const since = new Date(session.clock.now());
    this.#news = new WaitingNews({
      session,
      type: request.type,
      state: () => ({ claim: this.#claim, resource: this.#resource, unanswered: this.#unanswered, since }),
      onWaiting,
      over: this.#over.signal,
      failed: (error) => this.#fail(error),
    });
  }

  /** Hands the grant over while the claim is still listened to; what becomes of it after a failure is the caller's. */
  async run<T>(making: Promise<Made>, hand: (granted: Granted, made: Made) => Promise<T>): Promise<T> {
    this.#setLimits();
    this.#listenToResource();
    making.then(
      ({ claim }) => this.#listenToClaim(claim),
      (error: unknown) => this.#fail(sayFailure(error, { doing: `ask for ${this.#what}` })),
    );
    try {
      const granted = await Promise.race([this.#granted.promise, this.#failure.promise]);
      return await Promise.race([hand(granted, await making), this.#failure.promise]);
    } finally {
      this.#over.abort();
    }
  }

  #fail(error: unknown): void {
    this.#failure.reject(error);
  }

  #setLimits(): void {
    const { session, request, signal } = this.#options;
    const { timeout } = request;
    this.#whenAborted(
      session.closing,
      () => new ClosedError(`stopped waiting for ${this.#what}: the client was closed`),
    );
    if (signal) {
      this.#whenAborted(signal, (cause) => {
        return new AbortedError(`stopped waiting for ${this.#what}: the caller aborted`, { cause });
      });
    }
    if (timeout !== undefined && timeout > 0) this.#after(timeout, () => this.#fail(this.#outOfTime()));
    this.#after(WORTH_A_WORD, () => {
      this.#isWorthAWord = true;
      this.#tell();
    });
    this.#after(OPERATOR_ANSWERS_WITHIN, () => {
      this.#unanswered = !this.#claim || !isAnswered(this.#claim);
      if (this.#unanswered && timeout === 0) {
        this.#fail(new UnavailableError(`could not ask for ${this.#what}: ${NO_OPERATOR}`));
      }
      this.#tell();
    });
  }

  #listenToResource(): void {
    const { session, request } = this.#options;
    const stop = listenToContested(session, request.type, request.target, {
      seen: (object) => {
        if (!this.#isOver()) this.#seeResource(object);
        this.#sight.resolve();
      },
      gone: () => {
        if (!this.#isOver()) this.#missing();
        this.#sight.resolve();
      },
      deaf: () => this.#sight.resolve(),
    });
    this.#atTheEnd(stop);
  }

  #listenToClaim(claim: Claim): void {
    if (this.#isOver()) return;
    const { session, request } = this.#options;
    this.#seeClaim(claim);
    this.#lookForIntent();
    const deleted = `${this.#what} was not granted: somebody deleted the claim "${request.name}"`;
    const stop = listenToClaim(session, request.type, claim, {
      seen: (object) => this.#seeClaim(object),
      gone: () => this.#fail(new DeniedError(deleted, { reason: 'Deleted' })),
      deaf: (error) => this.#fail(sayFailure(error, { doing: `watch the claim on ${this.#what}` })),
    });
    this.#atTheEnd(stop);
  }

  #seeResource(object: Contested): void {
    this.#resource = object;
    this.#lookForIntent();
    this.#tell();
  }

  /** The swap is the grant: it stands on the resource before the claim is told. */
  #lookForIntent(): void {
    const claim = this.#claim;
    // what is to be confirmed at once is taken from its claim: the renewal would only meet the operator's own write
    if (this.#options.request.keeper === 'nobody') return;
    const intent = claim && this.#resource?.status?.intents?.find(({ uid }) => uid === claim.metadata.uid);
    // it may be told of there for long after the claim has said how it ended
    if (claim && intent && !isOver(claim)) this.#granted.resolve({ claim, grant: intent });
  }

  #seeClaim(claim: Claim): void {
    this.#claim = claim;
    const { status, metadata } = claim;
    if (isAnswered(claim)) this.#unanswered = false;
    if (status?.phase === 'Granted') {
      const { token = 0, acquiredAt = metadata.creationTimestamp, expiresAt } = status;
      this.#granted.resolve({ claim, grant: { token, acquiredAt, expiresAt } });
      return;
    }
    const { reason = 'Denied', message = 'the operator gave no reason' } = conditionOf(claim, 'Granted') ?? {};
    if (isOver(claim)) {
      void this.#refused(claim, reason, message);
      return;
    }
    if (reason === 'NoSuchResource' && !this.#creating) this.#missing();
    this.#tell();
  }

  async #refused({ status }: Claim, reason: string, message: string): Promise<void> {
    const { clock } = this.#options.session;
    if (status?.phase !== 'Denied') {
      this.#fail(takenBack(this.#options.request, message));
      return;
    }
    // a claim on what does not exist is told the same
    await Promise.race([this.#sight.promise, wait(clock, LOOK_FOR, this.#over.signal).catch(() => {})]);
    if (reason === 'TimedOut') this.#fail(this.#outOfTime());
    else this.#fail(new DeniedError(`${this.#what} was refused: ${message}`, { reason }));
  }

  #missing(): void {
    const { session, request, permits } = this.#options;
    const { type, target } = request;
    const { namespace } = target;
    if (permits === undefined || this.#creating) {
      const help = type.word === 'semaphore' ? ', or say permits to have it created' : '';
      this.#fail(new NotFoundError(`${this.#what} does not exist in namespace "${namespace}": create it first${help}`));
      return;
    }
    this.#creating = ensureSemaphore(session, target, permits).catch((error: unknown) => this.#fail(error));
  }

  #outOfTime(): KonductorError {
    const { request, OutOfTime } = this.#options;
    const { message } = this.#news.progress();
    return new OutOfTime(
      request.timeout === 0
        ? `no room at ${this.#what} now: ${message}`
        : `timed out after ${request.claim.spec.timeout} waiting for ${this.#what}: ${message}`,
    );
  }

  #tell(): void {
    if (this.#isWorthAWord) this.#news.tell();
  }

  #after(milliseconds: number, callback: () => void): void {
    const timer = this.#options.session.clock.after(milliseconds, callback);
    this.#atTheEnd(() => timer.cancel());
  }

  #whenAborted(signal: AbortSignal, errorOf: (reason: unknown) => KonductorError): void {
    const abort = () => this.#fail(errorOf(signal.reason));
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    this.#atTheEnd(() => signal.removeEventListener('abort', abort));
  }

  #isOver(): boolean {
    return this.#over.signal.aborted;
  }

  #atTheEnd(stop: () => void): void {
    if (this.#isOver()) stop();
    else this.#over.signal.addEventListener('abort', stop, { once: true });
  }
}
