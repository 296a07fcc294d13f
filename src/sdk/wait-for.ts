import { parseDuration } from '../api/duration.ts';
import type { Kind, ObjectOf } from '../api/kind.ts';
import type { Problem } from '../api/problem.ts';
import { holding } from '../kube/hold.ts';
import { refuse } from './checked.ts';
import { durationText } from './duration.ts';
import { AbortedError, ClosedError, NotFoundError, TimeoutError } from './errors.ts';
import type { WaitOptions } from './options.ts';
import { named } from './resources.ts';
import { sayFailure } from './say-failure.ts';
import type { Session } from './session.ts';
import { traced } from './telemetry.ts';

export interface Watched<K extends Kind, T> {
  readonly session: Session;
  readonly kind: K;
  readonly name: string;
  readonly options: WaitOptions;
  /** What is waited for, once it is so; undefined while it is not. It throws when it never will be. */
  readonly look: (object: ObjectOf<K>) => T | undefined;
  /** How it stands, for whoever is out of time. */
  readonly say: (object: ObjectOf<K>) => string;
}

/** Waits until an object is as it should be: one watch by its name, shared by all who wait for it here. */
export function waitFor<K extends Kind, T>(watched: Watched<K, T>): Promise<T> {
  const { session, kind, name, options } = watched;
  const what = { kind: kind.kind, name, namespace: options.namespace ?? session.namespace };
  return session.track(holding(traced('wait', what, () => untilSo(watched))));
}

async function untilSo<K extends Kind, T>({ session, kind, name, options, look, say }: Watched<K, T>): Promise<T> {
  const { namespace = session.namespace, signal, timeout } = options;
  const what = `${kind.singular} "${name}"`;
  const limit = timeout === undefined ? undefined : timeLimit(timeout, what);
  const fieldSelector = `metadata.name=${named(name)}`;
  const resource = session.kube.of(kind, namespace);
  const end = Promise.withResolvers<T>();
  const since = new Date(session.clock.now());
  let last: string | undefined;

  const abort = () => {
    end.reject(new AbortedError(`stopped waiting for ${what}: the caller aborted`, { cause: signal?.reason }));
  };
  const close = () => end.reject(new ClosedError(`stopped waiting for ${what}: the client was closed`));
  const outOfTime = () => {
    end.reject(new TimeoutError(`timed out after ${limit?.text} waiting for ${what}${last ? `: ${last}` : ''}`));
  };
  if (signal?.aborted) abort();
  signal?.addEventListener('abort', abort, { once: true });
  session.closing.addEventListener('abort', close, { once: true });
  const timer = limit && session.clock.after(limit.milliseconds, outOfTime);

  const stop = session.feeds.listen<ObjectOf<K>>({ resource, namespace, fieldSelector }, name, {
    seen(object) {
      try {
        last = say(object);
        const found = look(object);
        if (found !== undefined) end.resolve(found);
        else options.onWaiting?.({ message: last, since });
      } catch (error) {
        end.reject(error);
      }
    },
    gone() {
      const why = last === undefined ? 'does not exist' : 'was deleted';
      end.reject(new NotFoundError(`${what} ${why} in namespace "${namespace}": create it first`));
    },
    deaf: (error) => end.reject(sayFailure(error, { doing: `watch ${what}` })),
  });
  try {
    return await end.promise;
  } finally {
    stop();
    timer?.cancel();
    signal?.removeEventListener('abort', abort);
    session.closing.removeEventListener('abort', close);
  }
}

function timeLimit(timeout: NonNullable<WaitOptions['timeout']>, what: string) {
  const problems: Problem[] = [];
  const text = durationText(timeout, 'timeout', problems);
  refuse(problems, `wait for ${what}`);
  return { text, milliseconds: parseDuration(text) ?? 0 };
}
