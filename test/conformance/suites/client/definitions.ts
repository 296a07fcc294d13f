import { expect } from 'vitest';
import type { KubeObject } from '../../../../src/api/metadata.ts';
import type { Resource, WatchEvent } from '../../../../src/kube/resource.ts';
import { until } from '../../../cluster/until.ts';
import { Definition } from '../../built-in-types.ts';
import { refusal, takeUntil } from '../../expected.ts';
import type { Suite } from '../../ground.ts';
import type { Place } from '../../place.ts';

interface Widget extends KubeObject {
  readonly spec?: Readonly<Record<string, unknown>>;
  readonly status?: Readonly<Record<string, unknown>>;
}

/** The kinds of others: defined, used, changed and taken away while the server runs. */
export const definitions: Suite = ({ promise, promises }) => {
  promise('a new kind is established, and served', async (place) => {
    const { widgets, group } = await define(place);
    const definition = await place.client.of(Definition).get(`widgets.${group}`);
    expect(definition.status).toMatchObject({
      acceptedNames: { plural: 'widgets', kind: 'Widget' },
      storedVersions: ['v1'],
      conditions: expect.arrayContaining([
        expect.objectContaining({ type: 'NamesAccepted', status: 'True', reason: 'NoConflicts' }),
        expect.objectContaining({ type: 'Established', status: 'True', reason: 'InitialNamesAccepted' }),
      ]),
    });
    const made = await widgets.create(widget(group, { size: 2 }));
    expect(made).toMatchObject({ spec: { size: 2, colour: 'grey' }, metadata: { generation: 1 } });
    expect(await refusal(widgets.create(widget(group, { size: 99 }, 'big')))).toMatchObject({ code: 422 });
  });

  promise('without a status subresource the status is a field like any other', async (place) => {
    const { widgets, group } = await define(place, { subresources: undefined });
    const made = await widgets.create({ ...widget(group, { size: 1 }), status: { ready: true } } as never);
    expect(made.status).toEqual({ ready: true });
    const { status } = await place.ask('GET', `/apis/${group}/v1/namespaces/${place.ns}/widgets/one/status`);
    expect(status).toBe(404);
  });

  promise('what is to be preserved is preserved', async (place) => {
    const { widgets, group } = await define(place);
    const made = await widgets.create(widget(group, { size: 1, free: { any: ['thing'] } }));
    expect(made.spec).toMatchObject({ free: { any: ['thing'] } });
  });

  promise('a changed schema holds from then on', async (place) => {
    const { widgets, group } = await define(place);
    await widgets.create(widget(group, { size: 1 }));
    const properties = { ...SPEC.properties, weight: { type: 'integer', default: 7 } };
    const changed = definitionOf(group, place.ns, { spec: { ...SPEC, properties } });
    const { spec } = changed;
    await place.client.of(Definition).mergePatch(`widgets.${group}`, { spec } as never);
    // a definition does not tell when its new schema is in use
    const isDefaulted = async () => (await widgets.get('one')).spec?.weight === 7;
    await until(isDefaulted, { within: 15_000, what: 'the new default shows in what was stored before' });
  });

  promise('a version that is not served is not there', async (place) => {
    const { group } = await define(place);
    expect((await place.ask('GET', `/apis/${group}/v2/namespaces/${place.ns}/widgets`)).status).toBe(404);
    const { body } = await place.ask<{ resources: readonly object[] }>('GET', `/apis/${group}/v1`);
    expect(body.resources[0]).toMatchObject({ name: 'widgets', shortNames: ['wd'] });
  });

  promise('it is refused under a name that is not plural and group', async ({ client, ns }) => {
    const group = `${ns}.example.com`;
    const wrong = { ...definitionOf(group, ns), metadata: { name: `things.${group}` } };
    expect(await refusal(client.of(Definition).create(wrong))).toMatchObject({
      code: 422,
      message: expect.stringContaining('metadata.name: Invalid value:'),
    });
  });

  promise('it is refused with a schema that is not structural', async ({ client, ns }) => {
    const group = `${ns}.example.com`;
    const wrong = definitionOf(group, ns, { spec: { properties: { size: {} } } });
    const { code, message } = await refusal(client.of(Definition).create(wrong));
    expect(code).toBe(422);
    expect(message).toMatch(/properties\[size\]\.type: Required value: must not be empty for specified object fields/);
  });

  promises<string>(
    {
      'it is refused with a rule that cannot be read': 'self.size >',
      'it is refused with a rule about a field that is not there': 'self.nonsense > 1',
    },
    async ({ client, ns }, rule) => {
      const group = `${ns}.example.com`;
      const wrong = definitionOf(group, ns, { spec: { ...SPEC, 'x-kubernetes-validations': [{ rule }] } });
      const { code, message } = await refusal(client.of(Definition).create(wrong));
      expect(code).toBe(422);
      expect(message).toContain('compilation failed');
    },
  );

  promise('a kind that goes takes its objects with it, and is known no more', async (place) => {
    const { widgets, group } = await define(place);
    await widgets.create(widget(group, { size: 1 }));
    const all = place.client.of(Definition);
    const going = await all.get(`widgets.${group}`);
    const watch = widgets.watch({ resourceVersion: (await widgets.list()).resourceVersion });
    const begun = watch.next();
    await widgets.create(widget(group, { size: 1 }, 'two'));
    await begun; // a watch that comes after the kind has gone is told 404
    const isLast = (event: WatchEvent<Widget>) => event.type === 'DELETED' && event.object.metadata.name === 'one';
    const told = takeUntil(watch, isLast);
    const changes = all.watch({
      resourceVersion: going.metadata.resourceVersion,
      fieldSelector: `metadata.name=widgets.${group}`,
    });
    await all.delete(`widgets.${group}`);
    await told;
    await takeUntil(changes, ({ type }) => type === 'DELETED');
    const isGone = async () =>
      (await place.ask('GET', `/apis/${group}/v1/namespaces/${place.ns}/widgets`)).status === 404;
    await until(isGone, { within: 15_000, what: 'the kind is known no more' });

    // and comes back empty
    const again = await define(place);
    expect((await again.widgets.list()).items).toEqual([]);
  });
};

