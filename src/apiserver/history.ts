import type { Store, Write } from './store.ts';

/** The latest writes, for whoever wants to judge a whole run. */
export class Histories {
  #writes: Write[] = [];
  readonly #limit: number;

  constructor(store: Store, limit: number) {
    this.#limit = limit;
    if (limit > 0) store.onWrite((write) => this.#add(write));
  }

  get writes(): readonly Write[] {
    return this.#writes.length > this.#limit ? this.#writes.slice(-this.#limit) : this.#writes;
  }

  clear(): void {
    this.#writes = [];
  }

  #add(write: Write): void {
    this.#writes.push(write);
    // cut in bulk: an array is dear to shift
    if (this.#writes.length >= 2 * this.#limit) this.#writes = this.#writes.slice(-this.#limit);
  }
}
