import { type Clock, systemClock, wait } from '../api/clock.ts';
import { crdOf } from '../api/crd.ts';
import { KINDS } from '../api/kinds.ts';
import { Access, type Authorization } from './access.ts';
import { jsonResponse } from './body.ts';
import { BOOTSTRAP_ROLES } from './bootstrap.ts';
import type { Machine } from './call.ts';
import { ConnectionLostError } from './connection-lost.ts';
import { type Fault, FaultRules, type Faults, refusal } from './faults.ts';
import { GarbageCollector } from './garbage-collector.ts';
import { Histories } from './history.ts';
import type { ApiRequest, ApiResponse } from './http.ts';
import type { Identities } from './identity.ts';
import { installed } from './install.ts';
import type { JsonObject } from './json.ts';
import { type Listener, type ListenOptions, listen } from './listener.ts';
import { BUILT_IN_NAMESPACES, namespaceAdmission } from './namespaces.ts';
import { Registry } from './registry.ts';
import { type RequestInfo, requestInfo } from './request-info.ts';
import { reviewOf } from './reviews.ts';
import { nothingHere, resourceRequest, serverPath } from './routes.ts';
import { internalError, noSuchResource, StatusError } from './status-error.ts';
import { Store, type Write } from './store.ts';
import { Terminator } from './terminator.ts';
import { uidMaker } from './uid.ts';
import { type Watches, WatchHub } from './watch-hub.ts';
import { errorLine } from './watch-request.ts';

export interface ApiServerOptions {
  readonly clock?: Clock;
  /** Numbers from 0 up to 1, for generated names and uids. */
  readonly random?: () => number;
  /** Who has which bearer token. Without it everybody is an administrator. */
  readonly identities?: Identities;
  readonly authorization?: Authorization;
  /** CustomResourceDefinitions to serve from the start: ours, unless said otherwise. */
  readonly crds?: readonly object[];
  /** Writes that `history` keeps. */
  readonly historyLimit?: number;
  /** Writes a kind remembers at least, for watches that resume and pages that go on. */
  readonly retainedWrites?: number;
  /** Unread events after which a watch is ended. */
  readonly watchBacklog?: number;
  /** Milliseconds until a collector looks at what was written: owners that are gone, namespaces that go. */
  readonly collectorDelay?: number;
  /** Whether `metadata.managedFields` is kept up for writes other than apply; a simulation may do without. */
  readonly tracksFields?: boolean;
}

/** An API server in this process. */
export interface ApiServer {
  /** Answers a request, as a socket would; rejects where there the connection would break. */
  handle(request: ApiRequest): Promise<ApiResponse>;
  listen(options?: ListenOptions): Promise<Listener>;
  /** Serves the kind of a CustomResourceDefinition; throws when it is not valid. */
  install(crd: object): void;
  /** Ends every watch, listener and timer. */
  close(): Promise<void>;
  /** Every write, in order, oldest first. */
  readonly history: readonly Write[];
  onWrite(callback: (write: Write) => void): () => void;
  readonly faults: Faults;
  readonly watches: Watches;
  /** Forgets the past: watches and pages from before now are Expired. */
  compact(): void;
  /** The last resourceVersion given. */
  readonly resourceVersion: number;
}

