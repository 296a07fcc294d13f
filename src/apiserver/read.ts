import { type Call, type Machine, presentationOf } from './call.ts';
import type { ApiResponse } from './http.ts';
import { type ListOptions, listOptions } from './options.ts';
import { type ListMeta, listResponse, objectResponse } from './representation.ts';
import { parseFieldSelector, parseLabelSelector, SelectorError } from './selectors.ts';
import type { ServedResource } from './served-resource.ts';
import { badRequest, expired, notFound, StatusError } from './status-error.ts';
import { keyOf } from './store.ts';
import type { StoredObject } from './stored-object.ts';

export function getObject(machine: Machine, call: Call): ApiResponse {
  const { resource, path, info } = call;
  const name = path.name as string;
  const version = info.query.get('resourceVersion');
  if (version) checkNotAhead(Number(version), machine.store.revision);
  const object = resource.collection.get(keyOf(resource.type, path.namespace, name));
  if (!object) throw notFound(resource.type, name);
  return objectResponse(200, object, presentationOf(call, machine.clock.now()));
}

export function listObjects(machine: Machine, call: Call): ApiResponse {
  const options = listOptions(call.info.query, false);
  const presentation = presentationOf(call, machine.clock.now());
  const { objects, metadata } = listed(machine, call, options);
  return listResponse(objects, metadata, presentation);
}

/** The objects that a list names, as they were at one moment. */
export function listed(
  { store }: Machine,
  { resource, path }: Call,
  options: ListOptions,
): { readonly objects: StoredObject[]; readonly metadata: ListMeta } {
  const { collection } = resource;
  const { namespace } = path;
  const matches = matcher(resource, path.name, options);
  const page = options.continue ? pageOf(options.continue) : undefined;
  const moment =
    (page?.resourceVersion === NOW ? undefined : page?.resourceVersion) ?? exactly(options) ?? store.revision;
  checkNotAhead(Math.max(moment, options.resourceVersion ?? 0), store.revision);
  if (moment < collection.oldest && moment < store.revision)
    throw page ? pageExpired(page) : expired('The resourceVersion for the provided list is too old.');

  const then = moment === store.revision ? collection.list(namespace) : collection.listAt(moment, namespace);
  const start = page ? then.findIndex((object) => keyIn(resource, object) > page.after) : 0;
  const rest = start < 0 ? [] : start === 0 ? then : then.slice(start);
  const resourceVersion = String(moment);
  // what a selector keeps out cannot be counted, so nothing is said of what remains
  const filtered = options.labelSelector !== '' || options.fieldSelector !== '';
  if (options.limit === 0 || rest.length <= options.limit) {
    return { objects: matches ? rest.filter(matches) : rest, metadata: { resourceVersion } };
  }
  const objects: StoredObject[] = [];
  let index = 0;
  while (index < rest.length && objects.length < options.limit) {
    const object = rest[index++] as StoredObject;
    if (!matches || matches(object)) objects.push(object);
  }
  if (index === rest.length) return { objects, metadata: { resourceVersion } };
  const last = rest[index - 1] as StoredObject;
  return {
    objects,
    metadata: {
      resourceVersion,
      continue: pageToken({ resourceVersion: moment, after: keyIn(resource, last) }),
      ...(!filtered && { remainingItemCount: rest.length - index }),
    },
  };
}

/** Whether an object is one of those asked for; undefined when all are. */
export function matcher(
  { type, rules }: ServedResource,
  name: string | undefined,
  { labelSelector, fieldSelector }: Pick<ListOptions, 'labelSelector' | 'fieldSelector'>,
): ((object: StoredObject) => boolean) | undefined {
  const tests: ((object: StoredObject) => boolean)[] = [];
  try {
    if (name !== undefined) tests.push(({ metadata }) => metadata.name === name);
    if (labelSelector) {
      const byLabels = parseLabelSelector(labelSelector);
      tests.push(({ metadata }) => byLabels(metadata.labels));
    }
    if (fieldSelector) {
      const plain = type.origin === 'built-in' && type.selectableFields.length === 0;
      const byFields = parseFieldSelector(fieldSelector, type.selectableFields, plain ? onlyNames : undefined);
      tests.push((object) => byFields(rules.fromStorage(object)));
    }
  } catch (error) {
    throw error instanceof SelectorError ? badRequest(error.message) : error;
  }
  const [only, another] = tests;
  return another ? (object) => tests.every((test) => test(object)) : only;
}

const onlyNames = (field: string): string =>
  `${JSON.stringify(field)} is not a known field selector: only "metadata.name", "metadata.namespace"`;

const exactly = ({ match, resourceVersion, limit }: ListOptions): number | undefined => {
  if (match === 'Exact') return resourceVersion;
  // without a match, a limit makes any version but "0" an exact one
  return match === undefined && limit > 0 && resourceVersion ? resourceVersion : undefined;
};

const keyIn = ({ type }: ServedResource, { metadata }: StoredObject): string =>
  keyOf(type, metadata.namespace, metadata.name);

function checkNotAhead(asked: number, current: number): void {
  if (asked <= current) return;
  throw new StatusError(504, 'Timeout', `Timeout: Too large resource version: ${asked}, current: ${current}`, {
    causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
    retryAfterSeconds: 1,
  });
}

export const tooOld = (asked: number, oldest: number): StatusError =>
  expired(`too old resource version: ${asked} (${oldest})`);

const pageExpired = ({ after }: Page): StatusError =>
  expired(
    'The provided continue parameter is too old to display a consistent list result. You can start a new list without ' +
      'the continue parameter, or use the continue token in this response to retrieve the remainder of the results. ' +
      'Continuing with the provided token results in an inconsistent list - objects that were created, modified, or ' +
      'deleted between the time the first chunk was returned and now may show up in the list.',
    { continue: pageToken({ resourceVersion: NOW, after }) },
  );

/** In the place of a version: as it is when the page is read. */
const NOW = -1;

interface Page {
  readonly resourceVersion: number;
  /** The key of the last object that was given. */
  readonly after: string;
}

const pageToken = ({ resourceVersion, after }: Page): string =>
  Buffer.from(JSON.stringify({ v: 'meta.k8s.io/v1', rv: resourceVersion, start: after })).toString('base64url');

function pageOf(token: string): Page {
  try {
    const { rv, start } = JSON.parse(Buffer.from(token, 'base64url').toString()) as { rv: unknown; start: unknown };
    if (typeof rv === 'number' && typeof start === 'string') return { resourceVersion: rv, after: start };
  } catch {
    // not ours
  }
  throw badRequest(
    "invalid continue token: continue key is not valid: invalid character 'i' looking for beginning of value",
  );
}
