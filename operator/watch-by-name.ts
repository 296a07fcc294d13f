import type { Clock } from '../src/api/clock.ts';
import type { KubeObject } from '../src/api/metadata.ts';
import type { KubeClient } from '../src/kube/client.ts';
import { isForbidden, isNotFound } from '../src/kube/errors.ts';
import type { ResourceType } from '../src/kube/resource-type.ts';
import { type Change, keepWatching } from '../src/kube/watch.ts';

export interface WatchByNameOptions<T extends KubeObject> {
  readonly client: KubeClient;
  readonly type: ResourceType<T>;
  readonly namespace: string;
  readonly name: string;
  readonly clock: Clock;
  readonly random: () => number;
  readonly onError: (error: unknown) => void;
  readonly onSeen: (sight: Sight<T>) => void;
}

/** What is known of one object. `missing` is said by a consistent list or by its deletion; a server may also not tell. */
export type Sight<T> = T | 'missing' | 'unserved' | 'unreadable';

/** A kind that may not be read, or is not installed, is asked for this rarely: somebody may still install it. */
const TIMING = { base: 1_000, most: 60_000 };

/** Watches a single object, until the answer is called. Its promise is kept when the watch is over. */
export function watchByName<T extends KubeObject>(options: WatchByNameOptions<T>): () => Promise<void> {
  const { client, type, namespace, name, clock, random, onError, onSeen } = options;
  const end = new AbortController();
  let last: T | 'missing' | undefined;
  let isBlind = false;
  const goBlind = (why: 'unserved' | 'unreadable'): void => {
    isBlind = true;
    onSeen(why);
  };
  const watching = keepWatching<T>({
    resource: client.of(type, type.namespaced ? namespace : undefined) as never,
    fieldSelector: `metadata.name=${name}`,
    clock,
    random,
    signal: end.signal,
    timing: TIMING,
    onChange: (change) => {
      const sight = sightIn(change);
      last = sight ?? last;
      // a watch that goes on tells only what is new: the rest is as it was
      if (last && (sight || isBlind)) onSeen(last);
      isBlind = false;
    },
    onError: (error) => {
      if (isNotFound(error)) goBlind('unserved');
      else if (isForbidden(error)) goBlind('unreadable');
      else onError(error);
    },
  });
  return () => {
    end.abort(new Error('nobody looks at it any more'));
    return watching;
  };
}

function sightIn<T>(change: Change<T>): T | 'missing' | undefined {
  switch (change.type) {
    case 'replaced':
      return change.objects[0] ?? 'missing';
    case 'deleted':
      return 'missing';
    case 'reached':
      return undefined;
    default:
      return change.object;
  }
}
