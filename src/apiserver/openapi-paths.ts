import {
  DELETE_OPTIONS,
  groupVersionKind,
  groupVersionPath,
  type OpenApiSchema,
  reference,
  STATUS,
  schemaName,
} from './openapi-schemas.ts';
import type { ResourceType, Verb } from './resource-type.ts';

/** Every path of a kind and what may be done there. kubectl decides by the parameters of a patch who validates. */
export function pathsOf(type: ResourceType): Readonly<Record<string, object>> {
  const root = `/${groupVersionPath(type)}`;
  const collection = `${type.namespaced ? `${root}/namespaces/{namespace}` : root}/${type.plural}`;
  const where = [
    ...(type.namespaced ? [inPath('namespace', 'object name and auth scope, such as for teams and projects')] : []),
    PRETTY,
  ];
  const name = inPath('name', `name of the ${type.kind}`);
  return {
    [collection]: { ...collectionOperations(type, 'Namespaced'), parameters: where },
    ...(type.namespaced && { [`${root}/${type.plural}`]: { ...allNamespaces(type), parameters: [...LIST, PRETTY] } }),
    [`${collection}/{name}`]: { ...itemOperations(type, ''), parameters: [name, ...where] },
    ...(type.status && {
      [`${collection}/{name}/status`]: { ...itemOperations(type, 'Status'), parameters: [name, ...where] },
    }),
  };
}

const query = (name: string, type: string, description: string) => ({
  name,
  in: 'query',
  description,
  schema: { type, uniqueItems: true },
});
const inPath = (name: string, description: string) => ({
  name,
  in: 'path',
  description,
  required: true,
  schema: { type: 'string', uniqueItems: true },
});

const PRETTY = query('pretty', 'string', "If 'true', then the output is pretty printed.");
const DRY_RUN = query(
  'dryRun',
  'string',
  'When present, indicates that modifications should not be persisted. Valid values are: - All',
);
const FIELD_MANAGER = query('fieldManager', 'string', 'The name of the actor or entity that is making these changes.');
const FIELD_VALIDATION = query(
  'fieldValidation',
  'string',
  'How to handle unknown or duplicate fields: - Ignore drops them - Warn drops them and says so - Strict fails the request.',
);
const FORCE = query(
  'force',
  'boolean',
  'Force is going to "force" Apply requests: fields owned by others are taken over.',
);
const WRITE = [DRY_RUN, FIELD_MANAGER, FIELD_VALIDATION];
const DELETE = [
  DRY_RUN,
  query('gracePeriodSeconds', 'integer', 'The duration in seconds before the object should be deleted.'),
  query('orphanDependents', 'boolean', 'Deprecated: use propagationPolicy.'),
  query(
    'propagationPolicy',
    'string',
    'Whether and how garbage collection will be performed: Orphan, Background or Foreground.',
  ),
];
const RESOURCE_VERSION = query('resourceVersion', 'string', 'What resource versions a request may be served from.');
const LIST = [
  query('allowWatchBookmarks', 'boolean', 'Requests watch events with type "BOOKMARK".'),
  query('continue', 'string', 'Where to go on with a list that was cut by limit.'),
  query('fieldSelector', 'string', 'A selector to restrict the list of returned objects by their fields.'),
  query('labelSelector', 'string', 'A selector to restrict the list of returned objects by their labels.'),
  query('limit', 'integer', 'The maximum number of responses to return for a list call.'),
  RESOURCE_VERSION,
  query('resourceVersionMatch', 'string', 'How resourceVersion is applied to list calls.'),
  query('sendInitialEvents', 'boolean', 'Whether a watch starts with what is there already.'),
  query('timeoutSeconds', 'integer', 'Timeout for the list or watch call.'),
  query('watch', 'boolean', 'Watch for changes and return them as a stream.'),
];

const MEDIA_TYPES = ['application/json', 'application/yaml'];
const PATCH_TYPES = ['application/apply-patch+yaml', 'application/json-patch+json', 'application/merge-patch+json'];

const content = (schema: OpenApiSchema, types = MEDIA_TYPES) =>
  Object.fromEntries(types.map((type) => [type, { schema }]));
const answers = (schema: OpenApiSchema) => ({
  '200': { description: 'OK', content: content(schema) },
  '401': { description: 'Unauthorized' },
});
const sent = (name: string) => ({ requestBody: { content: content(reference(name)), required: true } });

function operation(
  type: ResourceType,
  action: string,
  verb: Verb,
  id: string,
  rest: object,
): readonly [string, object][] {
  if (!type.verbs.includes(verb)) return [];
  const method = { post: 'post', put: 'put', patch: 'patch', get: 'get', list: 'get' }[action] ?? 'delete';
  const operationId = `${id.replace('*', camel(groupVersionPath(type)))}`;
  return [
    [
      method,
      {
        operationId,
        'x-kubernetes-action': action,
        'x-kubernetes-group-version-kind': groupVersionKind(type),
        ...rest,
      },
    ],
  ];
}

const camel = (path: string): string =>
  path
    .replace(/^apis?\//, '')
    .split(/[^A-Za-z0-9]+/)
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('');

function collectionOperations(type: ResourceType, scope: string): object {
  const { kind } = type;
  const where = type.namespaced ? scope : '';
  const list = reference(schemaName({ ...type, kind: type.listKind }));
  const own = schemaName(type);
  return Object.fromEntries([
    ...operation(type, 'list', 'list', `list*${where}${kind}`, { parameters: LIST, responses: answers(list) }),
    ...operation(type, 'post', 'create', `create*${where}${kind}`, {
      parameters: WRITE,
      ...sent(own),
      responses: answers(reference(own)),
    }),
    ...operation(type, 'deletecollection', 'deletecollection', `delete*Collection${where}${kind}`, {
      parameters: [...DELETE, ...LIST],
      ...sent(DELETE_OPTIONS),
      responses: answers(reference(STATUS)),
    }),
  ]);
}

function allNamespaces(type: ResourceType): object {
  const list = reference(schemaName({ ...type, kind: type.listKind }));
  return Object.fromEntries(
    operation(type, 'list', 'list', `list*${type.kind}ForAllNamespaces`, { responses: answers(list) }),
  );
}

function itemOperations(type: ResourceType, subresource: string): object {
  const own = schemaName(type);
  const target = `${type.namespaced ? 'Namespaced' : ''}${type.kind}${subresource}`;
  const responses = answers(reference(own));
  const patchTypes =
    type.origin === 'custom' ? PATCH_TYPES : [...PATCH_TYPES, 'application/strategic-merge-patch+json'];
  return Object.fromEntries([
    ...operation(type, 'get', 'get', `read*${target}`, { parameters: [RESOURCE_VERSION], responses }),
    ...operation(type, 'put', 'update', `replace*${target}`, { parameters: WRITE, ...sent(own), responses }),
    ...operation(type, 'patch', 'patch', `patch*${target}`, {
      parameters: [...WRITE, FORCE],
      requestBody: { content: content({ type: 'object' }, patchTypes), required: true },
      responses,
    }),
    ...(subresource === ''
      ? operation(type, 'delete', 'delete', `delete*${target}`, {
          parameters: DELETE,
          ...sent(DELETE_OPTIONS),
          responses: answers(reference(STATUS)),
        })
      : []),
  ]);
}
