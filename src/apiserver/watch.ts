import { ConnectionLostError } from './connection-lost.ts';
import type { ApiBody } from './http.ts';
import type { Actor, Write } from './store.ts';
import type { StoredObject } from './stored-object.ts';

/** What a watch is about: for telling watches apart. */
export interface WatchInfo {
  /** `semaphores.sync.konductor.io`. */
  readonly resource: string;
  readonly version: string;
  readonly namespace: string | undefined;
  readonly actor: Actor;
}

export type EventType = 'ADDED' | 'MODIFIED' | 'DELETED';

export interface WatchOptions {
  readonly info: WatchInfo;
  readonly matches: (object: StoredObject) => boolean;
  /** One line of the stream. */
  readonly encode: (type: EventType, object: StoredObject) => string;
  readonly bookmark: (resourceVersion: number, initialEventsEnd: boolean) => string;
  readonly bookmarks: boolean;
  /** More unread events than this end the watch: a reader that has stopped must not fill the memory. */
  readonly limit: number;
  readonly onClose: (watch: Watch) => void;
}

type Line = string | { readonly type: EventType; readonly object: StoredObject };

/** One open watch: a body that goes on. */
export class Watch implements ApiBody {
  readonly info: WatchInfo;
  readonly bookmarks: boolean;
  readonly #options: WatchOptions;
  #lines: Line[] = [];
  #next = 0;
  #limit: number;
  #state: 'open' | 'ended' | 'broken' = 'open';
  #mute: 'no' | 'held' | 'half-open' = 'no';
  #endsWhenLetGo = false;
  #reader: PromiseWithResolvers<IteratorResult<string>> | undefined;

  constructor(options: WatchOptions) {
    this.#options = options;
    this.#limit = options.limit;
    this.info = options.info;
    this.bookmarks = options.bookmarks;
  }

  /** What was there, or happened, before: however much it is, it is not the reader's fault. */
  begin(lines: readonly Line[]): void {
    for (const line of lines) this.#lines.push(line);
    this.#limit += lines.length;
  }

  /** What happened before the watch was opened. */
  replay(writes: readonly Write[]): void {
    for (const write of writes) {
      this.#limit++;
      this.offer(write);
    }
  }

  /** An object that comes to match is ADDED for this watch, and one that no longer does is DELETED. */
  offer({ type, object, previous }: Pick<Write, 'type' | 'object' | 'previous'>): void {
    const { matches } = this.#options;
    const before = previous !== undefined && matches(previous);
    if (type === 'DELETED') {
      if (before) this.push({ type, object });
    } else if (matches(object)) {
      this.push({ type: before ? 'MODIFIED' : 'ADDED', object });
    } else if (before) {
      const { resourceVersion } = object.metadata;
      this.push({ type: 'DELETED', object: { ...previous, metadata: { ...previous.metadata, resourceVersion } } });
    }
  }

  bookmark(resourceVersion: number): void {
    if (this.bookmarks) this.push(this.#options.bookmark(resourceVersion, false));
  }

  push(line: Line): void {
    if (this.#state !== 'open' || this.#mute === 'half-open' || this.#endsWhenLetGo) return;
    this.#lines.push(line);
    const unread = this.#lines.length - this.#next;
    if (this.#mute === 'no' && unread > this.#limit) this.end();
    else this.#serve();
  }

  /** What was said is still delivered, then the stream closes as one does that has timed out. */
  end(): void {
    if (this.#mute === 'half-open') return;
    // the end waits behind what waits: a watch that is closed is out of reach of whoever lets it go
    if (this.#mute === 'held') this.#endsWhenLetGo = true;
    else this.#finish('ended');
  }

  /** As if the connection broke: nothing more is delivered. */
  cut(): void {
    this.#lines = [];
    this.#next = 0;
    this.#mute = 'no';
    this.#finish('broken');
  }

  /** The server goes down: even a watch that says nothing ends. */
  shut(): void {
    this.#mute = 'no';
    this.#finish('ended');
  }

  /** Events wait until they are let go. */
  hold(): void {
    if (this.#mute === 'no') this.#mute = 'held';
  }

  letGo(): void {
    if (this.#mute !== 'held') return;
    this.#mute = 'no';
    // what piled up meanwhile is not the reader's fault
    this.#limit += this.#lines.length - this.#next;
    if (this.#endsWhenLetGo) this.#finish('ended');
    else this.#serve();
  }

  /** Stays open, and says nothing ever again. */
  halfOpen(): void {
    this.#lines = [];
    this.#next = 0;
    this.#mute = 'half-open';
  }

  async text(): Promise<string> {
    let text = '';
    for await (const line of this) text += line;
    return text;
  }

  [Symbol.asyncIterator](): AsyncIterator<string> {
    return { next: () => this.#read(), return: () => this.#leave() };
  }

  #read(): Promise<IteratorResult<string>> {
    if (this.#mute === 'no' && this.#next < this.#lines.length)
      return Promise.resolve({ done: false, value: this.#take() });
    if (this.#state === 'broken') return Promise.reject(new ConnectionLostError());
    if (this.#state === 'ended') return Promise.resolve({ done: true, value: undefined });
    this.#reader ??= Promise.withResolvers();
    return this.#reader.promise;
  }

  /** The reader wants no more. */
  #leave(): Promise<IteratorResult<string>> {
    this.#lines = [];
    this.#next = 0;
    this.#mute = 'no';
    this.#finish('ended');
    return Promise.resolve({ done: true, value: undefined });
  }

  /** As many lines as are there, within reason, in one piece. */
  #take(): string {
    const { encode } = this.#options;
    let text = '';
    while (this.#next < this.#lines.length && text.length < PIECE) {
      const line = this.#lines[this.#next++] as Line;
      text += typeof line === 'string' ? line : encode(line.type, line.object);
    }
    if (this.#next === this.#lines.length) {
      this.#lines = [];
      this.#next = 0;
    }
    return text;
  }

  #serve(): void {
    const reader = this.#reader;
    if (!reader || this.#mute !== 'no') return;
    if (this.#next < this.#lines.length) {
      this.#reader = undefined;
      reader.resolve({ done: false, value: this.#take() });
    } else if (this.#state !== 'open') {
      this.#reader = undefined;
      if (this.#state === 'broken') reader.reject(new ConnectionLostError());
      else reader.resolve({ done: true, value: undefined });
    }
  }

  #finish(state: 'ended' | 'broken'): void {
    if (this.#state === 'open') {
      this.#state = state;
      this.#options.onClose(this);
    }
    this.#serve();
  }
}

const PIECE = 64 * 1024;
