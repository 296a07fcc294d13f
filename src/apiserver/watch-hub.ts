import type { Clock, Timer } from '../api/clock.ts';
import type { Store, Write } from './store.ts';
import type { Watch, WatchInfo } from './watch.ts';

export type WatchPredicate = (info: WatchInfo) => boolean;

/** The open watches, and what can be done to them to try their readers. */
export interface Watches {
  readonly size: number;
  /** Breaks the connection of those that match; their readers may come back. */
  cut(which?: WatchPredicate): void;
  /** Ends the stream in good order, as a time-out does. */
  end(which?: WatchPredicate): void;
  /** Holds events back, for watches that are open and for those that open meanwhile, until the answer is called. */
  freeze(which?: WatchPredicate): () => void;
  /** Undoes every freeze. */
  thaw(): void;
  /** Leaves them open, and silent for ever. */
  halfOpen(which?: WatchPredicate): void;
  /** Says in the stream that the reader's resourceVersion is too old, and ends it. */
  expire(which?: WatchPredicate): void;
}

const BOOKMARK_EVERY = 60_000;

const all: WatchPredicate = () => true;

/** Takes every write to the watches of its resource. */
export class WatchHub implements Watches {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #expiredLine: string;
  readonly #byResource = new Map<string, Set<Watch>>();
  readonly #freezes = new Set<WatchPredicate>();
  #bookmarked = 0;
  #size = 0;
  #timer: Timer | undefined;

  constructor(store: Store, clock: Clock, expiredLine: string) {
    this.#store = store;
    this.#clock = clock;
    this.#expiredLine = expiredLine;
    store.onWrite((write) => this.#offer(write));
  }

  get size(): number {
    return this.#size;
  }

  add(watch: Watch): void {
    const { resource } = watch.info;
    const watches = this.#byResource.get(resource) ?? new Set();
    this.#byResource.set(resource, watches.add(watch));
    this.#size++;
    if (watch.bookmarks) {
      this.#bookmarked++;
      this.#timer ??= this.#clock.after(BOOKMARK_EVERY, () => this.#bookmark());
    }
    for (const which of this.#freezes) if (which(watch.info)) watch.hold();
  }

  remove(watch: Watch): void {
    if (!this.#byResource.get(watch.info.resource)?.delete(watch)) return;
    this.#size--;
    if (!watch.bookmarks) return;
    this.#bookmarked--;
    if (this.#bookmarked > 0) return;
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  cut(which = all): void {
    for (const watch of this.#those(which)) watch.cut();
  }

  end(which = all): void {
    for (const watch of this.#those(which)) watch.end();
  }

  halfOpen(which = all): void {
    for (const watch of this.#those(which)) watch.halfOpen();
  }

  expire(which = all): void {
    for (const watch of this.#those(which)) {
      watch.push(this.#expiredLine);
      watch.end();
    }
  }

  freeze(which = all): () => void {
    // a freeze of its own, even when the predicate is given twice
    const freeze: WatchPredicate = (info) => which(info);
    this.#freezes.add(freeze);
    for (const watch of this.#those(freeze)) watch.hold();
    return () => {
      if (this.#freezes.delete(freeze)) this.#letGo();
    };
  }

  thaw(): void {
    this.#freezes.clear();
    this.#letGo();
  }

  shut(): void {
    for (const watch of this.#those(all)) watch.shut();
  }

  #letGo(): void {
    for (const watch of this.#those(all)) {
      if (![...this.#freezes].some((which) => which(watch.info))) watch.letGo();
    }
  }

  #those(which: WatchPredicate): Watch[] {
    return [...this.#byResource.values()].flatMap((watches) => [...watches].filter((watch) => which(watch.info)));
  }

  #offer(write: Write): void {
    const watches = this.#byResource.get(write.resource);
    if (watches) for (const watch of watches) watch.offer(write);
  }

  #bookmark(): void {
    this.#timer = this.#clock.after(BOOKMARK_EVERY, () => this.#bookmark());
    for (const watch of this.#those(all)) watch.bookmark(this.#store.revision);
  }
}
