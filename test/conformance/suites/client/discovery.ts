import { expect } from 'vitest';
import { CATEGORY, GROUP, VERSION } from '../../../../src/api/group.ts';
import { KINDS } from '../../../../src/api/kinds.ts';
import type { Suite } from '../../ground.ts';

interface Resources {
  readonly kind: string;
  readonly groupVersion: string;
  readonly resources: readonly { readonly name: string; readonly kind: string }[];
}

const VERBS = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'];

/** What a server says it serves. */
export const discovery: Suite = ({ promise }) => {
  promise('our group is among the groups, with its version', async ({ ask }) => {
    const { body } = await ask<{ kind: string; groups: readonly { name: string }[] }>('GET', '/apis');
    expect(body.kind).toBe('APIGroupList');
    const version = { groupVersion: `${GROUP}/${VERSION}`, version: VERSION };
    const ours = { name: GROUP, versions: [version], preferredVersion: version };
    expect(body.groups.find(({ name }) => name === GROUP)).toEqual(ours);
    expect((await ask('GET', `/apis/${GROUP}`)).body).toEqual({ kind: 'APIGroup', apiVersion: 'v1', ...ours });
  });

  promise('the core group has its versions', async ({ ask }) => {
    expect((await ask('GET', '/api')).body).toMatchObject({ kind: 'APIVersions', versions: ['v1'] });
  });

  promise('our kinds are listed with names, verbs and category', async ({ ask }) => {
    const { body } = await ask<Resources>('GET', `/apis/${GROUP}/${VERSION}`);
    expect(body).toMatchObject({ kind: 'APIResourceList', groupVersion: `${GROUP}/${VERSION}` });
    for (const { kind, plural, singular, shortName } of KINDS) {
      expect(body.resources.find(({ name }) => name === plural)).toMatchObject({
        name: plural,
        singularName: singular,
        namespaced: true,
        kind,
        verbs: expect.arrayContaining(VERBS),
        shortNames: [shortName],
        categories: [CATEGORY],
      });
      expect(body.resources.find(({ name }) => name === `${plural}/status`)).toEqual({
        name: `${plural}/status`,
        singularName: '',
        namespaced: true,
        kind,
        verbs: ['get', 'patch', 'update'],
      });
    }
    expect(body.resources).toHaveLength(2 * KINDS.length);
  });

  promise('the built-in kinds we refer to are served with the names people use', async ({ ask }) => {
    const served = async (path: string) =>
      new Map((await ask<Resources>('GET', path)).body.resources.map((resource) => [resource.name, resource]));
    const core = await served('/api/v1');
    expect(core.get('configmaps')).toMatchObject({ kind: 'ConfigMap', namespaced: true, shortNames: ['cm'] });
    expect(core.get('pods')).toMatchObject({ kind: 'Pod', shortNames: ['po'], categories: ['all'] });
    expect(core.get('pods/status')).toMatchObject({ kind: 'Pod', verbs: ['get', 'patch', 'update'] });
    expect(core.get('namespaces')).toMatchObject({ kind: 'Namespace', namespaced: false, shortNames: ['ns'] });
    expect(core.get('secrets')).toMatchObject({ kind: 'Secret' });
    expect(core.get('events')).toMatchObject({ kind: 'Event', shortNames: ['ev'] });
    expect((await served('/apis/batch/v1')).get('jobs')).toMatchObject({ kind: 'Job', categories: ['all'] });
    expect((await served('/apis/coordination.k8s.io/v1')).get('leases')).toMatchObject({ kind: 'Lease' });
    expect((await served('/apis/apiextensions.k8s.io/v1')).get('customresourcedefinitions')).toMatchObject({
      kind: 'CustomResourceDefinition',
      namespaced: false,
      shortNames: ['crd', 'crds'],
    });
  });

  promise('all groups come in one answer, for who asks so', async ({ ask }) => {
    const accept = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json';
    const { body } = await ask<Aggregated>('GET', '/apis', undefined, { accept });
    expect(body.kind).toBe('APIGroupDiscoveryList');
    const [version] = body.items.find(({ metadata }) => metadata.name === GROUP)?.versions ?? [];
    const semaphores = version?.resources.find(({ resource }) => resource === 'semaphores');
    expect(semaphores).toMatchObject({
      responseKind: { group: GROUP, version: VERSION, kind: 'Semaphore' },
      scope: 'Namespaced',
      singularResource: 'semaphore',
      shortNames: ['ksem'],
      categories: [CATEGORY],
      subresources: [expect.objectContaining({ subresource: 'status' })],
    });
  });

  promise('our kinds are described in OpenAPI, field by field', async ({ ask }) => {
    const { body: index } = await ask<{ paths: Record<string, { serverRelativeURL: string }> }>('GET', '/openapi/v3');
    const url = index.paths[`apis/${GROUP}/${VERSION}`]?.serverRelativeURL ?? '';
    const { body } = await ask<{ components: { schemas: Record<string, Schema> } }>('GET', url);
    const schema = body.components.schemas['io.konductor.sync.v1.Semaphore'];
    expect(schema?.['x-kubernetes-group-version-kind']).toEqual([
      { group: GROUP, version: VERSION, kind: 'Semaphore' },
    ]);
    expect(schema?.properties?.spec?.properties?.permits?.description).toContain('How many permits there are');
  });

  promise('the version is said', async ({ ask }) => {
    expect((await ask('GET', '/version')).body).toMatchObject({
      major: '1',
      gitVersion: expect.stringMatching(/^v1\.\d+\.\d+/),
    });
  });

  promise('it says that it is well', async ({ ask }) => {
    for (const path of ['/healthz', '/livez', '/readyz'])
      expect(await ask('GET', path)).toMatchObject({ status: 200, body: 'ok' });
  });
};

interface Schema {
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly 'x-kubernetes-group-version-kind'?: unknown;
}

interface Aggregated {
  readonly kind: string;
  readonly items: readonly {
    readonly metadata: { readonly name: string };
    readonly versions: readonly { readonly resources: readonly { readonly resource: string }[] }[];
  }[];
}
