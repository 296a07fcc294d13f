import { type Clock, wait } from '../api/clock.ts';
import { marginOf } from './hold-time.ts';

/** Until when a hold is sure to last: counted from before its last sign of life was sent, on the monotonic clock. */
export class Deadline {
  readonly #clock: Clock;
  #aliveAt: number;
  #span: number;

  constructor(clock: Clock, aliveAt: number, span: number) {
    this.#clock = clock;
    this.#aliveAt = aliveAt;
    this.#span = span;
  }

  moved(aliveAt: number, span: number): void {
    this.#aliveAt = aliveAt;
    this.#span = span;
  }

  get at(): number {
    return this.#aliveAt + this.#span - marginOf(this.#span);
  }

  get left(): number {
    return this.at - this.#clock.monotonic();
  }

  /** How long until the next renewal; not all at one beat. */
  untilRenewal(random: () => number): number {
    const due = this.#aliveAt + (this.#span / 3) * (0.8 + 0.4 * random());
    return Math.max(0, due - this.#clock.monotonic());
  }

  /** Waits until it has passed, however often it is moved on meanwhile; false when the signal came first. */
  async passes(signal: AbortSignal): Promise<boolean> {
    while (this.left > 0) {
      const waited = await wait(this.#clock, this.left, signal).then(
        () => true,
        () => false,
      );
      if (!waited) return false;
    }
    return true;
  }
}
