import type { Clock } from '../src/api/clock.ts';
import type { KubeObject } from '../src/api/metadata.ts';
import { within } from '../src/kube/child-signal.ts';
import { isConflict, isNotFound, mayHaveHappened } from '../src/kube/errors.ts';
import type { KindCache } from '../src/kube/kind-cache.ts';
import type { CallOptions, DeleteOptions, MergePatch, PatchOptions } from '../src/kube/resource.ts';
import { NO_RETRY } from '../src/kube/retry.ts';

/** Any of our objects, as far as writing it goes. */
export interface AnyObject extends KubeObject {
  readonly status?: Readonly<Record<string, unknown>>;
}

/** What an API server does for one kind in one namespace. */
export interface ObjectApi {
  get(name: string, options?: CallOptions): Promise<AnyObject>;
  mergePatch(name: string, patch: MergePatch<AnyObject>, options?: PatchOptions): Promise<AnyObject>;
  delete(name: string, options?: DeleteOptions): Promise<AnyObject | undefined>;
}

export interface WriterOptions {
  readonly api: (namespace: string) => ObjectApi;
  readonly cache: Pick<KindCache<AnyObject>, 'apply' | 'remove' | 'moved'>;
  /** Takes what an own write made of the object, into the cache above all. */
  readonly applyOwn: (after: AnyObject) => void;
  readonly clock: Clock;
  /** Ends waiting. */
  readonly soft: AbortSignal;
  /** Ends calls. */
  readonly hard: AbortSignal;
}

/** `refused`: it is not what we knew any more; by now the cache knows better. */
export type Written = 'written' | 'refused';

/** Writes objects of one kind, each only if it is still what was decided on, and takes what comes of it into the cache. */
export interface Writer {
  patchStatus(object: KubeObject, status: object): Promise<Written>;
  setFinalizers(object: KubeObject, finalizers: readonly string[]): Promise<Written>;
  delete(object: KubeObject): Promise<Written>;
}

/** How long the watch may take to bring what a refusal says is there. */
const PATIENCE = 500;

export function writer(options: WriterOptions): Writer {
  const { cache, api } = options;
  const of = ({ metadata: { namespace } }: KubeObject) => api(namespace ?? '');

  const write = async (object: KubeObject, call: () => Promise<AnyObject | undefined>): Promise<Written> => {
    try {
      const answer = await call();
      if (answer) options.applyOwn(answer);
      else cache.remove(object);
      return 'written';
    } catch (error) {
      // A lost answer needs no more care than this: the write carries the version it was decided on, so it lands once
      // or never. If it landed, that version is past and so is everything else decided on it.
      const isRefused = isConflict(error) || isAbsent(error, object.metadata.name);
      if (mayHaveHappened(error) || isRefused) await catchUp(options, object, error);
      if (isRefused) return 'refused';
      throw error;
    }
  };

  const patch = (object: KubeObject, change: MergePatch<AnyObject>, subresource?: string): Promise<Written> => {
    const { name, resourceVersion } = object.metadata;
    const signal = options.hard;
    const how = { resourceVersion, signal, retry: NO_RETRY, ...(subresource && { subresource }) };
    return write(object, () => of(object).mergePatch(name, change, how));
  };

  return {
    patchStatus: (object, status) => patch(object, { status } as MergePatch<AnyObject>, 'status'),
    setFinalizers: (object, finalizers) =>
      patch(object, { metadata: { finalizers: finalizers.length > 0 ? finalizers : null } }),
    delete: (object) => {
      const { name, uid } = object.metadata;
      return write(object, () => of(object).delete(name, { uid, signal: options.hard, retry: NO_RETRY }));
    },
  };
}

/** The object does not exist. A 404 that does not name it may come from a server that does not serve the kind yet. */
export const isAbsent = (error: unknown, name: string): boolean => isNotFound(error) && error.details.name === name;

/** Waits until the cache knows what the refused write did not; when the watch is slow to say, asks. */
async function catchUp(
  { api, cache, clock, soft: signal }: WriterOptions,
  object: KubeObject,
  refusal: unknown,
): Promise<void> {
  const { name, namespace = '', resourceVersion, uid } = object.metadata;
  try {
    await within({ clock, milliseconds: PATIENCE, signal }, (patience) => cache.moved(object, patience));
    return;
  } catch {
    if (signal.aborted) throw refusal;
  }
  try {
    const fresh = await api(namespace).get(name, { signal, retry: NO_RETRY });
    if (fresh.metadata.uid !== uid) cache.remove(object);
    cache.apply(fresh);
    // nothing has moved: trying at once again would be refused again
    if (fresh.metadata.resourceVersion === resourceVersion) throw refusal;
  } catch (error) {
    if (!isAbsent(error, object.metadata.name)) throw error;
    cache.remove(object);
  }
}
