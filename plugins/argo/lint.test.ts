import { describe, expect, it } from 'vitest';
import { exampleAt } from '../../test/argo/submit.ts';
import { clusterTemplate } from './cluster-template.ts';
import { lint, sayFinding } from './lint.ts';
import { configMapOf, executorPlugin } from './manifests.ts';
import { NODE_ANNOTATION } from './names.ts';

const ours = (fields: object = {}) => ({
  plugin: { konductor: { semaphore: { name: 'db', key: '{{node.name}}', ...fields } } },
});
const flow = (templates: readonly object[], spec: object = {}) => ({
  apiVersion: 'argoproj.io/v1alpha1',
  kind: 'Workflow',
  metadata: { name: 'flow' },
  spec: { entrypoint: 'main', templates, ...spec },
});
const step = (more: object = {}) => ({ name: 's', template: 'acquire', ...more });

describe('lint names', () => {
  it.each<[string, object, string]>([
    [
      'a body of two keys, which stops the controller (8)',
      flow([{ name: 'a', plugin: { a: {}, b: {} } }]),
      'Workflow/flow: spec.templates[0].plugin: crashes',
    ],
    ['a body without a key (8)', flow([{ name: 'a', plugin: {} }]), 'spec.templates[0].plugin: crashes'],
    [
      'one that is inline (8)',
      flow([{ name: 'a', dag: { tasks: [{ name: 't', inline: { plugin: {} } }] } }]),
      'spec.templates[0].dag.tasks[0].inline.plugin: crashes',
    ],
    [
      'one that is only stored (8)',
      { ...flow([{ name: 'a', plugin: {} }]), kind: 'WorkflowTemplate' },
      'WorkflowTemplate/flow: spec.templates[0].plugin: fails',
    ],
    [
      'one that a CronWorkflow would make (8)',
      {
        kind: 'CronWorkflow',
        metadata: { name: 'c' },
        spec: { workflowSpec: { templates: [{ name: 'a', plugin: {} }] } },
      },
      'spec.workflowSpec.templates[0].plugin: crashes',
    ],
    [
      'a deadline of the workflow that may not come (2)',
      flow([{ name: 'a', ...ours() }], { activeDeadlineSeconds: 60 }),
      'spec.activeDeadlineSeconds: hangs',
    ],
    [
      'a timeout that fails the whole workflow (3)',
      flow([
        { name: 'main', steps: [[step()]] },
        { name: 'acquire', timeout: '5m', ...ours() },
      ]),
      'spec.templates[1].timeout: fails',
    ],
    [
      'a timeout that a retryStrategy switches off (3)',
      flow([{ name: 'a', timeout: '5m', retryStrategy: { limit: '3' }, ...ours() }]),
      'spec.templates[0].timeout: hangs',
    ],
    [
      'a deadline that a plugin step does not have',
      flow([{ name: 'a', activeDeadlineSeconds: 5, ...ours() }]),
      'spec.templates[0].activeDeadlineSeconds: hangs',
    ],
    [
      'the name of the enclosing node in an inline template (4)',
      flow([{ name: 'main', steps: [[{ name: 'a', inline: ours() }]] }]),
      'inline.plugin.konductor.semaphore.key: collides',
    ],
    [
      'the name of the enclosing node in arguments (15)',
      flow([{ name: 'main', steps: [[step({ arguments: { parameters: [{ name: 'k', value: '{{node.name}}' }] } })]] }]),
      'arguments.parameters[0].value: collides',
    ],
    [
      'a loop whose items are one step',
      flow([
        { name: 'main', steps: [[step({ withItems: [1, 2] })]] },
        { name: 'acquire', ...ours({ key: '' }) },
      ]),
      'spec.templates[1].plugin.konductor.semaphore.key: collides',
    ],
    [
      'an output without a source (5)',
      flow([{ name: 'a', ...ours(), outputs: { parameters: [{ name: 'token', valueFrom: { default: '' } }] } }]),
      'spec.templates[0].outputs.parameters[0]: fails',
    ],
    [
      'a number where Kubernetes wants a text (10)',
      flow([{ name: 'a', inputs: { parameters: [{ name: 'n', value: 3 }] } }]),
      'spec.templates[0].inputs.parameters[0].value: fails',
    ],
    [
      'a tag that Argo does not resolve (12)',
      flow([{ name: 'a', ...ours({ holder: '{{pod.name}}' }) }]),
      'Argo resolves no {{pod.name}}',
    ],
    [
      'a step that is answered from a cache, and holds nothing',
      flow([{ name: 'a', memoize: { key: 'k', cache: { configMap: { name: 'c' } } }, ...ours() }]),
      'spec.templates[0].memoize: skips',
    ],
    ['a field that no step knows', flow([{ name: 'a', ...ours({ wieght: 2 }) }]), 'wieght: is not known'],
    [
      'two resources',
      flow([{ name: 'a', plugin: { konductor: { semaphore: {}, gate: {} } } }]),
      'must have exactly one of',
    ],
  ])('%s', (_, manifest, expected) => {
    expect(lint(manifest).map(sayFinding).join('\n')).toContain(expected);
  });

  it.each(['ports', 'resources', 'securityContext', 'image', 'name'])('a plugin without %s (9)', (field) => {
    const plugin = executorPlugin({ image: 'konductor:test' });
    const { [field]: _, ...container } = plugin.spec.sidecar.container as Record<string, unknown>;
    const broken = { ...plugin, spec: { sidecar: { ...plugin.spec.sidecar, container } } };
    expect(lint(configMapOf(broken as never, 'default')).length).toBeGreaterThan(0);
  });
});

describe('lint has nothing to say of', () => {
  it.each([
    ['what koncli argo install prints', clusterTemplate()],
    ['its ConfigMap', configMapOf(executorPlugin({ image: 'konductor:test' }), 'default')],
    [
      'inline templates under the annotation',
      flow(
        [
          {
            name: 'main',
            steps: [
              [
                { name: 'a', inline: ours() },
                { name: 'b', inline: ours() },
              ],
            ],
          },
        ],
        { templateDefaults: { annotations: { [NODE_ANNOTATION]: '{{node.name}}' } } },
      ),
    ],
    [
      'fields that Argo fills in',
      flow([{ name: 'a', ...ours({ name: '{{inputs.parameters.name}}', weight: '{{inputs.parameters.weight}}' }) }]),
    ],
    ['other plugins', flow([{ name: 'a', plugin: { other: { whatever: 1 } } }])],
    ['what is no manifest', 'text'],
  ])('%s', (_, manifest) => {
    expect(lint(manifest)).toEqual([]);
  });

  it.each([
    'semaphore',
    'release-on-exit',
    'scoped-to-dag',
    'lease-migration',
    'barrier-map-reduce',
    'gate-on-job',
    'at-most-two-items',
    'template-ref',
    'agentless',
  ])('examples/argo/%s.yaml', (name) => {
    expect(exampleAt(`${name}.yaml`).flatMap(lint)).toEqual([]);
  });
});