const SPEC = {
  type: 'object',
  properties: {
    size: { type: 'integer', minimum: 0, maximum: 9 },
    colour: { type: 'string', default: 'grey' },
    free: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
  },
};

interface Changes {
  readonly spec?: object;
  readonly subresources?: object | undefined;
}

/** Each namespace has a group of its own: names of kinds hold for the whole server. */
function definitionOf(group: string, ns: string, changes: Changes = {}) {
  const { spec = SPEC } = changes;
  const subresources = 'subresources' in changes ? changes.subresources : { status: {} };
  const status = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
  const openAPIV3Schema = { type: 'object', properties: { spec, status } };
  const version = {
    name: 'v1',
    served: true,
    storage: true,
    schema: { openAPIV3Schema },
    ...(subresources && { subresources }),
  };
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `widgets.${group}`, labels: { of: ns } },
    spec: {
      group,
      scope: 'Namespaced',
      names: { plural: 'widgets', singular: 'widget', kind: 'Widget', listKind: 'WidgetList', shortNames: ['wd'] },
      versions: [version],
    },
  };
}

async function define(place: Place, changes?: Changes): Promise<{ widgets: Resource<Widget>; group: string }> {
  const group = `${place.ns}.example.com`;
  const all = place.client.of(Definition);
  const { metadata } = await all.create(definitionOf(group, place.ns, changes));
  const { resourceVersion } = metadata;
  const changed = all.watch({ resourceVersion, fieldSelector: `metadata.name=widgets.${group}` });
  const { items } = await all.list({ fieldSelector: `metadata.name=widgets.${group}` });
  if (!items.some(isEstablished))
    await takeUntil(changed, (event) => event.type === 'MODIFIED' && isEstablished(event.object));
  const path = `/apis/${group}/v1/namespaces/${place.ns}/widgets`;
  const isServed = async () => (await place.ask('GET', path)).status === 200;
  await until(isServed, { within: 15_000, what: `${path} is served` });
  const type = { group, version: 'v1', kind: 'Widget', plural: 'widgets', namespaced: true };
  return { widgets: place.client.of<Widget, never>(type, place.ns) as unknown as Resource<Widget>, group };
}

const isEstablished = ({ status }: Definition): boolean =>
  status?.conditions?.some(({ type, status: holds }) => type === 'Established' && holds === 'True') ?? false;

const widget = (group: string, spec: object, name = 'one') => ({
  apiVersion: `${group}/v1`,
  kind: 'Widget',
  metadata: { name },
  spec,
});
