import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { parseAllDocuments } from 'yaml';
import type { KubeObject } from '../../../../src/api/metadata.ts';
import type { NewKubeObject, ResourceType } from '../../../../src/kube/resource-type.ts';
import { until } from '../../../cluster/until.ts';
import { Definition } from '../../built-in-types.ts';
import type { Suite } from '../../ground.ts';
import type { Place } from '../../place.ts';

interface Foreign extends KubeObject {
  readonly spec?: unknown;
  readonly status?: unknown;
}

const argo = (kind: string, plural: string): ResourceType<Foreign, NewKubeObject> => ({
  group: 'argoproj.io',
  version: 'v1alpha1',
  kind,
  plural,
  namespaced: true,
});

const tekton = (kind: string, plural: string): ResourceType<Foreign, NewKubeObject> => ({
  group: 'tekton.dev',
  version: 'v1beta1',
  kind,
  plural,
  namespaced: true,
});

/** The kinds of Argo, as it publishes them. */
export const argoKinds = (folder: string): Suite | undefined => {
  if (!existsSync(folder)) {
    console.warn(`SKIPPED: no Argo CRDs in ${folder}; name their folder in KONDUCTOR_ARGO_CRDS`);
    return undefined;
  }
  return ({ promise }) => {
    promise('are installed, and a WorkflowTaskSet is told what came of its tasks', async (place) => {
      await install(place, folder);
      const sets = place.client.of(argo('WorkflowTaskSet', 'workflowtasksets'), place.ns);
      const template = { name: 'hold', plugin: { konductor: { semaphore: { name: 'db' } } } };
      await sets.create(taskSet({ a: template, b: template }));
      const told = await sets.patchStatus('flow', { nodes: { a: { phase: 'Running', message: 'waits' } } } as never);
      expect(told).toMatchObject({
        spec: { tasks: { a: { plugin: { konductor: { semaphore: { name: 'db' } } } } } },
        status: { nodes: { a: { phase: 'Running' } } },
      });
    });

    promise('a Workflow keeps all that its schema leaves open', async (place) => {
      await install(place, folder);
      const flows = place.client.of(argo('Workflow', 'workflows'), place.ns);
      const spec = {
        entrypoint: 'main',
        templates: [{ name: 'main', plugin: { konductor: { gate: { name: 'door' } } } }],
      };
      const made = await flows.create({
        apiVersion: 'argoproj.io/v1alpha1',
        kind: 'Workflow',
        metadata: { name: 'flow' },
        spec,
      } as NewKubeObject);
      expect(made.spec).toEqual(spec);
    });
  };
};

/** The kinds of Tekton, as its module has them. */
export const tektonKinds =
  (folder: () => Promise<string>): Suite =>
  ({ promise }) => {
    promise('are installed, and a CustomRun is told how it went', async (place) => {
      await install(place, join(await folder(), 'config', '300-crds'));
      const runs = place.client.of(tekton('CustomRun', 'customruns'), place.ns);
      const spec = { customRef: { apiVersion: 'sync.konductor.io/v1', kind: 'Semaphore', name: 'db' } };
      await runs.create({
        apiVersion: 'tekton.dev/v1beta1',
        kind: 'CustomRun',
        metadata: { name: 'hold' },
        spec,
      } as NewKubeObject);
      const condition = { type: 'Succeeded', status: 'Unknown', reason: 'Waiting' };
      const told = await runs.patchStatus('hold', { conditions: [condition] } as never);
      expect(told).toMatchObject({ spec, status: { conditions: [condition] } });
    });
  };

const taskSet = (tasks: object) =>
  ({
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'WorkflowTaskSet',
    metadata: { name: 'flow' },
    spec: { tasks },
  }) as NewKubeObject;

/** Applies every definition of a folder, and waits until each is established: over what is there already, if need be. */
async function install({ client }: Place, folder: string): Promise<void> {
  const all = client.of(Definition);
  const definitions = readdirSync(folder)
    .filter((file) => file.endsWith('.yaml'))
    .flatMap((file) => parseAllDocuments(readFileSync(join(folder, file), 'utf8')))
    .map((document) => document.toJS() as NewKubeObject & { metadata: { name: string } })
    .filter((object) => object?.kind === 'CustomResourceDefinition');
  expect(definitions.length).toBeGreaterThan(0);
  for (const definition of definitions) await all.apply(definition, { force: true });
  for (const { metadata } of definitions) {
    const isEstablished = async () =>
      (await all.get(metadata.name)).status?.conditions?.some(
        ({ type, status }) => type === 'Established' && status === 'True',
      ) ?? false;
    // one of many, and often established already: asked, since there may be nothing to watch
    await until(isEstablished, { within: 30_000, what: `${metadata.name} is established` });
  }
}
