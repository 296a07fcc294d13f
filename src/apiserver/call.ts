import type { Clock } from '../api/clock.ts';
import type { ApiRequest } from './http.ts';
import type { Identity } from './identity.ts';
import { negotiate, type Presentation } from './representation.ts';
import type { RequestInfo, ResourcePath } from './request-info.ts';
import type { ServedResource } from './served-resource.ts';
import { badRequest } from './status-error.ts';
import type { Actor, Store } from './store.ts';
import type { IncludeObject } from './table.ts';
import type { WatchHub } from './watch-hub.ts';

/** What the handlers share. */
export interface Machine {
  readonly store: Store;
  readonly watches: WatchHub;
  readonly clock: Clock;
  readonly random: () => number;
  readonly newUid: () => string;
  /** Unread events after which a watch is ended. */
  readonly watchBacklog: number;
  /** Whether metadata.managedFields is kept for writes other than apply. */
  readonly tracksFields: boolean;
  /** Whether the caller may also create what the call names; says no by throwing. */
  readonly mayCreate: (call: Call) => void;
  /** Whether a namespace takes new objects; says why not, by throwing. */
  readonly admitToNamespace: (resource: ServedResource, namespace: string, name: string) => void;
}

/** One request about a resource, with all that is known before it is carried out. */
export interface Call {
  readonly request: ApiRequest;
  readonly info: RequestInfo;
  readonly path: ResourcePath;
  readonly resource: ServedResource;
  readonly identity: Identity;
  readonly actor: Actor;
}

export function presentationOf({ request, info, resource }: Call, now: number): Presentation {
  const representation = negotiate(request.headers['accept']);
  const includeObject = info.query.get('includeObject') || 'Metadata';
  if (!isIncludeObject(includeObject)) {
    throw badRequest(`unrecognized includeObject value: ${JSON.stringify(includeObject)}`);
  }
  return { resource, representation, includeObject, now };
}

const isIncludeObject = (text: string): text is IncludeObject =>
  text === 'None' || text === 'Metadata' || text === 'Object';
