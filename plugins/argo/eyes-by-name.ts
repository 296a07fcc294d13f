import type { KubeObject } from '../../src/api/metadata.ts';
import { ObjectCache } from '../../src/kube/cache.ts';
import type { Resource } from '../../src/kube/resource.ts';
import { keepWatching } from '../../src/kube/watch.ts';
import type { Step } from '../step.ts';
import { claimOf, type Eyes, type EyesOptions, keyOf, resourceOf, type SightOf, type Subject, viewOf } from './eyes.ts';

interface Watched {
  readonly cache: ObjectCache<KubeObject>;
  readonly listeners: Set<() => void>;
  readonly ending: AbortController;
}

/** For a plugin that serves one workflow: a watch for each object that a waiting step needs, and no other. */
export function eyesByName({ client, clock, random, onError }: EyesOptions): Eyes {
  const watched = new Map<string, Watched>();

  const open = ({ kind, namespace, name }: Subject): Watched => {
    const ending = new AbortController();
    const cache = new ObjectCache<KubeObject>({ onError });
    const listeners = new Set<() => void>();
    const tell = () => {
      for (const listener of listeners) listener();
    };
    cache.onChange(tell);
    // that there is none is news, too
    void cache.synced.then(tell);
    void keepWatching<KubeObject>({
      resource: client.of(kind, namespace) as unknown as Resource<KubeObject, never>,
      fieldSelector: `metadata.name=${name}`,
      ...{ clock, random, onError },
      signal: ending.signal,
      onChange: (change) => cache.feed(change),
    });
    return { cache, listeners, ending };
  };

  const sightOf: SightOf = (subject) => {
    const cache = watched.get(keyOf(subject))?.cache;
    if (cache?.resourceVersion === undefined) return 'unseen';
    return cache.get(subject.name, subject.namespace) ?? 'missing';
  };

  return {
    view: (step) => viewOf(step, subjectsOf(step), sightOf, clock.now()),
    watch(step, onNews) {
      const ends = subjectsOf(step).map((subject) => {
        const key = keyOf(subject);
        const one = watched.get(key) ?? open(subject);
        watched.set(key, one);
        one.listeners.add(onNews);
        return () => {
          one.listeners.delete(onNews);
          if (one.listeners.size > 0) return;
          watched.delete(key);
          one.ending.abort(new Error('no step needs it any more'));
        };
      });
      return () => {
        for (const end of ends) end();
      };
    },
  };
}

/** The claim of a hold says all there is to know: thousands may wait for a semaphore, and each swap would wake them. */
function subjectsOf(step: Step): readonly Subject[] {
  const claim = claimOf(step);
  if (!claim) return [resourceOf(step)];
  return step.action === 'acquire' ? [claim] : [resourceOf(step), claim];
}
