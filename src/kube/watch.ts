import { type Clock, wait } from '../api/clock.ts';
import type { KubeObject } from '../api/metadata.ts';
import { compareVersions, isNewer, newest } from '../api/resource-version.ts';
import { type Backoff, fullJitter } from './backoff.ts';
import { type ChildSignal, childSignal } from './child-signal.ts';
import { isGone, KubeError } from './errors.ts';
import { holding } from './hold.ts';
import { UndecodableLineError } from './json-lines.ts';
import { report } from './report.ts';
import type { Resource, Selection, WatchEvent } from './resource.ts';
import { NO_RETRY } from './retry.ts';

/** What a watcher is told. `replaced` is all there is: what is not in it is gone. */
export type Change<T> =
  | { readonly type: 'replaced'; readonly objects: readonly T[]; readonly resourceVersion: string }
  | { readonly type: 'added' | 'modified' | 'deleted'; readonly object: T }
  /** Nothing up to here was missed. */
  | { readonly type: 'reached'; readonly resourceVersion: string };

export interface WatchOptions<T extends KubeObject> extends Selection {
  readonly resource: Pick<Resource<T, never>, 'listAll' | 'watch'>;
  /** Nothing up to here is of interest: it begins without a list. */
  readonly from?: string | undefined;
  readonly onChange: (change: Change<T>) => void;
  /** Everything that went wrong, for logs and counters. The watch goes on by itself. */
  readonly onError: (error: unknown) => void;
  readonly clock: Clock;
  readonly random: () => number;
  /** Ends the watch. */
  readonly signal: AbortSignal;
  readonly timing?: Partial<WatchTiming>;
}

export interface WatchTiming {
  /** Seconds after which the server is asked to end a watch: anything between, so that not all end together. */
  readonly shortest: number;
  readonly longest: number;
  /** Milliseconds beyond that before a watch that has not ended is held to be dead. */
  readonly slack: number;
  /** Milliseconds without a word before the watch of a server that sends bookmarks (each minute) is held to be dead. */
  readonly silence: number;
  /** Milliseconds to wait after the first failure, and at most. */
  readonly base: number;
  readonly most: number;
}

const TIMING: WatchTiming = { shortest: 300, longest: 600, slack: 15_000, silence: 200_000, base: 800, most: 30_000 };

/** A watch that said nothing for longer than a living one can. */
export class SilentWatchError extends Error {
  override readonly name = 'SilentWatchError';
}

/** The server is behind what it has shown before: acting on it would undo what is known. */
export class OlderListError extends Error {
  override readonly name = 'OlderListError';
}

/** What a listener of ours threw. The change was told; what became of it is the listener's. */
export class ListenerError extends Error {
  override readonly name = 'ListenerError';
}

/** Lists, then tells every change, and never gives up before the signal ends it. */
export const keepWatching = <T extends KubeObject>(options: WatchOptions<T>): Promise<void> =>
  holding(watchOn(options));

async function watchOn<T extends KubeObject>(options: WatchOptions<T>): Promise<void> {
  const { clock, random, signal, onError } = options;
  const timing = { ...TIMING, ...options.timing };
  const backoff = fullJitter({ base: timing.base, longest: timing.most }, random);
  const { from } = options;
  const session: Session<T> = { options, timing, backoff, position: from, highest: from, bookmarked: false };

  let wasGone = false;
  while (!signal.aborted) {
    let pause: number;
    try {
      session.position ??= await relist(session);
      const orderly = await follow(session, session.position);
      if (orderly) continue;
      pause = backoff.next();
    } catch (error) {
      if (signal.aborted) return;
      // the server is well again: what an outage before had grown the pause to is over, unless it says so each time
      if (isGone(error) && !wasGone) backoff.reset();
      wasGone = isGone(error);
      // after a line nobody could read, events may be missing: only a list tells
      if (isGone(error) || error instanceof UndecodableLineError) session.position = undefined;
      report(onError, error);
      pause = Math.max(backoff.next(), error instanceof KubeError ? (error.retryAfterMs ?? 0) : 0);
    }
    await wait(clock, Math.min(pause, timing.most), signal).catch(() => {});
  }
}

interface Session<T extends KubeObject> {
  readonly options: WatchOptions<T>;
  readonly timing: WatchTiming;
  readonly backoff: Backoff;
  /** Where to go on from; undefined: list first. */
  position: string | undefined;
  /** The highest version ever seen: no list may be older. */
  highest: string | undefined;
  /** Whether this server sends bookmarks: only then is silence a sign. */
  bookmarked: boolean;
}

