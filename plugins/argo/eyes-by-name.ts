import type { KubeObject } from '../../src/api/metadata.ts';
import { type ResourceType, resourceTypeOf } from '../../src/kube/resource-type.ts';
import type { Sight, Step } from '../step.ts';
import { claimOf, type Eyes, type EyesOptions, keyOf, resourceOf, type SightOf, type Subject, viewOf } from './eyes.ts';
import { watchOne } from './watch-one.ts';

interface Watched {
  sight: Sight<KubeObject>;
  readonly listeners: Set<() => void>;
  readonly end: () => void;
}

/** For a plugin that serves one workflow: a watch for each object that a waiting step needs, and no other. */
export function eyesByName(options: EyesOptions): Eyes {
  const { clock } = options;
  const watched = new Map<string, Watched>();

  const open = ({ kind, namespace, name }: Subject): Watched => {
    const one: Watched = {
      sight: 'unseen',
      listeners: new Set(),
      end: watchOne<KubeObject>({
        ...{ ...options, type: resourceTypeOf(kind) as ResourceType, namespace, name },
        onSeen(sight) {
          one.sight = sight;
          for (const listener of one.listeners) listener();
        },
      }),
    };
    return one;
  };

  const sightOf: SightOf = (subject) => watched.get(keyOf(subject))?.sight ?? 'unseen';

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
          one.end();
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
