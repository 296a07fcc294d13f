import type { KubeObject } from '../src/api/metadata.ts';
import { isVersion } from '../src/api/resource-version.ts';
import type { KindCache } from '../src/kube/kind-cache.ts';
import { NO_RETRY } from '../src/kube/retry.ts';
import type { Source } from './controller.ts';
import { type AnyObject, isAbsent } from './writer.ts';

export interface FreshnessOptions {
  readonly resources: Source;
  readonly claims: Source | undefined;
  /** Whether claims on a missing resource are decided on. */
  readonly looksForMissing: boolean;
}

/** Finds resources, each with claims in the cache that are new enough to decide on it. */
export interface Freshness {
  /** Undefined when there is none. */
  find(key: string, signal: AbortSignal): Promise<AnyObject | undefined>;
  /** What an own write made of one: it came right after a version that was decided on, so no other swap lies between. */
  trust(resource: KubeObject): void;
  forget(resource: KubeObject): void;
}

export function freshness({ resources, claims, looksForMissing }: FreshnessOptions): Freshness {
  /** The versions whose swaps the claims are known to have caught up with, by uid. */
  const trusted = new Map<string, string>();
  const isTrusted = ({ metadata }: KubeObject) => trusted.get(metadata.uid) === metadata.resourceVersion;
  const trust = ({ metadata }: KubeObject) => void trusted.set(metadata.uid, metadata.resourceVersion);

  /** Claims may be heard of before their resource: it is looked for before any of them is told that it is missing. */
  const confirmMissing = async (key: string, signal: AbortSignal): Promise<AnyObject | undefined> => {
    if (!looksForMissing || claims?.cache.on(key).length === 0) return undefined;
    const { namespace, name } = placeIn(key);
    try {
      resources.cache.apply(await resources.api(namespace).get(name, { signal, retry: NO_RETRY }));
      return known(resources.cache, key);
    } catch (error) {
      if (isAbsent(error, name)) return undefined;
      throw error;
    }
  };

  return {
    /**
     * Waits until the claims are known at least as far as the last swap had seen them. Without this: operators A and B
     * see claims a and b wait for one permit; A swaps a in, tells it and, seeing it told, drops the intent; B, whose
     * claims are older, finds no intent and no hold, and swaps b in. Own swaps were decided on what is in the cache.
     */
    async find(key, signal) {
      let resource = known(resources.cache, key) ?? (await confirmMissing(key, signal));
      while (resource && claims && !isTrusted(resource)) {
        await catchUp(claims.cache, resource.status?.['watermark'], signal);
        const now = known(resources.cache, key);
        // else it was swapped again meanwhile
        if (now === resource) trust(resource);
        resource = now;
      }
      return resource;
    },
    trust,
    forget: ({ metadata }) => void trusted.delete(metadata.uid),
  };
}

/**
 * A consistent list knows what any swap had seen, whatever the watermark says: people can write a status, and a backup
 * brings one from another cluster, whose versions this one may not reach for years.
 */
async function catchUp(cache: KindCache<AnyObject>, watermark: unknown, signal: AbortSignal): Promise<void> {
  if (typeof watermark !== 'string') return;
  if (!isVersion(watermark)) await cache.refresh(signal);
  else if (cache.isBehind(watermark)) await cache.reach(watermark, signal);
}

const known = (cache: KindCache<AnyObject>, key: string): AnyObject | undefined => {
  const { namespace, name } = placeIn(key);
  return cache.get(name, namespace);
};

function placeIn(key: string): { readonly namespace: string; readonly name: string } {
  const [namespace = '', name = ''] = key.split('/');
  return { namespace, name };
}
