import type { KubeObject } from '../api/metadata.ts';
import type { Call } from './client.ts';
import {
  isGone,
  isNotFound,
  KubeError,
  mayHaveHappened,
  NoApiServerError,
  type Status,
  TransportError,
} from './errors.ts';
import { jsonLines, TruncatedLineError } from './json-lines.ts';
import { apiVersionOf, collectionPath, type NewKubeObject, queryOf, type ResourceType } from './resource-type.ts';
import { NO_RETRY, type RetryPolicy } from './retry.ts';
import type { KubeResponse } from './transport.ts';

export interface CallOptions {
  readonly signal?: AbortSignal | undefined;
  readonly retry?: RetryPolicy | undefined;
}

export interface WriteOptions extends CallOptions {
  readonly fieldManager?: string;
  readonly dryRun?: 'All';
}

export interface PatchOptions extends WriteOptions {
  /** Only if it is still this one: else a Conflict. With it, the call may also be repeated after a lost answer. */
  readonly resourceVersion?: string | undefined;
  readonly subresource?: string;
}

export interface ApplyOptions extends WriteOptions {
  /** Take over fields that others own; else a Conflict says whose they are. */
  readonly force?: true;
  readonly subresource?: string;
}

export interface DeleteOptions extends CallOptions {
  /** Only if it is still this one, and not another of the same name: else a Conflict. */
  readonly uid?: string | undefined;
  readonly resourceVersion?: string | undefined;
  readonly propagation?: 'Background' | 'Foreground' | 'Orphan';
  readonly gracePeriodSeconds?: number;
}

export interface Selection {
  readonly labelSelector?: string | undefined;
  readonly fieldSelector?: string | undefined;
}

export interface ListOptions extends CallOptions, Selection {
  /** Not set: as new as it gets. `0`: whatever the server has at hand, which may be older than what was seen before. */
  readonly resourceVersion?: string;
  /** Most objects on a page. */
  readonly limit?: number;
  /** Where the page before ended. */
  readonly continue?: string;
}

export interface Page<T> {
  readonly items: readonly T[];
  readonly resourceVersion: string;
  /** Set when there are more. */
  readonly continue?: string;
}

export interface RawWatchOptions extends CallOptions, Selection {
  /** Events after this one. */
  readonly resourceVersion: string;
  readonly timeoutSeconds?: number;
}

