import type { KubeObject } from '../src/api/metadata.ts';
import { isForeign } from '../src/core/watermark.ts';
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
  find(key: string, signal: AbortSignal): Promise<Found>;
  /** What an own write made of one: it came right after a version that was decided on, and is as sure as that was. */
  trust(resource: KubeObject): void;
  forget(resource: KubeObject): void;
}

export interface Found {
  /** Undefined when there is none. */
  readonly resource: AnyObject | undefined;
  /** All that are on it. */
  readonly claims: readonly AnyObject[];
}

export function freshness({ resources, claims, looksForMissing }: FreshnessOptions): Freshness {
  /** By uid: the versions whose swaps the claims are known to have caught up with. */
  const trusted = new Map<string, string>();
  /** The versions in which they were found first. */
  const found = new Map<string, string>();
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
    async find(key, signal) {
      let resource = known(resources.cache, key) ?? (await confirmMissing(key, signal));
      while (resource && claims && !isTrusted(resource)) {
        const { uid, resourceVersion } = resource.metadata;
        const first = found.get(uid) ?? resourceVersion;
        found.set(uid, first);
        if (!watermarkOf(resource) && claims.cache.on(key).length === 0) return { resource, claims: [] };
        await catchUp(claims.cache, resource, first, signal);
        const now = known(resources.cache, key);
        // else it was swapped again meanwhile
        if (now === resource) trust(resource);
        resource = now;
      }
      return { resource, claims: claims?.cache.on(key) ?? [] };
    },
    trust(resource) {
      if (trusted.has(resource.metadata.uid)) trust(resource);
    },
    forget({ metadata: { uid } }) {
      trusted.delete(uid);
      found.delete(uid);
    },
  };
}

/**
 * Waits until the claims are known at least as far as the last swap had seen them. Without this: operators A and B see
 * claims a and b wait for one permit; A swaps a in, tells it and, seeing it told, drops the intent; B, whose claims are
 * older, finds no intent and no hold, and swaps b in. Own swaps were decided on what is in the cache.
 */
async function catchUp(cache: KindCache<AnyObject>, resource: AnyObject, first: string, signal: AbortSignal) {
  const watermark = watermarkOf(resource);
  // claims may have been answered on an earlier resource of the name: what was before this one is to be known
  if (!watermark) return cache.isBehind(first) ? cache.refresh(signal) : undefined;
  // a consistent list knows what any swap had seen, whatever the watermark says
  if (isForeign(watermark, resource.metadata)) return cache.refresh(signal);
  return cache.isBehind(watermark) ? cache.reach(watermark, signal) : undefined;
}

const watermarkOf = ({ status }: AnyObject) => status?.['watermark'] as string | undefined;

const known = (cache: KindCache<AnyObject>, key: string): AnyObject | undefined => {
  const { namespace, name } = placeIn(key);
  return cache.get(name, namespace);
};

function placeIn(key: string): { readonly namespace: string; readonly name: string } {
  const [namespace = '', name = ''] = key.split('/');
  return { namespace, name };
}
