import { type Clock, systemClock } from '../api/clock.ts';
import type { Kind, NewObjectOf, ObjectOf } from '../api/kind.ts';
import type { KubeObject } from '../api/metadata.ts';
import { errorOf, TransportError } from './errors.ts';
import { Resource } from './resource.ts';
import { type NewKubeObject, type ResourceType, resourceTypeOf } from './resource-type.ts';
import { RETRY, type RetryPolicy, retrying } from './retry.ts';
import { isRead, type KubeResponse, type Transport } from './transport.ts';

export interface KubeClientOptions {
  /** Who calls, in the server's logs and audit. */
  readonly userAgent?: string;
  /** Who owns the fields that are written. */
  readonly fieldManager?: string;
  readonly retry?: RetryPolicy;
  readonly clock?: Clock;
  readonly random?: () => number;
}

/** Resources of one API server, typed by their kinds. */
export interface KubeClient {
  of<K extends Kind>(kind: K, namespace?: string): Resource<ObjectOf<K>, NewObjectOf<K>>;
  of<T extends KubeObject, New>(type: ResourceType<T, New>, namespace?: string): Resource<T, New>;
  /** One call as it is, for paths that are no resource (`/version`, `/readyz`). */
  call(call: Call): Promise<KubeResponse>;
}

export interface Call {
  readonly method: string;
  readonly path: string;
  readonly contentType?: string;
  readonly body?: unknown;
  /** See RetryOptions.repeatable; reads always are. */
  readonly repeatable?: boolean;
  readonly retry?: RetryPolicy | undefined;
  readonly signal?: AbortSignal | undefined;
}

export function kubeClient(transport: Transport, options: KubeClientOptions = {}): KubeClient {
  const {
    userAgent = 'konductor',
    fieldManager = 'konductor',
    retry = RETRY,
    clock = systemClock,
    random = Math.random,
  } = options;
  const readHeaders = { accept: 'application/json', 'user-agent': userAgent };

  const once = async ({ method, path, contentType = 'application/json', signal }: Call, body: string | undefined) => {
    const headers = body === undefined ? readHeaders : { ...readHeaders, 'content-type': contentType };
    const response = await transport({ method, path, headers, body, signal }).catch((error: unknown) => {
      // a transport in the same process may know no errors but its own
      if (!signal?.aborted || error instanceof TransportError) throw error;
      throw new TransportError('aborted', `${method} ${path} was cancelled`, {
        cause: error,
        mayHaveHappened: !isRead(method),
      });
    });
    if (response.status >= 200 && response.status < 300) return response;
    const text = await response.body.text();
    throw errorOf(
      { method, path, write: !isRead(method) },
      { status: response.status, headers: response.headers, text },
      clock.now(),
    );
  };

  const call = (request: Call): Promise<KubeResponse> => {
    // not waiting for the promise of a call that nobody wants any more
    if (request.signal?.aborted) {
      return Promise.reject(
        new TransportError('aborted', 'the call was cancelled before it was sent', { cause: request.signal.reason }),
      );
    }
    const body = request.body === undefined ? undefined : JSON.stringify(request.body);
    const repeatable = request.repeatable ?? isRead(request.method);
    const policy = request.retry ?? retry;
    return retrying(() => once(request, body), { policy, repeatable, clock, random, signal: request.signal });
  };

  return {
    call,
    of(type: Kind | ResourceType, namespace?: string): Resource<never, never> {
      const resourceType = ('namespaced' in type ? type : resourceTypeOf(type)) as ResourceType<
        KubeObject,
        NewKubeObject
      >;
      return new Resource(resourceType, { call, namespace, fieldManager }) as unknown as Resource<never, never>;
    },
  };
}