export type WatchEvent<T> =
  | { readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'; readonly object: T }
  | { readonly type: 'BOOKMARK'; readonly resourceVersion: string };

/** A merge patch (RFC 7396): null removes a field, a list replaces the list. */
export type MergePatch<T> = T extends readonly unknown[]
  ? T
  : T extends object
    ? { readonly [Key in keyof T]?: MergePatch<T[Key]> | null }
    : T;

export type StatusPatch<T> = T extends { readonly status?: infer S } ? MergePatch<NonNullable<S>> : never;

export interface ResourceOptions {
  readonly call: (call: Call) => Promise<KubeResponse>;
  readonly namespace: string | undefined;
  readonly fieldManager: string;
}

const PAGE = 500;

/** The objects of one kind, in one namespace or in all. */
export class Resource<T extends KubeObject, New = NewKubeObject> {
  readonly type: ResourceType<T, New>;
  readonly #options: ResourceOptions;
  readonly #path: string;

  constructor(type: ResourceType<T, New>, options: ResourceOptions) {
    this.type = type;
    this.#options = options;
    this.#path = collectionPath(type, options.namespace);
  }

  get(name: string, { signal, retry }: CallOptions = {}): Promise<T> {
    return this.#object({ method: 'GET', path: this.#of(name), signal, retry });
  }

  /** One page. */
  async list(options: ListOptions = {}): Promise<Page<T>> {
    const { labelSelector, fieldSelector, resourceVersion, limit = PAGE, signal, retry } = options;
    const query = { limit, labelSelector, fieldSelector, resourceVersion, continue: options.continue };
    const path = `${this.#path}${queryOf(query)}`;
    const { items, metadata } = await this.#json<WireList<T>>({ method: 'GET', path, signal, retry });
    return {
      items: (items ?? []).map((item) => this.#complete(item)),
      resourceVersion: metadata.resourceVersion,
      ...(metadata.continue && { continue: metadata.continue }),
    };
  }

  /** Page after page; a list that takes so long that the server forgets it fails with Gone. */
  async *pages(options: Omit<ListOptions, 'continue'> = {}): AsyncGenerator<Page<T>, void> {
    let page = await this.list(options);
    yield page;
    while (page.continue) {
      // the token carries the version; a server refuses both together
      const { resourceVersion: _, ...rest } = options;
      page = await this.list({ ...rest, continue: page.continue });
      yield page;
    }
  }

  /** Every object, all as they were at one moment. */
  async listAll(options: Omit<ListOptions, 'continue'> = {}): Promise<Page<T>> {
    for (let attempt = 1; ; attempt++) {
      try {
        const items: T[] = [];
        let resourceVersion = '';
        for await (const page of this.pages(options)) {
          items.push(...page.items);
          resourceVersion = page.resourceVersion;
        }
        return { items, resourceVersion };
      } catch (error) {
        // the pages of the first try and of the next would be of different moments: all again
        if (!isGone(error) || attempt >= LIST_ATTEMPTS) throw error;
      }
    }
  }

  /** Under a fixed name a lost answer is made good by asking again, which may then say AlreadyExists. */
  create(object: New, { signal, retry, ...query }: WriteOptions = {}): Promise<T> {
    const repeatable = hasName(object);
    this.#mustHaveNamespace();
    return this.#object({
      method: 'POST',
      path: `${this.#path}${this.#query(query)}`,
      body: object,
      repeatable,
      signal,
      retry,
    });
  }

  /** The whole object; it fails if somebody wrote since it was read. */
  replace(
    object: T,
    { signal, retry, subresource, ...query }: WriteOptions & { readonly subresource?: string } = {},
  ): Promise<T> {
    const path = this.#of(object.metadata.name, subresource, this.#query(query));
    return this.#object({
      method: 'PUT',
      path,
      body: object,
      repeatable: Boolean(object.metadata.resourceVersion),
      signal,
      retry,
    });
  }

  mergePatch(name: string, patch: MergePatch<T>, options: PatchOptions = {}): Promise<T> {
    const { signal, retry, resourceVersion, subresource, ...query } = options;
    const { metadata } = patch as { readonly metadata?: object };
    return this.#object({
      method: 'PATCH',
      path: this.#of(name, subresource, this.#query(query)),
      contentType: 'application/merge-patch+json',
      body: resourceVersion === undefined ? patch : { ...patch, metadata: { ...metadata, resourceVersion } },
      repeatable: resourceVersion !== undefined,
      signal,
      retry,
    });
  }

  /** Merges into the status; what is to go must be null. */
  patchStatus(name: string, status: StatusPatch<T>, options: Omit<PatchOptions, 'subresource'> = {}): Promise<T> {
    return this.mergePatch(name, { status } as unknown as MergePatch<T>, { ...options, subresource: 'status' });
  }

  /** Server-side apply: makes the fields given be so, creating the object when there is none. */
  apply(object: New, { signal, retry, subresource, force, ...query }: ApplyOptions = {}): Promise<T> {
    const { name } = (object as { readonly metadata: { readonly name?: string } }).metadata;
    if (!name) return Promise.reject(new TypeError('server-side apply needs metadata.name'));
    return this.#object({
      method: 'PATCH',
      path: this.#of(name, subresource, this.#query({ ...query, force })),
      contentType: 'application/apply-patch+yaml',
      body: object,
      repeatable: true,
      signal,
      retry,
    });
  }

  /** The object when it lives on for a while (finalizers, a grace period); undefined when it is gone. */
  async delete(name: string, options: DeleteOptions = {}): Promise<T | undefined> {
    const { signal, retry, uid, resourceVersion, propagation: propagationPolicy, gracePeriodSeconds } = options;
    const guarded = uid !== undefined || resourceVersion !== undefined;
    const body = {
      kind: 'DeleteOptions',
      apiVersion: 'v1',
      ...(guarded && { preconditions: { uid, resourceVersion } }),
      propagationPolicy,
      gracePeriodSeconds,
    };
    try {
      // without a precondition the second try could hit a new object of the same name
      const call: Call = { method: 'DELETE', path: this.#of(name), body, repeatable: guarded, signal, retry };
      const answer = await this.#json<T>(call);
      return answer.kind === 'Status' ? undefined : this.#complete(answer);
    } catch (error) {
      // the first try did it, and only its answer was lost
      if (isNotFound(error) && mayHaveHappened(error)) return undefined;
      throw error;
    }
  }

  /** One watch, until it ends or breaks; see `keepWatching` for one that lasts. */
  async *watch(options: RawWatchOptions): AsyncGenerator<WatchEvent<T>, void> {
    const { signal, retry = NO_RETRY, resourceVersion, timeoutSeconds, labelSelector, fieldSelector } = options;
    const query = queryOf({
      watch: true,
      allowWatchBookmarks: true,
      resourceVersion,
      timeoutSeconds,
      labelSelector,
      fieldSelector,
    });
    const response = await this.#options.call({ method: 'GET', path: `${this.#path}${query}`, signal, retry });
    try {
      for await (const event of jsonLines(response.body)) yield this.#event(event as WireEvent<T>);
    } catch (error) {
      if (error instanceof TruncatedLineError) throw new TransportError('reset', error.message, { cause: error });
      throw error;
    }
  }

  #event({ type, object }: WireEvent<T>): WatchEvent<T> {
    switch (type) {
      case 'ADDED':
      case 'MODIFIED':
      case 'DELETED':
        return { type, object: this.#complete(object as T) };
      case 'BOOKMARK':
        return { type, resourceVersion: (object as T).metadata.resourceVersion };
      case 'ERROR':
        throw new KubeError((object as Status).code ?? 500, object as Status);
      default:
        throw new TypeError(`a watch event has the unknown type ${JSON.stringify(type)}`);
    }
  }

  async #object(call: Call): Promise<T> {
    return this.#complete(await this.#json<T>(call));
  }

  async #json<Answer>(call: Call): Promise<Answer> {
    const response = await this.#options.call(call);
    const text = await response.body.text();
    try {
      return JSON.parse(text) as Answer;
    } catch (cause) {
      // a login page on the way answers 200 as well
      throw new NoApiServerError(
        `${call.method} ${call.path} was answered ${response.status}, but not by an API server: ${text.slice(0, SHOWN)}`,
        {
          cause,
        },
      );
    }
  }

  /** Items of built-in lists carry no kind; managedFields are half of many objects and of no use here. */
  #complete(object: T): T {
    const whole = object.kind ? object : { ...object, apiVersion: apiVersionOf(this.type), kind: this.type.kind };
    delete (whole.metadata as { managedFields?: unknown }).managedFields;
    return whole;
  }

  #of(name: string, subresource?: string, query = ''): string {
    if (name === '') throw new TypeError(`the name of a ${this.type.kind} must not be empty`);
    this.#mustHaveNamespace();
    return `${this.#path}/${encodeURIComponent(name)}${subresource ? `/${subresource}` : ''}${query}`;
  }

  #mustHaveNamespace(): void {
    if (this.type.namespaced && this.#options.namespace === undefined) {
      throw new TypeError(`one ${this.type.kind} needs a namespace: say which when asking for the resource`);
    }
  }

  #query(query: Readonly<Record<string, string | boolean | undefined>>): string {
    return queryOf({ fieldManager: this.#options.fieldManager, ...query });
  }
}

const LIST_ATTEMPTS = 3;
const SHOWN = 120;

const hasName = (object: unknown): boolean => Boolean((object as { metadata?: { name?: string } }).metadata?.name);

interface WireList<T> {
  readonly items: readonly T[] | null;
  readonly metadata: { readonly resourceVersion: string; readonly continue?: string };
}

interface WireEvent<T> {
  readonly type: string;
  readonly object: T | Status;
}
