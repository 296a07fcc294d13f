import { type Call, type Machine, presentationOf } from './call.ts';
import type { ApiResponse } from './http.ts';
import { listOptions } from './options.ts';
import { matcher, tooOld } from './read.ts';
import { objectText, type Presentation } from './representation.ts';
import { apiVersionOf } from './resource-type.ts';
import type { StatusError } from './status-error.ts';
import type { StoredObject } from './stored-object.ts';
import { type EventType, Watch } from './watch.ts';

/** Opens a watch: what there is, or what happened since, and then what happens. */
export function watchObjects(machine: Machine, call: Call): ApiResponse {
  const { store, watches, clock, random, watchBacklog } = machine;
  const { resource, path, request, actor } = call;
  const options = listOptions(call.info.query, true);
  const presentation = presentationOf(call, clock.now());
  const selected = matcher(resource, path.name, options);
  const { namespace } = path;
  const matches = (object: StoredObject) =>
    (namespace === undefined || object.metadata.namespace === namespace) && (!selected || selected(object));

  const timers: { cancel(): void }[] = [];
  const watch = new Watch({
    info: { resource: resource.collection.resource, version: resource.type.version, namespace, actor },
    matches,
    encode: eventEncoder(presentation, () => clock.now()),
    bookmark: (resourceVersion, initialEventsEnd) => bookmarkLine(presentation, resourceVersion, initialEventsEnd),
    bookmarks: options.allowWatchBookmarks,
    limit: watchBacklog,
    onClose: () => {
      for (const timer of timers) timer.cancel();
      request.signal?.removeEventListener('abort', leave);
      watches.remove(watch);
    },
  });
  const leave = () => watch.shut();

  const from = options.resourceVersion ?? 0;
  const initial = options.sendInitialEvents ?? from === 0;
  if (initial) {
    const objects = resource.collection.list(namespace);
    const wanted = selected ? objects.filter(selected) : objects;
    watch.begin(wanted.map((object) => ({ type: 'ADDED', object })));
    if (options.allowWatchBookmarks) watch.begin([bookmarkLine(presentation, store.revision, true)]);
  } else if (from < resource.collection.oldest) {
    watch.begin([errorLine(tooOld(from, resource.collection.oldest))]);
    watch.end();
    return streamed(watch);
  } else {
    watch.replay(resource.collection.writesAfter(from));
  }
  if (request.signal?.aborted) watch.shut();
  else {
    request.signal?.addEventListener('abort', leave, { once: true });
    watches.add(watch);
    const seconds = options.timeoutSeconds || Math.floor(SHORTEST_WATCH * (1 + random()));
    timers.push(
      clock.after(seconds * 1000, () => {
        watch.bookmark(store.revision);
        watch.end();
      }),
    );
  }
  return streamed(watch);
}

/** Seconds that a watch lasts at least when its reader does not say. */
const SHORTEST_WATCH = 1800;

const streamed = (body: Watch): ApiResponse => ({ status: 200, headers: STREAM, body });
const STREAM = {
  'content-type': 'application/json',
  'transfer-encoding': 'chunked',
  'cache-control': 'no-cache, private',
};

type Encode = (type: EventType, object: StoredObject) => string;

function eventEncoder(presentation: Presentation, now: () => number): Encode {
  if (presentation.representation.as !== 'table') {
    return (type, object) => `{"type":"${type}","object":${objectText(object, presentation)}}\n`;
  }
  let first = true;
  return (type, object) => {
    const text = objectText(object, { ...presentation, now: now() });
    if (first) {
      first = false;
      return `{"type":"${type}","object":${text}}\n`;
    }
    // the columns are told once
    const table = JSON.stringify({ ...(JSON.parse(text) as object), columnDefinitions: null });
    return `{"type":"${type}","object":${table}}\n`;
  };
}

function bookmarkLine(
  { resource, representation }: Presentation,
  resourceVersion: number,
  initialEventsEnd: boolean,
): string {
  const metadata = {
    resourceVersion: String(resourceVersion),
    ...(initialEventsEnd && { annotations: { 'k8s.io/initial-events-end': 'true' } }),
  };
  const head =
    representation.as === 'partial'
      ? { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1' }
      : { kind: resource.type.kind, apiVersion: apiVersionOf(resource.type) };
  return `${JSON.stringify({ type: 'BOOKMARK', object: { ...head, metadata } })}\n`;
}

export const errorLine = (error: StatusError): string => `${JSON.stringify({ type: 'ERROR', object: error.status })}\n`;
