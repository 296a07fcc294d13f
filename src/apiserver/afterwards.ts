import type { Clock, Timer } from '../api/clock.ts';
import type { Registry } from './registry.ts';
import type { Store } from './store.ts';

/** What the server does by itself, some time after a write, stands on this. */
export interface Backstage {
  readonly store: Store;
  readonly registry: Registry;
  readonly clock: Clock;
  /** Milliseconds. */
  readonly delay: number;
}

/** Work that is done once, a while after it was first asked for. */
export class Afterwards {
  readonly #backstage: Backstage;
  readonly #work: () => void;
  #timer: Timer | undefined;

  constructor(backstage: Backstage, work: () => void) {
    this.#backstage = backstage;
    this.#work = work;
  }

  ask(): void {
    const { clock, delay } = this.#backstage;
    this.#timer ??= clock.after(delay, () => {
      this.#timer = undefined;
      this.#work();
    });
  }

  close(): void {
    this.#timer?.cancel();
  }
}
