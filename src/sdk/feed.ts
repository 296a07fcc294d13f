import { type Clock, wait } from '../api/clock.ts';
import type { KubeObject } from '../api/metadata.ts';
import { isNewer, newest } from '../api/resource-version.ts';
import { isForbidden, isNotFound, isUnauthorized } from '../kube/errors.ts';
import type { Resource, Selection } from '../kube/resource.ts';
import { type Change, keepWatching } from '../kube/watch.ts';

/** Who listens for one object. Told of a version once, and never of an older one after a newer. */
export interface Ear<T> {
  seen(object: T): void;
  /** It is not there, or left what is watched; `seen` may come again. */
  gone(): void;
  /** Nothing will be heard: this user may not watch it, or the cluster does not know the kind. */
  deaf(error: unknown): void;
}

/** One watch: what of, and of which of them. Those who ask for the same share it. */
export interface FeedOptions<T extends KubeObject> extends Selection {
  readonly resource: Pick<Resource<T, never>, 'get' | 'listAll' | 'watch'> & {
    readonly type: { readonly plural: string };
  };
  readonly namespace: string;
  /** What came before is known already: begins there, without a list. */
  readonly from?: string;
}

export interface Feeds {
  /** Tells what is so, and then every change, until the answer is called; the last one to leave ends the watch. */
  listen<T extends KubeObject>(options: FeedOptions<T>, name: string, ear: Ear<T>): () => void;
  has<T extends KubeObject>(options: FeedOptions<T>): boolean;
  close(): Promise<void>;
}

/** Watches of one client: begun on demand, shared, and ended when nobody needs them. */
export function objectFeeds({ clock, random }: { readonly clock: Clock; readonly random: () => number }): Feeds {
  const feeds = new Map<string, Feed<never>>();
  const ending = new Set<Promise<void>>();

  const feedOf = <T extends KubeObject>(key: string, options: FeedOptions<T>): Feed<T> => {
    // the key says which kind it is of
    const known = feeds.get(key) as unknown as Feed<T> | undefined;
    if (known) return known;
    const feed = new Feed(options, clock);
    const running = feed.run(random).finally(() => {
      ending.delete(running);
      if (feeds.get(key) === (feed as unknown)) feeds.delete(key);
    });
    ending.add(running);
    feeds.set(key, feed as unknown as Feed<never>);
    return feed;
  };

  return {
    listen(options, name, ear) {
      const key = keyOf(options);
      const feed = feedOf(key, options);
      feed.add(name, ear, options.from);
      return () => {
        if (!feed.remove(name, ear)) return;
        feed.end();
        if (feeds.get(key) === (feed as unknown)) feeds.delete(key);
      };
    },
    has: (options) => feeds.has(keyOf(options)),
    async close() {
      for (const feed of feeds.values()) feed.end();
      feeds.clear();
      await Promise.all(ending);
    },
  };
}

const keyOf = <T extends KubeObject>({ resource, namespace, labelSelector, fieldSelector }: FeedOptions<T>): string =>
  JSON.stringify([resource.type.plural, namespace, labelSelector, fieldSelector]);

const ASK_AGAIN_AFTER = 1_000;

const isDeafening = (error: unknown): boolean => isForbidden(error) || isUnauthorized(error);

class Feed<T extends KubeObject> {
  readonly #options: FeedOptions<T>;
  readonly #clock: Clock;
  readonly #ears = new Map<string, Set<Ear<T>>>();
  readonly #newest = new Map<string, T>();
  readonly #end = new AbortController();
  #position: string | undefined;

  constructor(options: FeedOptions<T>, clock: Clock) {
    this.#options = options;
    this.#clock = clock;
    this.#position = options.from;
  }

  run(random: () => number): Promise<void> {
    const { resource, labelSelector, fieldSelector, from } = this.#options;
    return keepWatching<T>({
      resource,
      from,
      labelSelector,
      fieldSelector,
      clock: this.#clock,
      random,
      signal: this.#end.signal,
      onChange: (change) => this.#take(change),
      onError: (error) => {
        // the rest passes, and the watch goes on by itself
        if (isDeafening(error) || isNotFound(error)) this.#fail(error);
      },
    });
  }

  end(): void {
    this.#end.abort();
  }

  add(name: string, ear: Ear<T>, known: string | undefined): void {
    const ears = this.#ears.get(name) ?? new Set();
    this.#ears.set(name, ears.add(ear));
    const object = this.#newest.get(name);
    if (object) {
      if (isNewer(object.metadata.resourceVersion, known)) ear.seen(object);
      return;
    }
    // what became of it since may have been told before it was listened for
    if (this.#position !== undefined && !isNewer(known ?? '0', this.#position)) void this.#ask(name, ear);
  }

  /** True when nobody listens any more. */
  remove(name: string, ear: Ear<T>): boolean {
    const ears = this.#ears.get(name);
    if (ears?.delete(ear) && ears.size === 0) {
      this.#ears.delete(name);
      this.#newest.delete(name);
    }
    return this.#ears.size === 0;
  }

  #take(change: Change<T>): void {
    switch (change.type) {
      case 'replaced': {
        this.#position = change.resourceVersion;
        const there = new Set(change.objects.map(({ metadata }) => metadata.name));
        for (const object of change.objects) this.#see(object);
        for (const name of [...this.#ears.keys()]) if (!there.has(name)) this.#lose(name);
        break;
      }
      case 'reached':
        this.#position = newest(this.#position, change.resourceVersion);
        break;
      case 'deleted':
        this.#position = newest(this.#position, change.object.metadata.resourceVersion);
        this.#lose(change.object.metadata.name);
        break;
      default:
        this.#position = newest(this.#position, change.object.metadata.resourceVersion);
        this.#see(change.object);
    }
  }

  #see(object: T): void {
    const { name, resourceVersion } = object.metadata;
    const known = this.#newest.get(name);
    if (known && !isNewer(resourceVersion, known.metadata.resourceVersion)) return;
    this.#newest.set(name, object);
    for (const ear of [...(this.#ears.get(name) ?? [])]) ear.seen(object);
  }

  #lose(name: string): void {
    this.#newest.delete(name);
    for (const ear of [...(this.#ears.get(name) ?? [])]) ear.gone();
  }

  async #ask(name: string, ear: Ear<T>): Promise<void> {
    const { signal } = this.#end;
    const isListening = () => !signal.aborted && this.#ears.get(name)?.has(ear);
    while (isListening()) {
      try {
        const object = await this.#options.resource.get(name, { signal });
        if (isListening()) this.#see(object);
        return;
      } catch (error) {
        if (!isListening()) return;
        if (isNotFound(error)) return ear.gone();
        if (isDeafening(error)) return ear.deaf(error);
        await wait(this.#clock, ASK_AGAIN_AFTER, signal).catch(() => {});
      }
    }
  }

  #fail(error: unknown): void {
    const ears = [...this.#ears.values()].flatMap((each) => [...each]);
    this.end();
    for (const ear of ears) ear.deaf(error);
  }
}
