import type { HoldLostError } from './errors.ts';
import { tracedLife } from './telemetry.ts';

/** What a hold is on. */
export type HeldKind = 'Semaphore' | 'Lease';

/** Something that is held: renewed in the background until it is released, or lost. */
export class Hold implements AsyncDisposable {
  readonly kind: HeldKind;
  /** Of the semaphore or lease, as it was asked for. */
  readonly name: string;
  /** Of the claim. */
  readonly namespace: string;
  /** Name of the claim. */
  readonly claim: string;
  readonly holder: string;
  /** Higher than that of every earlier grant: let the protected resource refuse lower ones. */
  readonly token: number;
  readonly acquiredAt: Date;
  /** Aborts, with a HoldLostError, as soon as the hold is lost, or may be as far as can be known here. */
  readonly signal: AbortSignal;
  readonly #life: HoldLife;

  constructor(facts: HoldFacts, life: HoldLife) {
    this.kind = facts.kind;
    this.name = facts.name;
    this.namespace = facts.namespace;
    this.claim = facts.claim;
    this.holder = facts.holder;
    this.token = facts.token;
    this.acquiredAt = facts.acquiredAt;
    this.signal = life.signal;
    this.#life = tracedLife(facts, life);
  }

  /** When the hold ends unless it is renewed, by the operator's clock as it was last told. */
  get expiresAt(): Date {
    return this.#life.expiresAt();
  }

  /**
   * Milliseconds until it counts as lost here unless it is renewed before: earlier than the operator takes it back, and
   * by no clock that jumps. `Infinity` when nothing is renewed here.
   */
  get remaining(): number {
    return this.#life.remaining();
  }

  /** Throws a HoldLostError when the hold is over. Ask before every step that must not happen twice. */
  assertHeld(): void {
    const over = this.#life.over();
    if (over) throw over;
  }

  /** Renews now, beside what is done in the background. */
  renew(): Promise<void> {
    return this.#life.renew();
  }

  /** Lets go. Once is enough, and again does no harm. */
  release(): Promise<void> {
    return this.#life.release();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.release();
  }
}

/** What a hold says of itself, and does not change. */
export type HoldFacts = Pick<Hold, 'kind' | 'name' | 'namespace' | 'claim' | 'holder' | 'token' | 'acquiredAt'>;

/** What keeps a hold alive, and ends it. */
export interface HoldLife {
  readonly signal: AbortSignal;
  expiresAt(): Date;
  remaining(): number;
  /** Why it is over, if it is. */
  over(): HoldLostError | undefined;
  renew(): Promise<void>;
  release(): Promise<void>;
}
