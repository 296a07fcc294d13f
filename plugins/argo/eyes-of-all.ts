import type { Kind } from '../../src/api/kind.ts';
import { KINDS } from '../../src/api/kinds.ts';
import type { KubeObject } from '../../src/api/metadata.ts';
import { ObjectCache } from '../../src/kube/cache.ts';
import type { Resource } from '../../src/kube/resource.ts';
import { keepWatching } from '../../src/kube/watch.ts';
import type { Step } from '../step.ts';
import { claimOf, type Eyes, type EyesOptions, keyOf, resourceOf, type SightOf, type Subject, viewOf } from './eyes.ts';

export interface EyesOfAllOptions extends EyesOptions {
  /** Undefined: all. */
  readonly namespaces: readonly string[] | undefined;
  /** Ends the watches. */
  readonly signal: AbortSignal;
}

export interface EyesOfAll extends Eyes {
  /** Kept once everything there is has been listed. */
  readonly synced: Promise<void>;
  /** Kept once all watches are over. */
  readonly ended: Promise<void>;
}

/** For a controller that serves every workflow: all there is of our kinds, by one watch a kind and namespace. */
export function eyesOfAll(options: EyesOfAllOptions): EyesOfAll {
  const { client, clock, random, onError, namespaces, signal } = options;
  const listeners = new Map<string, Set<() => void>>();

  const sources = KINDS.flatMap((kind) => (namespaces ?? [undefined]).map((namespace) => ({ kind, namespace })));
  const caches = new Map(
    sources.map(({ kind, namespace }) => {
      const cache = new ObjectCache<KubeObject>({ onError });
      cache.onChange((old, object) => {
        const { name, namespace = '' } = (object ?? old)?.metadata ?? { name: '' };
        for (const tell of listeners.get(keyOf({ is: 'claim', kind, namespace, name })) ?? []) tell();
      });
      return [placeOf(kind, namespace), cache];
    }),
  );
  const watches = sources.map(({ kind, namespace }) =>
    keepWatching<KubeObject>({
      resource: client.of(kind, namespace) as unknown as Resource<KubeObject, never>,
      ...{ clock, random, onError, signal },
      onChange: (change) => caches.get(placeOf(kind, namespace))?.feed(change),
    }),
  );

  const sightOf: SightOf = ({ kind, namespace, name }) => {
    const cache = caches.get(placeOf(kind, namespaces ? namespace : undefined));
    if (cache?.resourceVersion === undefined) return 'unseen';
    return cache.get(name, namespace) ?? 'missing';
  };

  return {
    synced: Promise.all([...caches.values()].map(({ synced }) => synced)).then(() => {}),
    ended: Promise.all(watches).then(() => {}),
    view: (step) => viewOf(step, subjectsOf(step), sightOf, clock.now()),
    watch(step, onNews) {
      const keys = subjectsOf(step).map(keyOf);
      for (const key of keys) listeners.set(key, (listeners.get(key) ?? new Set()).add(onNews));
      return () => {
        for (const key of keys) {
          const those = listeners.get(key);
          those?.delete(onNews);
          if (those?.size === 0) listeners.delete(key);
        }
      };
    },
  };
}

const placeOf = ({ kind }: Kind, namespace: string | undefined): string => `${kind}/${namespace ?? ''}`;

/** Both: the resource has the grant before the claim is told, and says how long the queue is. */
function subjectsOf(step: Step): readonly Subject[] {
  const claim = claimOf(step);
  return claim ? [resourceOf(step), claim] : [resourceOf(step)];
}