async function relist<T extends KubeObject>(session: Session<T>): Promise<string> {
  const { resource, signal, labelSelector, fieldSelector } = session.options;
  // no resourceVersion: a consistent list, never one that happens to be at hand
  const { items, resourceVersion } = await resource.listAll({ labelSelector, fieldSelector, signal, retry: NO_RETRY });
  if (session.highest !== undefined && compareVersions(resourceVersion, session.highest) < 0) {
    throw new OlderListError(
      `the list is of resourceVersion ${resourceVersion}, older than ${session.highest}, which was seen before`,
    );
  }
  session.highest = resourceVersion;
  tell(session, { type: 'replaced', objects: items, resourceVersion });
  return resourceVersion;
}

/** One watch to its end. False when the server closed it at once, without a word: to go on at once would be a spin. */
async function follow<T extends KubeObject>(session: Session<T>, from: string): Promise<boolean> {
  const { options, timing, backoff } = session;
  const { clock, random, resource, labelSelector, fieldSelector } = options;
  const timeoutSeconds = timing.shortest + Math.floor(random() * (timing.longest - timing.shortest + 1));
  const opened = clock.monotonic();
  const child = childSignal(options.signal);
  const listening = watchdog(session, child, timeoutSeconds);
  let heard = false;
  try {
    const watch = resource.watch({
      resourceVersion: from,
      timeoutSeconds,
      labelSelector,
      fieldSelector,
      signal: child.signal,
    });
    for await (const event of watch) {
      if (child.signal.aborted) break;
      listening.heard();
      if (!heard) backoff.reset();
      heard = true;
      take(session, event);
    }
    // an aborted stream may also just end
    if (child.signal.aborted && !options.signal.aborted) throw child.signal.reason;
    return heard || clock.monotonic() - opened >= timing.base;
  } catch (error) {
    throw child.signal.aborted && !options.signal.aborted ? child.signal.reason : error;
  } finally {
    listening.stop();
    child.release();
  }
}

function take<T extends KubeObject>(session: Session<T>, event: WatchEvent<T>): void {
  const version = event.type === 'BOOKMARK' ? event.resourceVersion : event.object.metadata.resourceVersion;
  if (event.type === 'BOOKMARK') session.bookmarked = true;
  // told twice, or told late: a watch goes forward only
  else if (!isNewer(version, session.position)) return;
  session.position = newest(session.position, version);
  session.highest = newest(session.highest, version);
  tell(session, changeOf(event));
}

function changeOf<T>(event: WatchEvent<T>): Change<T> {
  switch (event.type) {
    case 'BOOKMARK':
      return { type: 'reached', resourceVersion: event.resourceVersion };
    case 'ADDED':
      return { type: 'added', object: event.object };
    case 'MODIFIED':
      return { type: 'modified', object: event.object };
    case 'DELETED':
      return { type: 'deleted', object: event.object };
  }
}

function tell<T extends KubeObject>({ options }: Session<T>, change: Change<T>): void {
  try {
    options.onChange(change);
  } catch (cause) {
    report(options.onError, new ListenerError(`a listener failed on a ${change.type} change`, { cause }));
  }
}

/** Ends a watch that is open but dead: the other side is gone and no packet says so. */
function watchdog<T extends KubeObject>(session: Session<T>, child: ChildSignal, timeoutSeconds: number) {
  const { options, timing } = session;
  const { clock } = options;
  const bark = (why: string) => child.abort(new SilentWatchError(`the watch is dead: ${why}`));
  const longest = timeoutSeconds * 1000 + timing.slack;
  const end = clock.after(longest, () => bark(`it was to end after ${timeoutSeconds} s`));
  let last = clock.monotonic();
  const look = () => {
    const left = last + timing.silence - clock.monotonic();
    if (left <= 0 && session.bookmarked)
      return bark(`not a word for ${timing.silence} ms from a server that sends bookmarks`);
    silence = clock.after(left > 0 ? left : timing.silence, look);
  };
  let silence = clock.after(timing.silence, look);
  return {
    heard: () => {
      last = clock.monotonic();
    },
    stop: () => {
      end.cancel();
      silence.cancel();
    },
  };
}