export function createApiServer(options: ApiServerOptions = {}): ApiServer {
  const {
    clock = systemClock,
    random = Math.random,
    authorization = 'AlwaysAllow',
    retainedWrites = 10_000,
    watchBacklog = 10_000,
    collectorDelay = 0,
    historyLimit = 10_000,
    tracksFields = true,
  } = options;
  const store = new Store({ now: () => clock.now(), retainedWrites });
  const registry = new Registry(store);
  const watches = new WatchHub(store, clock, errorLine(refusal(410, NO_REQUEST, undefined)));
  const backstage = { store, registry, clock, delay: collectorDelay };
  const collector = new GarbageCollector(backstage);
  const terminator = new Terminator(backstage);
  const history = new Histories(store, historyLimit);
  const faults = new FaultRules();
  const access = new Access(store, options.identities, authorization);
  const listeners = new Set<Listener>();
  const machine: Machine = {
    store,
    watches,
    clock,
    random,
    newUid: uidMaker(options.random),
    watchBacklog,
    tracksFields,
    mayCreate: ({ identity, info }) => access.check(identity, { ...info, verb: 'create' }),
    admitToNamespace: namespaceAdmission(store.collection('namespaces')),
  };

  const install = (crd: object) =>
    installed(machine, registry, 'customresourcedefinitions', 'apiextensions.k8s.io', crd as JsonObject);
  for (const name of BUILT_IN_NAMESPACES) {
    installed(machine, registry, 'namespaces', '', { apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
  }
  if (authorization === 'RBAC') {
    for (const { resource, object } of BOOTSTRAP_ROLES)
      installed(machine, registry, resource, 'rbac.authorization.k8s.io', object as JsonObject);
  }
  for (const crd of options.crds ?? ourCrds()) install(crd);
  // what was made before the first request is nobody's business, as on a server that has just started
  store.compact();
  history.clear();

  const answer = (request: ApiRequest, info: RequestInfo): ApiResponse => {
    try {
      const identity = access.identityOf(request.headers);
      access.check(identity, info);
      const { resource: path } = info;
      if (!path) return serverPath(info, request.headers['accept'], registry.types);
      const resource = registry.at(path.group, path.version, path.plural);
      if (!resource) {
        if (BUILT_IN_GROUPS.has(path.group)) throw noSuchResource();
        return nothingHere();
      }
      const actor = { user: identity.user, agent: request.headers['user-agent'] ?? '' };
      const call = { request, info, path, resource, identity, actor };
      const isReview = resource.type.verbs.length === 1 && info.verb === 'create';
      const review = isReview ? reviewOf(call, (asked) => access.allows(asked), clock.now()) : undefined;
      return review ?? resourceRequest(machine, call);
    } catch (error) {
      return refused(
        error instanceof StatusError
          ? error
          : internalError(`Internal error occurred: ${String((error as Error)?.stack ?? error)}`),
      );
    }
  };

  const troubled = async (request: ApiRequest, info: RequestInfo, fault: Fault): Promise<ApiResponse> => {
    if (fault.delay) await wait(clock, fault.delay, request.signal);
    if (fault.fail === undefined || fault.applied) {
      const response = answer(request, info);
      if (fault.delayAnswer) await wait(clock, fault.delayAnswer, request.signal);
      if (fault.fail === undefined) return response;
    }
    if (fault.fail === 'connection') throw new ConnectionLostError();
    const error = refusal(fault.fail, info, fault.retryAfter);
    return fault.inStream && info.verb === 'watch' ? inStream(error) : refused(error);
  };

  const handle = (request: ApiRequest): Promise<ApiResponse> => {
    const info = requestInfo(request);
    const fault = faults.none ? undefined : faults.of(request, info);
    return fault ? troubled(request, info, fault) : Promise.resolve(answer(request, info));
  };

  return {
    handle,
    async listen(listenOptions) {
      const listener = await listen(handle, listenOptions);
      const closing = {
        ...listener,
        close: () => {
          listeners.delete(closing);
          return listener.close();
        },
      };
      listeners.add(closing);
      return closing;
    },
    install,
    async close() {
      watches.shut();
      collector.close();
      terminator.close();
      await Promise.all([...listeners].map((listener) => listener.close()));
    },
    get history() {
      return history.writes;
    },
    onWrite: (callback) => store.onWrite(callback),
    faults,
    watches,
    compact: () => store.compact(),
    get resourceVersion() {
      return store.revision;
    },
  };
}

const NO_REQUEST: RequestInfo = { verb: 'watch', resource: undefined, path: '', query: new URLSearchParams() };
const BUILT_IN_GROUPS = new Set([
  '',
  'batch',
  'apiextensions.k8s.io',
  'authorization.k8s.io',
  'authentication.k8s.io',
  'coordination.k8s.io',
  'events.k8s.io',
  'rbac.authorization.k8s.io',
]);

let ours: readonly object[] | undefined;
/** Made once: what is compiled from them is found again by their identity. */
const ourCrds = (): readonly object[] => (ours ??= KINDS.map((kind) => crdOf(kind)));

function refused(error: StatusError): ApiResponse {
  const seconds = error.details?.retryAfterSeconds;
  return jsonResponse(error.code, error.status, seconds === undefined ? {} : { 'retry-after': String(seconds) });
}

function inStream(error: StatusError): ApiResponse {
  const line = errorLine(error);
  return {
    status: 200,
    headers: { 'content-type': 'application/json', 'transfer-encoding': 'chunked' },
    body: {
      text: () => Promise.resolve(line),
      async *[Symbol.asyncIterator]() {
        yield line;
      },
    },
  };
}
