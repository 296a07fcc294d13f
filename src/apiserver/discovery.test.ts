import { describe, expect, it } from 'vitest';
import { discovery } from './discovery.ts';
import { openapi } from './openapi.ts';
import { ALL_VERBS, type ResourceType } from './resource-type.ts';

const type = (group: string, kind: string, rest: Partial<ResourceType> = {}): ResourceType => ({
  group,
  version: 'v1',
  kind,
  listKind: `${kind}List`,
  plural: `${kind.toLowerCase()}s`,
  singular: kind.toLowerCase(),
  shortNames: [],
  categories: [],
  namespaced: true,
  schema: undefined,
  status: false,
  columns: [],
  selectableFields: [],
  verbs: ALL_VERBS,
  origin: 'custom',
  ...rest,
});

const widget = type('x.io', 'Widget', {
  shortNames: ['wi'],
  categories: ['things'],
  status: true,
  selectableFields: ['spec.size'],
  schema: {
    type: 'object',
    description: 'A Widget.',
    required: ['spec'],
    properties: { spec: { type: 'object', properties: { size: { 'x-kubernetes-int-or-string': true } } } },
  },
});
const types = [
  type('x.io', 'Widget', { version: 'v1beta1' }),
  widget,
  type('a.io', 'Gadget'),
  type('', 'Pod', { origin: 'built-in', shortNames: ['po'] }),
  type('batch', 'Job', { origin: 'built-in' }),
];
const ask = (path: string, accept?: string) => discovery(path, accept, types)?.body;
const customVerbs = ['delete', 'deletecollection', 'get', 'list', 'patch', 'create', 'update', 'watch'];

describe('discovery', () => {
  it('tells the groups, what is built in first, and the best version first', () => {
    expect(ask('/apis')).toMatchObject({
      kind: 'APIGroupList',
      groups: [
        { name: 'batch' },
        { name: 'a.io' },
        {
          name: 'x.io',
          versions: [{ version: 'v1' }, { version: 'v1beta1' }],
          preferredVersion: { groupVersion: 'x.io/v1' },
        },
      ],
    });
    expect(ask('/apis/x.io')).toMatchObject({ kind: 'APIGroup', name: 'x.io' });
    expect(ask('/api')).toMatchObject({ kind: 'APIVersions', versions: ['v1'] });
  });

  it('tells the resources of a version and their subresources', () => {
    expect(ask('/apis/x.io/v1')).toEqual({
      kind: 'APIResourceList',
      apiVersion: 'v1',
      groupVersion: 'x.io/v1',
      resources: [
        {
          name: 'widgets',
          singularName: 'widget',
          namespaced: true,
          kind: 'Widget',
          verbs: customVerbs,
          shortNames: ['wi'],
          categories: ['things'],
        },
        {
          name: 'widgets/status',
          singularName: '',
          namespaced: true,
          kind: 'Widget',
          verbs: ['get', 'patch', 'update'],
        },
      ],
    });
    expect(ask('/api/v1')).toMatchObject({ groupVersion: 'v1', resources: [{ name: 'pods', shortNames: ['po'] }] });
  });

  it('tells all at once to who asks so', () => {
    const accept = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json';
    const answer = discovery('/apis', accept, types);
    expect(answer?.contentType).toBe('application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList');
    expect(answer?.body).toMatchObject({ kind: 'APIGroupDiscoveryList', apiVersion: 'apidiscovery.k8s.io/v2' });
    expect((answer as { body: { items: object[] } }).body.items[2]).toMatchObject({
      metadata: { name: 'x.io' },
      versions: [
        {
          version: 'v1',
          freshness: 'Current',
          resources: [
            {
              resource: 'widgets',
              responseKind: { group: 'x.io', version: 'v1', kind: 'Widget' },
              scope: 'Namespaced',
              subresources: [{ subresource: 'status' }],
            },
          ],
        },
        { version: 'v1beta1' },
      ],
    });
    expect(ask('/api', accept)).toMatchObject({ items: [{ versions: [{ resources: [{ resource: 'pods' }] }] }] });
  });

  it.each(['/apis/none.io', '/apis/x.io/v2', '/api/v2', '/apis/x.io/v1/widgets', '/other'])(
    'has no answer to %s',
    (path) => {
      expect(ask(path)).toBeUndefined();
    },
  );
});

describe('OpenAPI', () => {
  const read = (path: string) => JSON.parse(openapi(path, types) ?? 'null');

  it('has an index whose hashes change with what is served', () => {
    const { paths } = read('/openapi/v3');
    expect(Object.keys(paths)).toEqual([
      'api/v1',
      'apis/a.io/v1',
      'apis/batch/v1',
      'apis/x.io/v1',
      'apis/x.io/v1beta1',
    ]);
    const { serverRelativeURL } = paths['apis/x.io/v1'];
    expect(serverRelativeURL).toMatch(/^\/openapi\/v3\/apis\/x\.io\/v1\?hash=[0-9A-F]{64}$/);
    expect(openapi('/openapi/v3', [{ ...widget, status: false }])).not.toContain(serverRelativeURL);
  });

  it('tells kubectl that the server validates, and can be forced', () => {
    const { patch } = read('/openapi/v3/apis/x.io/v1').paths['/apis/x.io/v1/namespaces/{namespace}/widgets/{name}'];
    expect(patch.parameters.map(({ name }: { name: string }) => name)).toEqual([
      'dryRun',
      'fieldManager',
      'fieldValidation',
      'force',
    ]);
    expect(patch['x-kubernetes-group-version-kind']).toEqual({ group: 'x.io', version: 'v1', kind: 'Widget' });
  });

  it('has the schema of a kind under its name, with references to what is shared', () => {
    const { schemas } = read('/openapi/v3/apis/x.io/v1').components;
    expect(schemas['io.x.v1.Widget']).toMatchObject({
      description: 'A Widget.',
      required: ['spec'],
      properties: {
        metadata: { allOf: [{ $ref: '#/components/schemas/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta' }] },
        spec: { properties: { size: { anyOf: [{ type: 'integer' }, { type: 'string' }] } } },
      },
      'x-kubernetes-group-version-kind': [{ group: 'x.io', version: 'v1', kind: 'Widget' }],
      'x-kubernetes-selectable-fields': [{ fieldPath: 'spec.size' }],
    });
    expect(read('/openapi/v3/api/v1').components.schemas).toHaveProperty(['io.k8s.api.core.v1.Pod']);
    expect(read('/openapi/v3/apis/batch/v1').components.schemas).toHaveProperty(['io.k8s.api.batch.v1.Job']);
  });

  it('refers to nothing that is not there', () => {
    for (const place of ['api/v1', 'apis/x.io/v1', 'apis/batch/v1']) {
      const document = openapi(`/openapi/v3/${place}`, types) ?? '';
      const { schemas } = JSON.parse(document).components;
      for (const [, name] of document.matchAll(/#\/components\/schemas\/([^"]+)/g))
        expect(schemas).toHaveProperty([name as string]);
    }
  });

  it('has the older form, too, and nothing else', () => {
    expect(read('/openapi/v2')).toMatchObject({ swagger: '2.0' });
    expect(openapi('/openapi/v2', types)).not.toContain('#/components/');
    expect(openapi('/openapi/v4', types)).toBeUndefined();
  });
});
